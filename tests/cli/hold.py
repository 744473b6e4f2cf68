# SPDX-License-Identifier: Apache-2.0
"""`leasehold hold`: a name with a value, until a signal."""

import signal
import subprocess

import harness
from harness import LEASEHOLD


class Hold(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.name = self.id().rsplit('.', 1)[1]
        self.queue = f'locker/{self.name}/'

    def hold(self, value, *options, name=None, **how):
        return self.start([LEASEHOLD, 'hold', '--endpoints', self.etcd.endpoint, *options, name or self.name, value],
                          **how)

    def value(self):
        """Of the oldest key: the owner's."""
        return self.etcd.ctl('get', '--prefix', self.queue, '--sort-by=CREATE', '--limit=1',
                             '--print-value-only').rstrip('\n')

    def end(self, holder, number=signal.SIGTERM):
        holder.send(number)
        code = holder.exit_code()
        return code, holder.error_text()

    def test_value_is_published_until_a_signal(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            holder = self.hold('10.0.0.7:80')
            self.assertEqual(holder.line(), 'waiting')
            self.assertRegex(holder.line(), r'^owned \d+$')
            self.assertEqual(self.value(), '10.0.0.7:80')
            self.assertEqual(self.end(holder, number), (0, ''))
            self.assertEqual(self.etcd.keys(self.queue), [])
            self.assertEqual(self.own_leases(), [])

    def test_other_signals(self):
        holder = self.hold('v')
        holder.line('owned')
        self.assertEqual(self.end(holder, signal.SIGHUP), (128 + signal.SIGHUP, ''))
        self.assertEqual(self.etcd.keys(self.queue), [])

    def test_next_one_owns_when_the_first_has_gone(self):
        first = self.hold('first')
        token = int(first.line('owned').split()[1])
        second = self.hold('second')
        self.assertEqual(second.line(), 'waiting')
        watch = self.events(self.queue)
        for _ in range(2):
            self.wait_for_put(watch)
        self.assertEqual(self.value(), 'first')
        self.end(first)
        self.assertGreater(int(second.line('owned').split()[1]), token)
        self.assertEqual(self.value(), 'second')

    def test_who_still_waits_leaves_nothing_when_etcd_is_slow(self):
        first = self.hold('first', '--ttl', '60s')
        first.line('owned')
        second = self.hold('second', '--ttl', '60s')
        watch = self.events(self.queue)
        for _ in range(2):
            self.wait_for_put(watch)
        self.addCleanup(self.etcd.resume)
        self.etcd.pause()
        second.send(signal.SIGTERM)
        with self.assertRaises(subprocess.TimeoutExpired):
            second.popen.wait(2)
        self.etcd.resume()
        self.assertEqual((second.exit_code(), second.error_text()), (0, ''))
        self.assertEqual(len(self.etcd.keys(self.queue)), 1)

    def test_killed_owner_is_followed_by_the_next(self):
        first = self.hold('first', '--ttl', '2s')
        first.line('owned')
        second = self.hold('second')
        watch = self.events(self.queue)
        for _ in range(2):
            self.wait_for_put(watch)
        first.send(signal.SIGKILL)
        second.line('owned')
        self.assertEqual(self.value(), 'second')

    def test_key_deleted(self):
        holder = self.hold('v')
        token = int(holder.line('owned').split()[1])
        self.etcd.ctl('del', '--prefix', self.queue)
        self.assertIn('deleted', holder.line('not owned: '))
        self.assertGreater(int(holder.line('owned').split()[1]), token)
        self.assertEqual(self.value(), 'v')
        self.assertEqual(self.end(holder)[0], 0)

    def test_lease_revoked(self):
        holder = self.hold('v', '--ttl', '3s')
        holder.line('owned')
        for lease in self.own_leases():
            self.etcd.ctl('lease', 'revoke', lease)
        holder.line('not owned: ')
        holder.line('owned')
        self.assertEqual(self.value(), 'v')
        self.assertEqual(self.end(holder)[0], 0)

    def test_other_directory(self):
        holder = self.hold('v', '--directory', '/elsewhere/')
        holder.line('owned')
        self.assertEqual(len(self.etcd.keys(f'/elsewhere/{self.name}/')), 1)
        self.assertEqual(self.end(holder)[0], 0)

    def test_is_a_lock_like_any_other(self):
        holder = self.hold('v')
        holder.line('owned')
        code, _, _ = self.run_leasehold('--try', self.queue.rstrip('/'), 'true')
        self.assertEqual(code, 75)

    def test_words_behind_dashes(self):
        holder = self.start([LEASEHOLD, '--endpoints', self.etcd.endpoint, 'hold', '--', self.name, '--value'])
        holder.line('owned')
        self.assertEqual(self.value(), '--value')

    def test_value_that_etcd_refuses(self):
        # Arguments of a megabyte are too long for the kernel; so is 100 kB for this server.
        etcd = harness.Etcd('--max-request-bytes=65536')
        self.addCleanup(etcd.close)
        process = self.start([LEASEHOLD, 'hold', '--endpoints', etcd.endpoint, self.name, 'x' * 100_000])
        self.assertEqual(process.exit_code(), 64)
        self.assert_complaint(process.error_text(), self.name, 'too large')

    def test_name_of_two_lines(self):
        name = self.name + '\nsecond line'
        holder = self.hold('v', name=name)
        holder.line('owned')
        self.etcd.ctl('del', '--prefix', self.queue.rstrip('/'))
        self.assertIn('\\nsecond line', holder.line('not owned: '))

    def test_nobody_reads(self):
        holder = self.start(['sh', '-c', f'"{LEASEHOLD}" hold --endpoints {self.etcd.endpoint} {self.name} v | head -n1'])
        # Its next line is one too many; who reads may have gone before or after the first ones.
        while holder.popen.poll() is None:
            self.etcd.ctl('del', '--prefix', self.queue)
        self.assertEqual(holder.exit_code(), 0)
        self.assertEqual(self.etcd.keys(self.queue), [])


class WithoutEtcd(harness.TestCase):
    needs_etcd = False

    def test_goes_on_trying_until_a_signal(self):
        with harness.reserve_port() as server:
            port = server.getsockname()[1]
        process = self.start([LEASEHOLD, 'hold', '--endpoints', f'127.0.0.1:{port}', '--dial-timeout', '200ms', 'n', 'v'])
        self.assertEqual(process.line(), 'waiting')
        self.assertIn(str(port), process.line('not owned: '))
        process.send(signal.SIGTERM)
        self.assertEqual(process.exit_code(), 0)

    def test_release_does_not_hang(self):
        etcd = harness.Etcd()
        self.addCleanup(etcd.close)
        self.addCleanup(etcd.resume)
        process = self.start([LEASEHOLD, 'hold', '--endpoints', etcd.endpoint, '--command-timeout', '1s', 'n', 'v'])
        process.line('owned')
        etcd.pause()
        process.send(signal.SIGTERM)
        self.assertEqual(process.exit_code(), 0)
        self.assert_complaint(process.error_text(), "'n'", 'within 1000 ms')

    def test_two_signals_at_once_hurry_the_release(self):
        etcd = harness.Etcd()
        self.addCleanup(etcd.close)
        self.addCleanup(etcd.resume)
        process = self.start([LEASEHOLD, 'hold', '--endpoints', etcd.endpoint, 'n', 'v'])
        process.line('owned')
        etcd.pause()
        for number in (signal.SIGSTOP, signal.SIGINT, signal.SIGTERM, signal.SIGCONT):
            process.send(number)
        self.assertEqual(process.exit_code(), 0)
        self.assert_complaint(process.error_text(), "'n'", 'hurried')

    def refused(self, *arguments):
        done = subprocess.run([LEASEHOLD, 'hold', *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              timeout=harness.PATIENCE, check=False, env=harness.clean_environment(None))
        self.assertEqual((done.returncode, done.stdout), (64, ''), done.stderr)
        return done.stderr

    def test_usage(self):
        for arguments in ((), ('name',), ('', 'value'), ('name', 'value', 'more'), ('--', 'name')):
            with self.subTest(arguments=arguments):
                self.assertIn('NAME', self.refused(*arguments))
        self.assertIn('--bogus', self.refused('--bogus', 'name', 'value'))
        self.assertIn('--ttl', self.refused('--ttl', 'soon', 'name', 'value'))
        self.assertIn('ttl', self.refused('--ttl', '0', 'name', 'value'))
        self.assertIn('/none.pem', self.refused('--cacert', '/none.pem', 'name', 'value'))

    def test_help(self):
        done = subprocess.run([LEASEHOLD, 'hold', '--help'], stdout=subprocess.PIPE, text=True, check=True,
                              timeout=harness.PATIENCE)
        self.assertIn('VALUE', done.stdout)


if __name__ == '__main__':
    harness.main()
