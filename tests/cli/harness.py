# SPDX-License-Identifier: Apache-2.0
"""What the tests of the command share: an etcd of our own, processes whose lines can be waited for, and a
JUnit report in the place that tests/support/run_tests.py wants it.

Nothing here sleeps: every wait is for a line, an event of etcd, or the end of a process, within a limit.
"""

import base64
import ctypes
import functools
import http.client
import json
import os
import queue
import random
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import xml.etree.ElementTree as ET

LEASEHOLD = os.environ.get('LEASEHOLD_EXE', 'leasehold')
PATIENCE = float(os.environ.get('LEASEHOLD_TEST_PATIENCE', '45'))  # s, for what should take no time at all

_libc = ctypes.CDLL(None)


def die_with_parent():
    _libc.prctl(1, signal.SIGKILL, 0, 0, 0)  # PR_SET_PDEATHSIG


def take_all_signals():
    """Whoever runs the tests may ignore some: a shell's background job ignores SIGINT and SIGQUIT."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, signal.SIG_DFL)


def reserve_port():
    """A bound socket. Below the range of outgoing connections, like reserve_port() of the C++ tests: while a server
    is down, its port must not become the source of somebody's connection."""
    lowest = 10_000
    with open('/proc/sys/net/ipv4/ip_local_port_range', encoding='ascii') as limits:
        outgoing = int(limits.read().split()[0])
    for _ in range(100):
        number = random.randrange(lowest, outgoing) if outgoing > lowest + 1000 else 0
        try:
            return socket.create_server(('127.0.0.1', number))
        except OSError:
            pass
    raise RuntimeError('no free port')


