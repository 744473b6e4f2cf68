# SPDX-License-Identifier: Apache-2.0
"""The lock is lost, or etcd goes away: the command is ended in time."""

import os
import signal
import subprocess

import harness
from harness import in_real_time, python

# Prints its process id, and whether SIGTERM came; then ends, or not. The alarm is for a leasehold that fails.
POLITE = python('''
import os, signal, sys
signal.alarm(60)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
print(os.getpid())
signal.sigwait([signal.SIGTERM])
print("asked")
sys.exit(0)
''')
STUBBORN = python('''
import os, signal
signal.alarm(60)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
print(os.getpid())
signal.sigwait([signal.SIGTERM])
print("asked")
while True:
    signal.pause()
''')
# A daemon of its own session, whose parent has gone, and the command itself.
ESCAPING = python('''
import os, signal
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        signal.alarm(60)
        print(os.getpid())
        while True:
            signal.pause()
    os._exit(0)
os.wait()
signal.alarm(60)
while True:
    signal.pause()
''')


class KeyDeleted(harness.TestCase):
    def start_command(self, command, *options):
        process = self.leasehold(*options, self.name, '--', *command)
        pid = int(process.line())
        return process, self.death_of(pid)

    def delete_key(self):
        self.etcd.ctl('del', '--prefix', self.name + '/')

    def assert_lost(self, process):
        self.assertEqual(process.exit_code(), 70)
        self.assert_complaint(process.error_text(), self.name, 'deleted')
        self.assert_nothing_left()

    @in_real_time
    def test_command_is_asked_to_end(self):
        process, death = self.start_command(POLITE)
        self.delete_key()
        process.line('asked')
        death.wait()
        self.assert_lost(process)

    @in_real_time
    def test_command_that_stays_is_killed(self):
        process, death = self.start_command(STUBBORN, '--ttl', '4s')
        self.delete_key()
        process.line('asked')
        death.wait()
        self.assert_lost(process)

    @in_real_time
    def test_no_descendant_escapes(self):
        process, death = self.start_command(ESCAPING, '--ttl', '3s')
        self.delete_key()
        death.wait()
        self.assert_lost(process)

    @in_real_time
    def test_stopped_command(self):
        process, death = self.start_command(POLITE)
        signal.pidfd_send_signal(death.fd, signal.SIGSTOP)
        self.delete_key()
        process.line('asked')
        self.assert_lost(process)

    @in_real_time
    def test_lease_revoked(self):
        process, death = self.start_command(POLITE, '--ttl', '3s')
        for lease in self.own_leases():
            self.etcd.ctl('lease', 'revoke', lease)
        process.line('asked')
        death.wait()
        self.assertEqual(process.exit_code(), 70)

    def test_without_a_command(self):
        holder = self.leasehold(self.name)
        holder.line()
        self.delete_key()
        self.assert_lost(holder)

    def test_of_a_waiter(self):
        holder = self.leasehold(self.name)
        holder_key = holder.line()
        watch = self.events(self.name + '/')
        self.wait_for_put(watch)
        waiter = self.leasehold(self.name, 'echo', 'x')
        key = self.wait_for_put(watch)
        self.etcd.ctl('del', key)
        self.assertEqual((waiter.exit_code(), waiter.rest()), (70, []))
        self.assert_complaint(waiter.error_text(), self.name)
        self.assertEqual(self.etcd.keys(self.name + '/'), [holder_key])


