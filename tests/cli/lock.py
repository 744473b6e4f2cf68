# SPDX-License-Identifier: Apache-2.0
"""`leasehold lock` with and without a command, while all is well."""

import fcntl
import os
import pty
import re
import signal
import subprocess
import sys
import termios
import time

import harness
from harness import LEASEHOLD, python


class ExitStatus(harness.TestCase):
    def test_of_the_command(self):
        for status in (0, 1, 3, 64, 255):
            code, _, errors = self.run_leasehold(self.name, '--', 'sh', '-c', f'exit {status}')
            self.assertEqual((code, errors), (status, ''))
        self.assert_nothing_left()

    def test_of_a_command_that_a_signal_ended(self):
        for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGSEGV):
            code, _, _ = self.run_leasehold(self.name, '--', 'sh', '-c', f'kill -{int(number)} $$')
            self.assertEqual(code, 128 + number)
        self.assert_nothing_left()

    def test_command_not_found(self):
        code, _, errors = self.run_leasehold(self.name, '--', 'no-such-program-anywhere')
        self.assertEqual(code, 127)
        self.assert_complaint(errors, 'no-such-program-anywhere')
        self.assert_nothing_left()

    def test_command_not_executable(self):
        code, _, errors = self.run_leasehold(self.name, '--', '/etc/passwd')
        self.assertEqual(code, 126)
        self.assert_complaint(errors, '/etc/passwd')
        self.assert_nothing_left()


class CommandLine(harness.TestCase):
    SHOW = python('import sys; print(*sys.argv[1:], sep="|")')

    def shown(self, *arguments):
        code, lines, errors = self.run_leasehold(*arguments)
        self.assertEqual((code, errors), (0, ''))
        return lines

    def test_arguments_behind_dashes_are_untouched(self):
        tricky = ['--ttl', '--', '-h', '--try', '', 'a b', '%', '--endpoints=x', '[x]', '{y}']
        self.assertEqual(self.shown(self.name, '--', *self.SHOW, *tricky), ['|'.join(tricky)])

    def test_arguments_without_dashes_are_the_commands_own(self):
        tricky = ['--ttl', '5', '--', '-h', '--try', 'a b', '--endpoints=x']
        self.assertEqual(self.shown(self.name, *self.SHOW, *tricky), ['|'.join(tricky)])

    def test_options_between_name_and_command(self):
        self.assertEqual(self.shown(self.name, '--ttl', '20s', *self.SHOW, 'x'), ['x'])

    def test_name_behind_dashes(self):
        self.assertEqual(self.shown('--', '--odd-name', *self.SHOW, 'x'), ['x'])
        self.assertEqual(self.shown('--', '--odd-name', '--', *self.SHOW, '--', 'x'), ['--|x'])

    def test_name_and_command_that_are_names_of_subcommands(self):
        self.assertEqual(self.shown('lock', '--', *self.SHOW, 'lock'), ['lock'])
        code, _, errors = self.run_leasehold('lock', 'lock')
        self.assertEqual(code, 127, errors)  # looked for a program "lock"

    def test_endpoints_from_the_environment(self):
        code, lines, errors = self.run_leasehold(self.name, 'echo', 'x', endpoints=False,
                                                 env={'ETCDCTL_ENDPOINTS': self.etcd.endpoint})
        self.assertEqual((code, lines), (0, ['x']), errors)

    def test_flag_beats_environment(self):
        code, lines, errors = self.run_leasehold(self.name, 'echo', 'x', env={'ETCDCTL_ENDPOINTS': '127.0.0.1:1'})
        self.assertEqual((code, lines), (0, ['x']), errors)

    def test_connection_flags_before_the_subcommand(self):
        process = self.start([LEASEHOLD, '--endpoints', f'127.0.0.1:1,{self.etcd.endpoint}', '--dial-timeout=10s',
                              '--insecure-transport=true', 'lock', self.name, 'echo', 'x'],
                             env={'ETCDCTL_ENDPOINTS': '127.0.0.1:1'})
        self.assertEqual(process.exit_code(), 0, process.error_text())

    def test_value(self):
        code, lines, _ = self.run_leasehold('--value', 'nightly backup', self.name, '--', 'sh', '-c',
                                            f'etcdctl --endpoints={self.etcd.endpoint} get $ETCD_LOCK_KEY')
        self.assertEqual((code, lines[1]), (0, 'nightly backup'))

    def test_value_by_default(self):
        process = self.leasehold(self.name, '--', 'sh', '-c',
                                 f'etcdctl --endpoints={self.etcd.endpoint} get $ETCD_LOCK_KEY --print-value-only')
        self.assertRegex(process.line(),
                         rf'^host=\S+ pid={process.pid} program=leasehold since=20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$')
        self.assertEqual(process.exit_code(), 0)