class Process:
    """A running program. Its standard output is read line by line; standard error is collected."""

    def __init__(self, command, env=None, stdin=subprocess.DEVNULL, preexec=None, start_new_session=True, **popen):
        def prepare():
            die_with_parent()
            take_all_signals()
            if preexec:
                preexec()

        self.popen = subprocess.Popen(command, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                      text=True, env=clean_environment(env), preexec_fn=prepare,
                                      start_new_session=start_new_session, **popen)
        self.pid = self.popen.pid
        self.lines = queue.Queue()
        self.seen = []
        self.errors = []
        self.threads = [threading.Thread(target=self._read_lines, daemon=True),
                        threading.Thread(target=self._read_errors, daemon=True)]
        for thread in self.threads:
            thread.start()

    def _read_lines(self):
        for line in self.popen.stdout:
            self.lines.put(line.rstrip('\n'))
        self.lines.put(None)

    def _read_errors(self):
        for line in self.popen.stderr:
            self.errors.append(line)

    def line(self, start='', timeout=PATIENCE):
        """The next line that starts so."""
        deadline = time.monotonic() + timeout
        while True:
            try:
                line = self.lines.get(timeout=max(0, deadline - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f'no line "{start}…" in {timeout} s; {self.story()}') from None
            if line is None:
                self.lines.put(None)
                raise AssertionError(f'the output ended without a line "{start}…"; {self.story()}')
            self.seen.append(line)
            if line.startswith(start):
                return line

    def exit_code(self, timeout=PATIENCE):
        """As a shell tells it."""
        try:
            code = self.popen.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(f'still runs after {timeout} s; {self.story()}') from None
        return code if code >= 0 else 128 - code

    def rest(self, timeout=PATIENCE):
        """Every line from here to the end of the output."""
        lines = []
        while (line := self.lines.get(timeout=timeout)) is not None:
            lines.append(line)
        self.lines.put(None)
        return lines

    def error_text(self):
        self.threads[1].join(PATIENCE)
        return ''.join(self.errors)

    def story(self):
        return f'{self.popen.args}: lines {self.seen}, errors {"".join(self.errors)!r}, ended with {self.popen.poll()}'

    def send(self, number):
        self.popen.send_signal(number)

    def write(self, text):
        self.popen.stdin.write(text)
        self.popen.stdin.flush()

    def close_stdin(self):
        self.popen.stdin.close()

    def close(self):
        """The outputs are left to their threads: a process left behind may hold them open."""
        if self.popen.poll() is None:
            self.popen.kill()
        self.popen.wait()
        if self.popen.stdin and not self.popen.stdin.closed:
            try:
                self.popen.stdin.close()
            except OSError:
                pass


def clean_environment(extra):
    env = {name: value for name, value in os.environ.items() if not name.startswith('ETCDCTL_')}
    env.update(no_proxy='127.0.0.1,localhost', NO_PROXY='127.0.0.1,localhost', ETCDCTL_API='3',
               ETCDCTL_DIAL_TIMEOUT='10s')  # not the 2 s that a busy machine may take
    env.update(extra or {})
    return env


class Death:
    """When a process that is not our child ends."""

    def __init__(self, pid):
        self.fd = os.pidfd_open(pid)

    def wait(self, timeout=PATIENCE):
        """The moment of its end (time.monotonic), seen by waiting for it."""
        ready, _, _ = select.select([self.fd], [], [], timeout)
        moment = time.monotonic()
        if not ready:
            raise AssertionError(f'the process still lives after {timeout} s')
        return moment

    def watch(self):
        """When it was surely alive for the last time, and a moment after its end."""
        while True:
            alive = time.monotonic()
            if select.select([self.fd], [], [], 0.01)[0]:
                return alive, time.monotonic()

    def close(self):
        os.close(self.fd)


class Etcd:
    def __init__(self, *options, tls=None):
        """`tls`: an ssl.SSLContext for its own clients; what the server needs stands in the options."""
        self.options = options
        self.tls = tls
        self.program = os.environ.get('LEASEHOLD_ETCD') or 'etcd'
        self.folder = tempfile.mkdtemp(prefix='leasehold-cli-', dir=os.environ.get('LEASEHOLD_TEST_TMPDIR') or None)
        self.popen = None
        for _ in range(5):
            if self._start():
                return
        raise RuntimeError('etcd found its ports taken, five times over')

    def _start(self):
        with reserve_port() as client, reserve_port() as peer:
            self.port = client.getsockname()[1]
            peer_port = peer.getsockname()[1]
        self.endpoint = f'127.0.0.1:{self.port}'
        client_url = f'{"https" if self.tls else "http"}://{self.endpoint}'
        peer_url = f'http://127.0.0.1:{peer_port}'
        shutil.rmtree(f'{self.folder}/data', ignore_errors=True)
        self.command = [
            self.program, '--name=test', f'--data-dir={self.folder}/data', f'--listen-client-urls={client_url}',
            f'--advertise-client-urls={client_url}', f'--listen-peer-urls={peer_url}',
            f'--initial-advertise-peer-urls={peer_url}', f'--initial-cluster=test={peer_url}', *self.options]
        return self._run()

    def _run(self):
        """Until it answers; False when it has ended."""
        with open(f'{self.folder}/log', 'ab') as log:
            self.popen = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                          env=clean_environment(None), preexec_fn=die_with_parent,
                                          start_new_session=True)
        deadline = time.monotonic() + 2 * PATIENCE
        while not self._healthy():
            try:
                self.popen.wait(0.02)
                return False
            except subprocess.TimeoutExpired:
                if time.monotonic() > deadline:
                    raise RuntimeError('etcd does not answer') from None
        return True

    def kill(self):
        self.popen.kill()
        self.popen.wait()

    def start_again(self):
        """With the data and the ports that it had."""
        if not self._run():
            raise RuntimeError('etcd does not come back')

    def _connection(self, timeout):
        if self.tls:
            return http.client.HTTPSConnection('127.0.0.1', self.port, timeout=timeout, context=self.tls)
        return http.client.HTTPConnection('127.0.0.1', self.port, timeout=timeout)

    def _healthy(self):
        connection = self._connection(timeout=1)
        try:
            connection.request('GET', '/health')
            return b'"true"' in connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def ctl_command(self, *arguments):
        return ['etcdctl', f'--endpoints={self.endpoint}', *arguments]

    def ctl(self, *arguments):
        return subprocess.run(self.ctl_command(*arguments), stdout=subprocess.PIPE, text=True, check=True,
                              env=clean_environment(None), timeout=PATIENCE).stdout

    def keys(self, prefix):
        return self.ctl('get', '--prefix', prefix, '--keys-only').split()

    def leases(self):
        """As keys have them: hexadecimal, without zeros in front."""
        return [lease.lstrip('0') for lease in self.ctl('lease', 'list').split('\n', 1)[1].split()]

    def post(self, path, request):
        """A call of etcd's JSON gateway. It takes any bytes for a key, which no command line does."""
        connection = self._connection(timeout=PATIENCE)
        try:
            connection.request('POST', '/v3/' + path, json.dumps(request))
            response = connection.getresponse()
            body = response.read()
            if response.status != 200:
                raise RuntimeError(f'{path}: {body!r}')
            return json.loads(body)
        finally:
            connection.close()

    def grant(self, ttl=600):
        return int(self.post('lease/grant', {'TTL': ttl})['ID'])

    def put(self, key, value='', lease=0):
        """Text or bytes. Returns the revision."""
        request = {'key': encoded(key), 'value': encoded(value), 'lease': lease}
        return int(self.post('kv/put', request)['header']['revision'])

    def queue_up(self, name, value='', lease=None):
        """A place in the queue of a lock, on a lease that nobody renews. Returns its key."""
        lease = lease or self.grant()
        key = name + (b'/%x' if isinstance(name, bytes) else '/%x') % lease
        self.put(key, value, lease)
        return key

    def pause(self):
        """Returns the moment before which etcd has surely answered for the last time."""
        self.popen.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.popen.pid, os.WSTOPPED)
        return time.monotonic()

    def resume(self):
        self.popen.send_signal(signal.SIGCONT)

    def close(self):
        if self.popen:
            self.popen.kill()
            self.popen.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def encoded(data):
    return base64.b64encode(data if isinstance(data, bytes) else data.encode()).decode()


