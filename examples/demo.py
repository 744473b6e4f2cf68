#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Five processes and one lock, on one timeline.

usage: demo.py --program build/examples/config_update

Starts an etcd of its own, then shows with real processes of config_update:
  1. app-1 and app-2 want the same lock: app-2 gets it as app-1 releases it.
  2. app-3 is killed while it holds the lock: app-4 gets it when app-3's lease
     has run out.
  3. app-5 wants the lock for a bounded time only, and gives up.
Ends with what was observed; exit code 0 only if all of it was as it should be.

Every wait here is for a line or for the end of a process, within a time limit.
"""

import argparse
import collections
import ctypes
import http.client
import os
import re
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

LOCK = '/my-app/locks/config-update'
TTL = 3          # s, of every lock here; etcd grants no less than 2
TIMEOUT = 2      # s, that app-5 is willing to wait
HAND_OVER = 0.5  # s, at most from app-1's release to app-2's lock; usually a millisecond or two
TAKE_OVER = 2    # s, at most past the TTL: etcd looks for expired leases every 0.5 s
WATCHDOG = 60    # s, for everything

EXIT_TIMED_OUT = 75  # of config_update: EX_TEMPFAIL


class Unexpected(Exception):
    pass


class Timeline:
    def __init__(self):
        self.start = time.monotonic()

    def say(self, name, text, at=None):
        at = time.monotonic() if at is None else at
        colour, plain = '', ''
        if sys.stdout.isatty():
            plain = '\033[0m'
            colour = f'\033[3{int(name[-1]) % 6 + 1}m' if name[-1].isdigit() else '\033[2m'
        print(f'{at - self.start:6.2f} s  {colour}{name:<6}{plain} {text}', flush=True)


class Process:
    """A child whose output lines are on the timeline, with when they came."""

    def __init__(self, stage, name, command):
        self.stage = stage
        self.name = name
        self.lines = []  # (time, text)
        self.exit_code = None
        self.buffer = b''
        self.popen = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, start_new_session=True, preexec_fn=die_with_parent)

    def find(self, start):
        return next(((at, text) for at, text in self.lines if text.startswith(start)), None)

    def expect(self, start, limit):
        """The first line that starts so: (time, text). Waits for it."""
        self.stage.run_until(lambda: self.find(start) or self.exit_code is not None, limit,
                             f'{self.name} to print "{start}…"')
        found = self.find(start)
        if not found:
            raise Unexpected(f'{self.name} ended (exit code {self.exit_code}) without printing "{start}…"')
        return found

    def expect_exit(self, limit):
        self.stage.run_until(lambda: self.exit_code is not None, limit, f'{self.name} to end')
        return self.exit_code

    def readable(self):
        """Takes what the pipe holds; False at its end."""
        now = time.monotonic()
        data = os.read(self.popen.stdout.fileno(), 65536)
        self.buffer += data
        *lines, self.buffer = self.buffer.split(b'\n')
        if not data and self.buffer:
            lines, self.buffer = [self.buffer], b''
        for line in lines:
            text = line.decode(errors='replace').rstrip()
            self.lines.append((now, text))
            self.stage.timeline.say(self.name, text, now)
        return bool(data)


class Stage:
    """All the processes, and the one place where this program waits."""

    def __init__(self, timeline):
        self.timeline = timeline
        self.deadline = time.monotonic() + WATCHDOG
        self.selector = selectors.DefaultSelector()
        self.processes = []

    def start(self, name, command):
        process = Process(self, name, command)
        self.processes.append(process)
        self.selector.register(process.popen.stdout, selectors.EVENT_READ, process)
        return process

    def run_until(self, done, limit, what):
        deadline = min(time.monotonic() + limit, self.deadline)
        while not done():
            left = deadline - time.monotonic()
            if left <= 0:
                raise Unexpected(f'waited {limit:g} s in vain for {what}')
            for key, _ in self.selector.select(left):
                process = key.data
                if not process.readable():
                    # Nothing but its end closes its output.
                    self.selector.unregister(key.fileobj)
                    process.exit_code = process.popen.wait(timeout=5)

    def close(self):
        for process in self.processes:
            if process.popen.poll() is None:
                process.popen.kill()
            process.popen.wait()
            process.popen.stdout.close()


def die_with_parent():
    PR_SET_PDEATHSIG = 1
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


LIBC = ctypes.CDLL(None)


class Etcd:
    def __init__(self, program):
        self.folder = tempfile.mkdtemp(prefix='leasehold-demo-')
        self.log_path = os.path.join(self.folder, 'log')
        self.popen = None
        try:
            for _ in range(5):
                if self.start(program):
                    return
            raise Unexpected('etcd found its ports taken, five times over')
        except BaseException:
            self.close()
            raise

    def start(self, program):
        """False when somebody else took one of the ports meanwhile."""
        with socket.create_server(('127.0.0.1', 0)) as client, socket.create_server(('127.0.0.1', 0)) as peer:
            self.port = client.getsockname()[1]
            peer_port = peer.getsockname()[1]
        self.endpoint = f'http://127.0.0.1:{self.port}'
        peer_url = f'http://127.0.0.1:{peer_port}'
        shutil.rmtree(os.path.join(self.folder, 'data'), ignore_errors=True)
        with open(self.log_path, 'wb') as log:
            self.popen = subprocess.Popen(
                [program, '--name=demo', f'--data-dir={self.folder}/data',
                 f'--listen-client-urls={self.endpoint}', f'--advertise-client-urls={self.endpoint}',
                 f'--listen-peer-urls={peer_url}', f'--initial-advertise-peer-urls={peer_url}',
                 f'--initial-cluster=demo={peer_url}'],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, preexec_fn=die_with_parent)
        deadline = time.monotonic() + 20
        while not self.healthy():
            try:
                self.popen.wait(timeout=0.02)
                if 'address already in use' in self.log():
                    return False
                raise Unexpected(f'etcd ended with exit code {self.popen.returncode}; its last words:\n{self.tail()}')
            except subprocess.TimeoutExpired:
                if time.monotonic() > deadline:
                    raise Unexpected(f'etcd does not answer after 20 s; its last words:\n{self.tail()}') from None
        return True

    def healthy(self):
        connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=1)
        try:
            connection.request('GET', '/health')
            return b'"true"' in connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def log(self):
        with open(self.log_path, encoding='utf-8', errors='replace') as log:
            return log.read()

    def tail(self):
        return '\n'.join(self.log().splitlines()[-15:])

    def close(self):
        if self.popen:
            self.popen.kill()
            self.popen.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def etcd_version(program):
    out = subprocess.run([program, '--version'], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                         stdin=subprocess.DEVNULL, check=True).stdout
    return re.search(r'etcd Version: (\S+)', out).group(1)


def token(line):
    return tuple(int(part) for part in re.findall(r'\d+', line[1].split('token=', 1)[1]))


Check = collections.namedtuple('Check', 'good text')


def play(stage, program, endpoint):
    """The three scenes. Returns the list of checks."""
    say = lambda text: stage.timeline.say('demo', text)
    checks = []

    def check(good, text):
        checks.append(Check(bool(good), text))

    def app(name, **options):
        command = [program, '--endpoints', endpoint, '--name', name, '--ttl', str(TTL)]
        for option, value in options.items():
            command += [f'--{option}', str(value)]
        return stage.start(name, command)

    say(f'1. two processes want {LOCK}')
    app1 = app('app-1', work=1)
    acquired1 = app1.expect('acquired', 10)
    app2 = app('app-2', work=1)
    app2.expect('waiting', 10)
    released1 = app1.expect('released', 10)
    acquired2 = app2.expect('acquired', TTL + 5)
    codes = app1.expect_exit(10), app2.expect_exit(10)
    # app-2 may well print before app-1 does: both have just heard from etcd.
    handed_over = max(0, acquired2[0] - released1[0])
    check(acquired1[0] + 0.5 < acquired2[0], 'app-2 waited while app-1 held the lock')
    check(handed_over <= HAND_OVER, f'app-2 acquired within {handed_over * 1000:.0f} ms of app-1\'s release')
    check(codes == (0, 0), f'both did their work and ended well (exit codes {codes[0]}, {codes[1]})')

    say('2. a holder dies without a word')
    app3 = app('app-3', work=WATCHDOG)
    acquired3 = app3.expect('acquired', 10)
    app4 = app('app-4', work=TIMEOUT + 2)
    app4.expect('waiting', 10)
    app3.popen.kill()
    killed = time.monotonic()
    say('kill -9 app-3')
    app3.expect_exit(10)
    acquired4 = app4.expect('acquired', TTL + TAKE_OVER + 5)
    took_over = acquired4[0] - killed
    # The lease was last renewed up to a third of its TTL before the kill.
    check(TTL / 2 <= took_over <= TTL + TAKE_OVER,
          f'app-4 took over {took_over:.1f} s after app-3 was killed (TTL {TTL} s)')

    say(f'3. app-5 waits {TIMEOUT} s at most, app-4 still holds the lock')
    app5 = app('app-5', timeout=TIMEOUT, work=1)
    waiting5 = app5.expect('waiting', 10)
    timed_out5 = app5.expect('timed out', TIMEOUT + 10)
    code5 = app5.expect_exit(10)
    waited = timed_out5[0] - waiting5[0]
    still_held = not app4.find('released') and not app4.find('lost')
    check(abs(waited - TIMEOUT) <= 0.75 and code5 == EXIT_TIMED_OUT and still_held,
          f'app-5 timed out after {waited:.1f} s (asked for {TIMEOUT} s; exit code {code5}), app-4 undisturbed')
    app4.expect('released', 10)
    code4 = app4.expect_exit(10)
    check(code4 == 0 and not any(p.find('lost') for p in stage.processes),
          f'app-4 ended well (exit code {code4}) and nobody lost a lock')

    tokens = [token(line) for line in (acquired1, acquired2, acquired3, acquired4)]
    printed = ' < '.join(line[1].split('token=', 1)[1] for line in (acquired1, acquired2, acquired3, acquired4))
    check(all(a < b for a, b in zip(tokens, tokens[1:])), f'the fencing token grew with every holder: {printed}')
    return checks


def main():
    parser = argparse.ArgumentParser(description='Five processes and one lock, on one timeline.')
    parser.add_argument('--program', default='build/examples/config_update', help='default: %(default)s')
    parser.add_argument('--etcd', default=os.environ.get('LEASEHOLD_ETCD') or 'etcd',
                        help='default: $LEASEHOLD_ETCD, or etcd on PATH')
    arguments = parser.parse_args()

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))

    etcd = stage = None
    try:
        timeline = Timeline()
        etcd = Etcd(arguments.etcd)
        timeline.say('demo', f'etcd {etcd_version(arguments.etcd)} of our own, at {etcd.endpoint}')
        stage = Stage(timeline)
        checks = play(stage, os.path.abspath(arguments.program), etcd.endpoint)
    except Unexpected as failure:
        print(f'\ndemo: {failure}', file=sys.stderr)
        return 1
    except OSError as failure:
        print(f'\ndemo: {failure.filename or ""} {failure.strerror or failure}', file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        if stage:
            stage.close()
        if etcd:
            etcd.close()

    print('\nObserved:')
    for good, text in checks:
        print(f'  {"ok  " if good else "FAIL"}  {text}')
    return 0 if all(good for good, _ in checks) else 1


if __name__ == '__main__':
    sys.exit(main())