class Surroundings(harness.TestCase):
    """What the command finds around it."""

    def test_environment(self):
        script = f'env; etcdctl --endpoints={self.etcd.endpoint} get "$ETCD_LOCK_KEY" -w json'
        code, lines, errors = self.run_leasehold(
            self.name, '--', 'sh', '-c', script,
            env={'ETCD_LOCK_KEY': 'old', 'ETCD_LOCK_REV': 'old', 'LEASEHOLD_TOKEN': 'old', 'KEEP_ME': 'kept'})
        self.assertEqual((code, errors), (0, ''))
        variables = {}
        for line in lines[:-1]:
            name, _, value = line.partition('=')
            self.assertNotIn(name, variables)
            variables[name] = value
        self.assertRegex(variables['ETCD_LOCK_KEY'], f'^{re.escape(self.name)}/[0-9a-f]+$')
        created = re.search(r'"create_revision":(\d+)', lines[-1]).group(1)
        self.assertEqual(variables['ETCD_LOCK_REV'], created)
        self.assertEqual(variables['LEASEHOLD_TOKEN'], created)
        self.assertEqual(variables['KEEP_ME'], 'kept')

    def test_locks_in_each_other(self):
        inner = [LEASEHOLD, 'lock', '--endpoints', self.etcd.endpoint, self.name + '-inner', '--',
                 'sh', '-c', 'echo $ETCD_LOCK_KEY']
        code, lines, _ = self.run_leasehold(self.name + '-outer', '--', *inner)
        self.assertEqual(code, 0)
        self.assertTrue(lines[0].startswith(self.name + '-inner/'), lines)
        self.assert_nothing_left()

    def test_standard_streams(self):
        process = self.leasehold(self.name, '--', 'sh', '-c', 'cat; echo to stderr >&2', stdin=subprocess.PIPE)
        process.write('one\n')
        self.assertEqual(process.line(), 'one')
        process.write('two\n')
        process.close_stdin()
        self.assertEqual(process.rest(), ['two'])
        self.assertEqual((process.exit_code(), process.error_text()), (0, 'to stderr\n'))

    def test_file_descriptors(self):
        read_end, write_end = os.pipe()
        self.addCleanup(os.close, read_end)
        self.addCleanup(os.close, write_end)
        list_them = python('import os; print(sorted(int(f) for f in os.listdir("/proc/self/fd") '
                           'if os.path.exists(f"/proc/self/fd/{f}")))')
        plain = self.start(list_them, pass_fds=[write_end]).line()
        locked = self.leasehold(self.name, '--', *list_them, pass_fds=[write_end]).line()
        self.assertEqual(locked, plain)

    def test_signal_state(self):
        show = ['grep', '-E', '^Sig(Blk|Ign)', '/proc/self/status']

        def ignore():
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)

        for preexec in (None, ignore):
            plain = self.start(show, preexec=preexec)
            locked = self.leasehold(self.name, '--', *show, preexec=preexec)
            self.assertEqual(locked.rest(), plain.rest())

    def test_process_group_is_ours(self):
        process = self.leasehold(self.name, '--', *python('import os; print(os.getpgrp())'))
        self.assertEqual(int(process.line()), process.pid)


class Waiting(harness.TestCase):
    def hold(self):
        holder = self.leasehold(self.name)
        self.assertRegex(holder.line(), f'^{re.escape(self.name)}/[0-9a-f]+$')
        return holder

    def end(self, holder):
        holder.send(signal.SIGTERM)
        self.assertEqual(holder.exit_code(), 0)
        self.assert_nothing_left()

    def test_try_while_held(self):
        holder = self.hold()
        code, lines, errors = self.run_leasehold('--try', self.name, 'echo', 'x')
        self.assertEqual((code, lines), (75, []))
        self.assert_complaint(errors, self.name)
        self.assertEqual(len(self.own_leases()), 1)
        self.end(holder)

    def test_try_while_free(self):
        code, lines, _ = self.run_leasehold('--try', self.name, 'echo', 'x')
        self.assertEqual((code, lines), (0, ['x']))
        self.assert_nothing_left()

    def test_timeout(self):
        holder = self.hold()
        start = time.monotonic()
        code, lines, errors = self.run_leasehold('--timeout', '700ms', self.name, 'echo', 'x')
        self.assertEqual((code, lines), (75, []))
        self.assertGreaterEqual(time.monotonic() - start, 0.7)
        self.assert_complaint(errors, self.name, '700 ms')
        self.assertEqual(len(self.etcd.keys(self.name + '/')), 1)
        self.end(holder)

    def test_turn_comes_within_the_timeout(self):
        holder = self.hold()
        watch = self.events(self.name + '/')
        self.wait_for_put(watch)
        waiter = self.leasehold('--timeout', '1m', self.name, 'echo', 'x')
        self.wait_for_put(watch)
        holder.send(signal.SIGINT)
        self.assertEqual(waiter.line(), 'x')
        self.assertEqual((waiter.exit_code(), holder.exit_code()), (0, 0))
        self.assert_nothing_left()

    def test_signal_while_waiting_leaves_no_key(self):
        holder = self.hold()
        watch = self.events(self.name + '/')
        self.wait_for_put(watch)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            waiter = self.leasehold(self.name, 'echo', 'x')
            key = self.wait_for_put(watch)
            waiter.send(number)
            self.assertEqual((waiter.exit_code(), waiter.rest()), (128 + number, []))
            self.assertEqual(self.wait_for_delete(watch), key)
            self.assertEqual(len(self.etcd.keys(self.name + '/')), 1)
            self.assertEqual(len(self.own_leases()), 1)
        self.end(holder)