def in_real_time(test):
    """For what nothing can do on a machine that stands still at the wrong moment: a test that may be tried again."""
    @functools.wraps(test)
    def attempts(self):
        for self.again in ('second', 'third'):
            try:
                return test(self)
            except AssertionError as error:
                print(f'again, after: {error}')
            self.doCleanups()
            self.setUp()
            self.name += f'-{self.again}'  # what that attempt left behind is nobody's predecessor
        return test(self)
    return attempts


class TestCase(unittest.TestCase):
    """Each class has an etcd of its own, each test case a lock name of its own."""

    needs_etcd = True
    etcd = None

    @classmethod
    def setUpClass(cls):
        if cls.needs_etcd:
            cls.etcd = Etcd()
            cls.addClassCleanup(cls.etcd.close)

    def setUp(self):
        self.name = '/' + self.id().rsplit('.', 1)[1]
        # Test cases before this one may have killed holders, whose leases live on.
        self.leases_before = set(self.etcd.leases()) if self.etcd else set()

    def start(self, command, **options):
        process = Process(command, **options)
        self.addCleanup(process.close)
        return process

    def leasehold(self, *arguments, endpoints=True, **options):
        """`leasehold lock ARGUMENTS`, started."""
        return self.command('lock', *arguments, endpoints=endpoints, **options)

    def command(self, subcommand, *arguments, endpoints=True, **options):
        """`leasehold SUBCOMMAND ARGUMENTS`, started."""
        where = ['--endpoints', self.etcd.endpoint] if endpoints else []
        return self.start([LEASEHOLD, subcommand, *where, *arguments], **options)

    def run_command(self, *arguments, timeout=PATIENCE, **options):
        """The same to its end: (exit code, output lines, errors)."""
        process = self.command(*arguments, **options)
        code = process.exit_code(timeout)
        return code, process.rest(), process.error_text()

    def output_of(self, *arguments, **options):
        """The lines of a command that succeeds and says nothing else."""
        code, lines, errors = self.run_command(*arguments, **options)
        self.assertEqual((code, errors), (0, ''), lines)
        return lines

    def run_leasehold(self, *arguments, timeout=PATIENCE, **options):
        """`leasehold lock ARGUMENTS` to its end: (exit code, output lines, errors)."""
        process = self.leasehold(*arguments, **options)
        code = process.exit_code(timeout)
        return code, process.rest(), process.error_text()

    def etcdctl_lock(self, *arguments):
        return self.start(self.etcd.ctl_command('lock', *arguments))

    def events(self, prefix):
        """A watch from the beginning of history on, so that it has no beginning to be missed."""
        watch = self.start(self.etcd.ctl_command('watch', '--prefix', prefix, '--rev', '1'))
        return watch

    def wait_for_put(self, watch):
        """The key of the next change that is a PUT."""
        watch.line('PUT')
        return watch.line()

    def wait_for_delete(self, watch):
        watch.line('DELETE')
        return watch.line()

    def death_of(self, pid):
        death = Death(pid)
        self.addCleanup(death.close)
        return death

    def assert_nothing_left(self):
        self.assertEqual(self.etcd.keys(self.name + '/'), [])
        self.assertEqual(self.own_leases(), [])

    def own_leases(self):
        return [lease for lease in self.etcd.leases() if lease not in self.leases_before]

    def assert_complaint(self, errors, *parts):
        self.assertTrue(errors.startswith('leasehold: '), errors)
        for part in parts:
            self.assertIn(part, errors)


def python(script):
    """A command line that runs a script."""
    return [sys.executable, '-u', '-c', script]


class _Result(unittest.TextTestResult):
    """Collects JUnit's elements beside what is printed."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.suite = ET.Element('testsuite', name='leasehold.cli')

    def startTest(self, test):
        super().startTest(test)
        module, name = test.id().rsplit('.', 1)
        self.case = ET.SubElement(self.suite, 'testcase', classname=module, name=name)

    def _note(self, kind, test, text):
        if not isinstance(test, unittest.TestCase):  # setUpClass and the like
            self.case = ET.SubElement(self.suite, 'testcase', classname='', name=str(test))
        ET.SubElement(self.case, kind).text = text

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._note('failure', test, self.failures[-1][1])

    def addError(self, test, err):
        super().addError(test, err)
        self._note('error', test, self.errors[-1][1])

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._note('skipped', test, reason)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self._note('failure', subtest, (self.failures + self.errors)[-1][1])


def main():
    runner = unittest.TextTestRunner(stream=sys.stdout, verbosity=2, resultclass=_Result)
    result = unittest.main(module='__main__', testRunner=runner, exit=False).result
    report = os.environ.get('LEASEHOLD_TEST_REPORT')
    if report:
        # Written at once and last, so a report is complete or missing.
        ET.ElementTree(result.suite).write(report + '.new', encoding='utf-8', xml_declaration=True)
        os.replace(report + '.new', report)
    sys.exit(0 if result.wasSuccessful() else 1)
