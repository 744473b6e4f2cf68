# SPDX-License-Identifier: Apache-2.0
"""A command on a terminal of its own."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time

import harness

# What moves the cursor, sets colours and so on, of the terminals that tests use.
CONTROLS = re.compile(r'\x1b(\[[0-9;?]*[A-Za-z]|[()][0-9A-B]|[=>78M])|\x0f')


class Terminal:
    """`leasehold ARGUMENTS`, until the test case ends."""

    def __init__(self, case, *arguments, kind='vt100', columns=80, lines=24):
        environment = harness.clean_environment({'ETCDCTL_ENDPOINTS': case.etcd.endpoint, 'TERM': kind})
        for variable in ('COLUMNS', 'LINES'):
            environment.pop(variable, None)
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            try:
                harness.die_with_parent()
                resize(0, columns, lines)
                os.execve(harness.LEASEHOLD, ['leasehold', *arguments], environment)
            finally:
                os._exit(127)
        self.status = None
        self.text = ''
        case.addCleanup(self.close)

    def read_until(self, wanted):
        """Until a text has come, or a condition holds."""
        there = wanted if callable(wanted) else lambda: wanted in self.text
        deadline = time.monotonic() + harness.PATIENCE
        while not there():
            if not self.read() or time.monotonic() > deadline:
                raise AssertionError(f'{wanted} does not come: {self.text!r}')
        return self.text

    def read(self):
        ready, _, _ = select.select([self.fd], [], [], harness.PATIENCE)
        if not ready:
            raise AssertionError(f'nothing more comes: {self.text!r}')
        try:
            data = os.read(self.fd, 4096)
        except OSError:  # nobody has the terminal open any more
            data = b''
        self.text += data.decode(errors='replace')
        return data

    def read_to_the_end(self):
        while self.read():
            pass
        return self.text

    def forget(self):
        """What has been read so far is not looked at again."""
        self.text = ''

    def visible(self):
        """The text without what moves the cursor."""
        return CONTROLS.sub('', self.text)

    def resize(self, columns, lines):
        resize(self.fd, columns, lines)

    def type(self, text):
        os.write(self.fd, text.encode())

    def exit_code(self):
        self.read_to_the_end()
        _, self.status = os.waitpid(self.pid, 0)
        return os.waitstatus_to_exitcode(self.status)

    def close(self):
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.fd)


def resize(fd, columns, lines):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', lines, columns, 0, 0))