class Holding(harness.TestCase):
    """Without a command."""

    def test_until_a_signal(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            holder = self.leasehold(self.name)
            key = holder.line()
            self.assertEqual(self.etcd.keys(self.name + '/'), [key])
            holder.send(number)
            self.assertEqual((holder.exit_code(), holder.rest(), holder.error_text()), (0, [], ''))
            self.assert_nothing_left()

    @harness.in_real_time
    def test_a_signal_that_comes_twice(self):
        """As from timeout(1), to us and to our group."""
        for _ in range(10):
            holder = self.leasehold('--ttl', '60s', self.name)
            holder.line()
            while holder.popen.poll() is None:
                holder.send(signal.SIGTERM)
            self.assertEqual((holder.exit_code(), holder.error_text()), (0, ''))
            self.assert_nothing_left()

    def test_other_signals_release_too(self):
        holder = self.leasehold(self.name)
        holder.line()
        holder.send(signal.SIGHUP)
        self.assertEqual(holder.exit_code(), 128 + signal.SIGHUP)
        self.assert_nothing_left()

    def test_nobody_reads_the_key(self):
        read_end, write_end = os.pipe()
        os.close(read_end)
        done = subprocess.run([LEASEHOLD, 'lock', '--endpoints', self.etcd.endpoint, self.name], stdout=write_end,
                              stderr=subprocess.PIPE, text=True, timeout=harness.PATIENCE, check=False,
                              env=harness.clean_environment(None))
        os.close(write_end)
        self.assertEqual(done.returncode, 70)
        self.assert_complaint(done.stderr, 'standard output')
        self.assert_nothing_left()


class Signals(harness.TestCase):
    # Says which signals come, and ends with 9 at SIGTERM.
    LISTENER = python('''
import signal, sys
numbers = [signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2, signal.SIGTERM]
signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
print("ready")
while True:
    number = signal.sigwait(numbers)
    print(signal.Signals(number).name)
    if number == signal.SIGTERM:
        sys.exit(9)
''')

    def test_are_forwarded(self):
        process = self.leasehold(self.name, '--', *self.LISTENER)
        process.line('ready')
        for name in ('SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGTERM'):
            process.send(getattr(signal, name))
            self.assertEqual(process.line(), name)
        self.assertEqual(process.exit_code(), 9)
        self.assert_nothing_left()

    def test_ignored_at_the_start_stay_ignored(self):
        process = self.leasehold(self.name, '--', 'sh', '-c', 'echo ready; read line; echo $line',
                                 stdin=subprocess.PIPE, preexec=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        process.line('ready')
        process.send(signal.SIGHUP)
        process.write('alive\n')
        self.assertEqual((process.line(), process.exit_code()), ('alive', 0))

    def press_ctrl_c(self, *command):
        """Runs the command on a terminal of its own until it is ready, and presses Ctrl-C."""
        def own_terminal():
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        master, slave = pty.openpty()
        self.addCleanup(os.close, master)
        process = self.leasehold(self.name, '--', *command, stdin=slave, preexec=own_terminal)
        os.close(slave)
        process.line('ready')
        os.write(master, b'\x03')
        echo = b''
        while b'^C' not in echo:  # it comes when the signal has been sent
            echo += os.read(master, 100)
        return process

    def test_key_of_the_terminal_reaches_the_command(self):
        process = self.press_ctrl_c(*self.LISTENER)
        self.assertEqual(process.line(), 'SIGINT')
        process.send(signal.SIGTERM)
        self.assertEqual(process.rest(), ['SIGTERM'])
        self.assertEqual(process.exit_code(), 9)

    def test_key_of_the_terminal_is_not_passed_on(self):
        # In another process group the command does not get it from the terminal, so only from us, if at all.
        process = self.press_ctrl_c(*self.LISTENER[:-1], 'import os; os.setpgid(0, 0)\n' + self.LISTENER[-1])
        process.send(signal.SIGTERM)
        self.assertEqual(process.rest(), ['SIGTERM'])
        self.assertEqual(process.exit_code(), 9)

    def test_command_gets_sigterm_when_leasehold_is_killed(self):
        process = self.leasehold('--ttl', '2s', self.name, '--', *self.LISTENER)
        process.line('ready')
        process.send(signal.SIGKILL)
        self.assertEqual(process.line(), 'SIGTERM')

    def test_descendants_left_behind_do_not_hold_up_the_end(self):
        process = self.leasehold(self.name, '--', 'sh', '-c', f'{sys.executable} -c "import time; time.sleep(60)" '
                                 '>/dev/null 2>&1 & echo $!; exit 4')
        left = self.death_of(int(process.line()))
        self.assertEqual(process.exit_code(), 4)
        self.assert_nothing_left()
        signal.pidfd_send_signal(left.fd, signal.SIGKILL)


if __name__ == '__main__':
    harness.main()