class EtcdSilent(harness.TestCase):
    """etcd stops answering, with its connections open: the hardest way."""

    TTL = 3

    def setUp(self):
        super().setUp()
        self.addCleanup(self.etcd.resume)

    def start_command(self, command):
        process = self.leasehold('--ttl', f'{self.TTL}s', self.name, '--', *command)
        return process, self.death_of(int(process.line()))

    def test_command_is_ended_before_the_lease_can_be(self):
        for command in (POLITE, STUBBORN, ESCAPING):
            with self.subTest(command=command[-1]):
                for _ in range(5):
                    if self.ends_in_time(command):
                        break
                else:
                    self.fail('too late each time')

    def ends_in_time(self, command):
        """On a machine that stands still at the wrong moment nothing can; then it must be told."""
        process, death = self.start_command(command)
        # The last renewal was before: nobody else can get the lock until a TTL from here.
        deadline = self.etcd.pause() + self.TTL
        seen_alive, ended = death.watch()
        self.assertEqual(process.exit_code(), 70)
        self.etcd.resume()
        self.assert_complaint(process.error_text(), self.name)
        if seen_alive >= deadline:
            self.assert_complaint(process.error_text(), 'beside it')
        return ended < deadline

    @in_real_time
    def test_short_silence_is_survived(self):
        process = self.leasehold('--ttl', '6s', self.name, '--', 'sh', '-c', 'echo ready; read line; exit 5',
                                 stdin=subprocess.PIPE)
        process.line('ready')
        self.etcd.pause()
        # Well below three quarters of the TTL.
        with self.assertRaises(subprocess.TimeoutExpired):
            process.popen.wait(1.5)
        self.etcd.resume()
        # Past the deadline of before: it was renewed.
        with self.assertRaises(subprocess.TimeoutExpired):
            process.popen.wait(6)
        process.close_stdin()
        self.assertEqual((process.exit_code(), process.error_text()), (5, ''))

    def test_without_a_command(self):
        holder = self.leasehold('--ttl', f'{self.TTL}s', self.name)
        holder.line()
        self.etcd.pause()
        self.assertEqual(holder.exit_code(), 70)

    def test_while_waiting(self):
        holder = self.leasehold('--ttl', '60s', self.name)
        holder.line()
        watch = self.events(self.name + '/')
        self.wait_for_put(watch)
        waiter = self.leasehold('--ttl', f'{self.TTL}s', self.name, 'echo', 'x')
        self.wait_for_put(watch)
        self.etcd.pause()
        self.assertEqual((waiter.exit_code(), waiter.rest()), (69, []))
        self.assert_complaint(waiter.error_text(), self.name)

    def test_release_does_not_hang(self):
        process = self.leasehold('--ttl', '30s', '--command-timeout', '4s', self.name, '--',
                                 'sh', '-c', 'echo ready; read line; exit 5', stdin=subprocess.PIPE)
        process.line('ready')
        self.etcd.pause()
        process.close_stdin()
        self.assertEqual(process.exit_code(), 5)
        self.assert_complaint(process.error_text(), self.name, 'within 4000 ms', '30 s')

    def test_second_signal_hurries_the_release(self):
        holder = self.leasehold('--ttl', '30s', self.name)
        holder.line()
        self.etcd.pause()
        holder.send(signal.SIGINT)
        # Standard signals merge while they are pending: the second must find the first taken.
        while (pending_signals(holder.pid) >> (signal.SIGINT - 1)) & 1:
            os.sched_yield()
        holder.send(signal.SIGINT)
        self.assertEqual(holder.exit_code(), 0)
        self.assert_complaint(holder.error_text(), self.name, 'hurried')

    def test_two_signals_at_once_hurry_the_release(self):
        holder = self.leasehold('--ttl', '30s', self.name)
        holder.line()
        self.etcd.pause()
        for number in (signal.SIGSTOP, signal.SIGINT, signal.SIGTERM, signal.SIGCONT):
            holder.send(number)
        self.assertEqual(holder.exit_code(), 0)
        self.assert_complaint(holder.error_text(), self.name, 'hurried')


class EtcdGone(harness.TestCase):
    def test_while_waiting(self):
        holder = self.leasehold('--ttl', '3s', self.name)
        holder.line()
        watch = self.events(self.name + '/')
        self.wait_for_put(watch)
        waiter = self.leasehold('--ttl', '3s', self.name, 'echo', 'x')
        self.wait_for_put(watch)
        self.etcd.popen.kill()
        self.assertEqual((waiter.exit_code(), waiter.rest()), (69, []))
        self.assertEqual(holder.exit_code(), 70)


def pending_signals(pid):
    with open(f'/proc/{pid}/status', encoding='ascii') as status:
        return next(int(line.split()[1], 16) for line in status if line.startswith('ShdPnd'))


if __name__ == '__main__':
    harness.main()
