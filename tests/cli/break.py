# SPDX-License-Identifier: Apache-2.0
"""`leasehold break`."""

import harness
from terminal import Terminal


class Break(harness.TestCase):
    def test_by_force(self):
        key = self.etcd.queue_up(self.name, 'v')
        waiter = self.etcd.queue_up(self.name, 'next')
        line, = self.output_of('break', '--force', self.name)
        self.assertIn(key, line)
        self.assertEqual(self.etcd.keys(self.name), [waiter])

    def test_holder_is_told_and_the_next_gets_the_lock(self):
        holder = self.leasehold(self.name)
        holder.line(self.name)
        watch = self.events(self.name + '/')
        self.wait_for_put(watch)
        waiter = self.leasehold(self.name)
        self.wait_for_put(watch)
        self.output_of('break', '--force', self.name)
        waiter.line(self.name)
        self.assertEqual(holder.exit_code(), 70)
        self.assert_complaint(holder.error_text(), 'somebody deleted')

    def test_nobody_holds_it(self):
        code, _, errors = self.run_command('break', '--force', self.name)
        self.assertEqual(code, 66)
        self.assert_complaint(errors, 'nobody holds', self.name)

    def test_the_holder_of_another_lock_is_left_alone(self):
        key = self.etcd.queue_up(self.name + '/inner')
        code, _, errors = self.run_command('break', '--force', self.name)
        self.assertEqual(code, 75)
        self.assert_complaint(errors, self.name + '/inner')
        self.assertEqual(self.etcd.keys(self.name), [key])

    def test_without_a_terminal_it_does_not_ask(self):
        key = self.etcd.queue_up(self.name)
        code, _, errors = self.run_command('break', self.name)
        self.assertEqual(code, 64)
        self.assert_complaint(errors, '--force')
        self.assertEqual(self.etcd.keys(self.name), [key])

    def test_confirmed(self):
        for answer in ('y', 'yes', 'Y'):
            self.etcd.queue_up(self.name, 'v\x1b')
            terminal = Terminal(self, 'break', self.name)
            question = terminal.read_until('[y/N]')
            self.assertIn(f"'{self.name}'", question)
            self.assertIn("value 'v\\x1b'", question)
            terminal.type(answer + '\n')
            self.assertEqual(terminal.exit_code(), 0)
            self.assertEqual(self.etcd.keys(self.name), [])

    def test_declined(self):
        key = self.etcd.queue_up(self.name)
        for answer in ('n\n', '\n', 'no\n', 'yep\n', '\x04'):
            terminal = Terminal(self, 'break', self.name)
            terminal.read_until('[y/N]')
            terminal.type(answer)
            self.assertEqual(terminal.exit_code(), 75)
            self.assertIn('left as it is', terminal.text)
            self.assertEqual(self.etcd.keys(self.name), [key])

    def test_lock_that_changed_hands_meanwhile_is_left(self):
        key = self.etcd.queue_up(self.name)
        waiter = self.etcd.queue_up(self.name)
        terminal = Terminal(self, 'break', self.name)
        terminal.read_until('[y/N]')
        self.etcd.ctl('del', key)
        terminal.type('y\n')
        self.assertEqual(terminal.exit_code(), 75)
        self.assertIn('changed hands', terminal.text)
        self.assertEqual(self.etcd.keys(self.name), [waiter])

    def test_same_key_created_anew_is_another_ownership(self):
        lease = self.etcd.grant()
        key = self.etcd.queue_up(self.name, 'v', lease)
        terminal = Terminal(self, 'break', self.name)
        terminal.read_until('[y/N]')
        self.etcd.ctl('del', key)
        self.etcd.queue_up(self.name, 'v', lease)
        terminal.type('y\n')
        self.assertEqual(terminal.exit_code(), 75)
        self.assertEqual(self.etcd.keys(self.name), [key])


if __name__ == '__main__':
    harness.main()
