# SPDX-License-Identifier: Apache-2.0
"""`leasehold top`: once, and live on a terminal."""

import os
import re
import signal
import termios

import harness
from harness import LEASEHOLD
from terminal import Terminal


class Locks(harness.TestCase):
    """Three locks with 0, 1 and 2 waiters, whose names are in the opposite order."""

    count = 0

    def setUp(self):
        super().setUp()
        # Short, so that nothing is clipped.
        Locks.count += 1
        self.prefix = f'/{Locks.count}/'
        for waiters, name in enumerate(['c', 'b', 'a']):
            for number in range(waiters + 1):
                self.etcd.queue_up(self.prefix + name, f'value {number} of {name}')

    def names(self, lines):
        return [line.split()[0].removeprefix(self.prefix) for line in lines]


class Once(Locks):
    def test_without_a_terminal(self):
        lines = self.output_of('top', self.prefix)
        self.assertTrue(lines[0].startswith('3 locks  3 waiters  under '), lines[0])
        self.assertEqual(lines[1].split(), ['LOCK', 'WAITERS', 'HELD', 'TTL', 'HOLDER'])
        self.assertEqual(self.names(lines[2:]), ['a', 'b', 'c'])
        self.assertEqual(lines[2].split()[1], '2')
        self.assertTrue(lines[2].endswith('value 0 of a'))

    def test_sorted(self):
        for order, names in (('waiters', 'abc'), ('name', 'abc'), ('hold', 'cba')):
            lines = self.output_of('top', '--sort', order, self.prefix)
            self.assertEqual(''.join(self.names(lines[2:])), names, order)

    def test_80_columns_or_those_of_the_environment(self):
        self.etcd.queue_up(self.prefix + 'long' * 20, 'v' * 100)
        self.assertEqual(max(len(line) for line in self.output_of('top', self.prefix)), 80)
        self.assertEqual(max(len(line) for line in self.output_of('top', self.prefix, env={'COLUMNS': '100'})), 100)

    def test_control_characters_are_escaped(self):
        self.etcd.queue_up(self.prefix.encode() + b'\0\n\x1b[2J')
        lines = self.output_of('top', '--sort', 'name', self.prefix)
        self.assertEqual(self.names(lines[2:])[0], '\\x00\\n\\x1b[2J')

    def test_terminals_that_are_no_screen(self):
        for kind in ('dumb', 'no-such-terminal', ''):
            terminal = Terminal(self, 'top', self.prefix, kind=kind)
            self.assertEqual(terminal.exit_code(), 0)
            self.assertIn(self.prefix + 'a', terminal.text)
            self.assertNotIn('\x1b', terminal.text)

    def test_once_on_a_terminal(self):
        terminal = Terminal(self, 'top', '--once', self.prefix)
        self.assertEqual(terminal.exit_code(), 0)
        self.assertNotIn('\x1b', terminal.text)

    def test_output_to_a_pipe_on_a_terminal(self):
        process = self.start(['sh', '-c', f'{LEASEHOLD} top --endpoints {self.etcd.endpoint} {self.prefix} | cat'])
        self.assertIn('3 locks', process.line())

    def test_no_locks(self):
        self.assertEqual(len(self.output_of('top', self.name + 'nothing')), 2)


class Live(Locks):
    def top(self, *arguments, **options):
        terminal = Terminal(self, 'top', *arguments, self.prefix, **options)
        terminal.read_until(self.prefix + 'c')
        return terminal

    def redrawn(self, terminal, *parts):
        """Types Ctrl-L, by which nothing is left out that was on the screen before, and reads until the parts have
        come in this order."""
        terminal.forget()
        terminal.type('\x0c')
        pattern = re.compile('.*'.join(map(re.escape, parts)), re.S)
        terminal.read_until(lambda: pattern.search(terminal.visible()))

    def quit(self, terminal, keys='q'):
        terminal.type(keys)
        self.assertEqual(terminal.exit_code(), 0)

    def test_shows_and_quits(self):
        terminal = self.top()
        self.assertIn('3 locks  3 waiters', terminal.visible())
        self.assertIn('sorted by waiters', terminal.visible())
        self.quit(terminal)

    def test_ctrl_c_quits(self):
        self.quit(self.top(), '\x03')

    def test_signals_end_it(self):
        for number, code in ((signal.SIGTERM, 0), (signal.SIGHUP, 128 + signal.SIGHUP)):
            terminal = self.top()
            os.kill(terminal.pid, number)
            self.assertEqual(terminal.exit_code(), code)

    def test_terminal_is_left_as_it_was(self):
        terminal = self.top(kind='xterm')
        self.assertIn('\x1b[?1049h', terminal.text)
        self.assertFalse(termios.tcgetattr(terminal.fd)[3] & termios.ECHO)
        terminal.type('q')
        terminal.read_until('\x1b[?1049l')
        self.assertEqual(terminal.exit_code(), 0)

    def test_keys_sort(self):
        terminal = self.top()
        for key, order, names in (('n', 'name', 'abc'), ('h', 'hold time', 'cba'), ('w', 'waiters', 'abc')):
            terminal.type(key)
            self.redrawn(terminal, 'sorted by ' + order, *(self.prefix + name for name in names))
        self.quit(terminal)

    def test_changes_appear(self):
        terminal = self.top('--interval', '100ms')
        self.etcd.queue_up(self.prefix + 'newcomer', 'v')
        terminal.read_until('newcomer')
        self.quit(terminal)

    def test_small_terminal(self):
        terminal = Terminal(self, 'top', self.prefix, columns=40, lines=4)
        terminal.read_until(self.prefix + 'a')
        self.assertNotIn(self.prefix + 'b', terminal.visible())
        terminal.type('j')
        terminal.read_until('b')
        self.quit(terminal)

    def test_another_size(self):
        terminal = Terminal(self, 'top', self.prefix, lines=4)
        terminal.read_until(self.prefix + 'a')
        terminal.resize(80, 24)
        terminal.read_until(self.prefix + 'c')
        self.quit(terminal)

    def test_etcd_away(self):
        terminal = self.top('--interval', '100ms', '--dial-timeout', '3s', '--command-timeout', '300ms')
        self.etcd.pause()
        try:
            terminal.read_until('cannot list the locks')
            self.quit(terminal)
        finally:
            self.etcd.resume()

    def test_etcd_comes_back(self):
        terminal = self.top('--interval', '100ms', '--dial-timeout', '3s', '--command-timeout', '300ms')
        self.etcd.pause()
        try:
            terminal.read_until('cannot list the locks')
        finally:
            self.etcd.resume()
        terminal.forget()
        terminal.read_until('keys:')
        self.quit(terminal)

    def test_quits_while_etcd_does_not_answer(self):
        terminal = self.top('--interval', '100ms', '--command-timeout', '1h')
        self.etcd.pause()
        try:
            self.quit(terminal)
        finally:
            self.etcd.resume()


if __name__ == '__main__':
    harness.main()
