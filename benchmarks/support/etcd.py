# SPDX-License-Identifier: Apache-2.0
"""An etcd of our own, on free ports, its data in memory where there is room."""

import contextlib
import ctypes
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

LIBC = ctypes.CDLL(None)


class EtcdFailed(Exception):
    pass


def die_with_parent():
    PR_SET_PDEATHSIG = 1
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def memory_folder():
    return '/dev/shm' if os.access('/dev/shm', os.W_OK) else None


def free_ports(n):
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(('127.0.0.1', 0))) for _ in range(n)]
        return [s.getsockname()[1] for s in sockets]


class Etcd:
    """A context manager. Each start has fresh data."""

    def __init__(self, program):
        self.program = program
        self.process = None
        self.folder = None

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix='leasehold-bench-', dir=memory_folder())
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def start(self):
        for _ in range(5):
            if self.try_start():
                return
        raise EtcdFailed('etcd found its ports taken, five times over')

    def restart(self):
        self.stop()
        self.start()

    def try_start(self):
        """False when somebody else took one of the ports meanwhile."""
        self.port, peer_port = free_ports(2)
        self.endpoint, peer = f'http://127.0.0.1:{self.port}', f'http://127.0.0.1:{peer_port}'
        shutil.rmtree(os.path.join(self.folder, 'data'), ignore_errors=True)
        with open(os.path.join(self.folder, 'log'), 'wb') as log:
            self.process = subprocess.Popen(
                [self.program, f'--data-dir={self.folder}/data',
                 f'--listen-client-urls={self.endpoint}', f'--advertise-client-urls={self.endpoint}',
                 f'--listen-peer-urls={peer}', f'--initial-advertise-peer-urls={peer}',
                 f'--initial-cluster=default={peer}'],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, preexec_fn=die_with_parent)
        deadline = time.monotonic() + 20
        while b'"true"' not in self.ask('/health'):
            try:
                self.process.wait(timeout=0.02)
                if 'address already in use' in self.log():
                    return False
                raise EtcdFailed(f'etcd ended with exit code {self.process.returncode}:\n{self.log()[-2000:]}')
            except subprocess.TimeoutExpired:
                if time.monotonic() > deadline:
                    raise EtcdFailed(f'etcd does not answer after 20 s:\n{self.log()[-2000:]}') from None
        return True

    def ask(self, path):
        connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=1)
        try:
            connection.request('GET', path)
            return connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            return b''
        finally:
            connection.close()

    def version(self):
        return json.loads(self.ask('/version'))['etcdserver']

    def log(self):
        with open(os.path.join(self.folder, 'log'), encoding='utf-8', errors='replace') as log:
            return log.read()

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()

    def close(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
