# SPDX-License-Identifier: Apache-2.0
"""`leasehold watch`: a line for each change of who holds a lock."""

import json
import signal
import subprocess

import harness


class Watch(harness.TestCase):
    def watch(self, *arguments):
        return self.command('watch', *arguments)

    def held(self, name, lease, value):
        return f'held\t{name}\tlease {lease:x}\t{value}'

    def expect(self, watch, *lines):
        for line in lines:
            self.assertEqual(watch.line(), line)

    def finish(self, watch, name):
        """Nothing but the line of one more ownership comes, so nothing was printed too much before it."""
        lease = self.etcd.grant()
        self.etcd.queue_up(name, 'the last', lease)
        self.expect(watch, self.held(name, lease, 'the last'))
        watch.send(signal.SIGTERM)
        self.assertEqual((watch.exit_code(), watch.rest(), watch.error_text()), (128 + signal.SIGTERM, [], ''))

    def test_free_taken_changed_and_free_again(self):
        watch = self.watch(self.name)
        self.expect(watch, f'free\t{self.name}')
        lease = self.etcd.grant()
        key = self.etcd.queue_up(self.name, 'one', lease)
        self.etcd.put(key, 'two', lease)
        self.etcd.ctl('del', key)
        self.expect(watch, self.held(self.name, lease, 'one'), self.held(self.name, lease, 'two'), f'free\t{self.name}')
        self.finish(watch, self.name)

    def test_state_at_the_beginning(self):
        lease = self.etcd.grant()
        self.etcd.queue_up(self.name, 'holder', lease)
        self.etcd.queue_up(self.name, 'waiter')
        self.expect(self.watch(self.name), self.held(self.name, lease, 'holder'))

    def test_waiters_are_no_changes(self):
        first, second = self.etcd.grant(), self.etcd.grant()
        first_key = self.etcd.queue_up(self.name, 'first', first)
        watch = self.watch(self.name)
        self.expect(watch, self.held(self.name, first, 'first'))
        passing = self.etcd.queue_up(self.name, 'passing')
        second_key = self.etcd.queue_up(self.name, 'second', second)
        self.etcd.put(second_key, 'second, changed', second)
        self.etcd.put(first_key, 'first', first)  # the same value
        self.etcd.ctl('del', passing)
        self.etcd.ctl('del', first_key)
        self.expect(watch, self.held(self.name, second, 'second, changed'))
        self.etcd.ctl('del', second_key)
        self.expect(watch, f'free\t{self.name}')
        self.finish(watch, self.name)

    def test_queue_deleted_at_once_makes_no_holder_of_waiters(self):
        lease = self.etcd.grant()
        self.etcd.queue_up(self.name, 'first', lease)
        watch = self.watch(self.name)
        self.expect(watch, self.held(self.name, lease, 'first'))
        for number in range(5):
            self.etcd.queue_up(self.name, f'waiter {number}')
        self.etcd.ctl('del', '--prefix', self.name + '/')
        self.expect(watch, f'free\t{self.name}')
        self.finish(watch, self.name)

    def test_lease_that_ends(self):
        lease = self.etcd.grant()
        self.etcd.queue_up(self.name, 'x', lease)
        watch = self.watch(self.name)
        self.expect(watch, self.held(self.name, lease, 'x'))
        self.etcd.ctl('lease', 'revoke', f'{lease:x}')
        self.expect(watch, f'free\t{self.name}')

    def test_prefix(self):
        below = self.name + '/below/'
        first, second, other = self.etcd.grant(), self.etcd.grant(), self.etcd.grant()
        self.etcd.queue_up(below + 'a', 'a', first)
        watch = self.watch(below)
        self.expect(watch, self.held(below + 'a', first, 'a'))
        self.etcd.queue_up(below[:-1], 'not below', other)
        self.etcd.put(below + 'config', 'no lock')
        self.etcd.put(below + 'users/1', 'no lock either')
        key = self.etcd.queue_up(below + 'b/c', 'b', second)
        self.etcd.queue_up(below + 'a', 'waits', other)
        self.etcd.ctl('del', key)
        self.etcd.ctl('lease', 'revoke', f'{first:x}')
        self.expect(watch, self.held(below + 'b/c', second, 'b'), f'free\t{below}b/c',
                    self.held(below + 'a', other, 'waits'))
        self.finish(watch, below + 'z')

    def test_prefix_with_keys_that_are_older_than_the_holders(self):
        # Foreign keys below the name, of which the answer must not make a holder.
        below = self.name + '/'
        for number in range(40):
            self.etcd.put(f'{below}lock/{number:03}-foreign', 'x')
        first, second = self.etcd.grant(), self.etcd.grant()
        self.etcd.queue_up(below + 'lock', 'first', first)
        self.etcd.queue_up(below + 'lock', 'second', second)
        watch = self.watch(below)
        self.expect(watch, self.held(below + 'lock', first, 'first'))
        self.etcd.ctl('lease', 'revoke', f'{first:x}')
        self.expect(watch, self.held(below + 'lock', second, 'second'))

    def test_prefix_without_a_slash(self):
        lease = self.etcd.grant()
        self.etcd.queue_up(self.name + 'xyz', 'v', lease)
        self.expect(self.watch('--prefix', self.name + 'x'), self.held(self.name + 'xyz', lease, 'v'))

    def test_json(self):
        watch = self.watch('--json', self.name)
        self.assertEqual({**json.loads(watch.line()), 'revision': 0}, {'name': self.name, 'held': False, 'revision': 0})
        lease = self.etcd.grant()
        key = self.etcd.queue_up(self.name, b'\0\xff', lease)
        line = json.loads(watch.line())
        self.assertEqual((line['name'], line['held'], line['key'], line['lease'], line['value_base64']),
                         (self.name, True, key, f'{lease:x}', 'AP8='))
        self.assertEqual(line['revision'], line['create_revision'])

    def test_names_and_values_are_escaped(self):
        name = self.name + '\t\n'
        lease = self.etcd.grant()
        self.etcd.queue_up(name, 'a\tb\n', lease)
        self.expect(self.watch(name), f'held\t{self.name}\\t\\n\tlease {lease:x}\ta\\tb\\n')

    def test_history_is_complete(self):
        """Hand-offs in quick succession: the lines are the history of the lock."""
        watch = self.watch('--json', self.name)
        watch.line()
        expected = []
        keys = []
        for number in range(60):
            keys.append(self.etcd.queue_up(self.name, f'v{number}'))
            if number == 0:
                expected.append((keys[0], 'v0'))
            if len(keys) > 3:
                self.etcd.ctl('del', keys.pop(0))
                expected.append((keys[0], f'v{number - 2}'))
        for key, value in expected:
            line = json.loads(watch.line())
            self.assertEqual((line['key'], line['value']), (key, value))

    def test_ends_when_nobody_reads(self):
        self.etcd.queue_up(self.name)
        watch = self.start(['sh', '-c', '"$@" | head -n 1', 'sh', harness.LEASEHOLD, 'watch', '--endpoints',
                            self.etcd.endpoint, self.name])
        watch.line('held')
        # Its next line is one too many, once the reader has gone.
        while watch.popen.poll() is None:
            self.etcd.ctl('del', '--prefix', self.name + '/')
            self.etcd.queue_up(self.name)
        self.assertEqual((watch.exit_code(), watch.error_text()), (0, ''))  # of head


class Trouble(harness.TestCase):
    def test_outage(self):
        lease = self.etcd.grant()
        self.etcd.queue_up(self.name, 'v', lease)
        watch = self.command('watch', self.name)
        watch.line('held')
        self.etcd.pause()
        self.etcd.resume()
        self.etcd.ctl('lease', 'revoke', f'{lease:x}')
        self.assertEqual(watch.line(), f'free\t{self.name}')

    def test_etcd_that_comes_back(self):
        first, second = self.etcd.grant(), self.etcd.grant()
        first_key = self.etcd.queue_up(self.name, 'first', first)
        watch = self.command('watch', self.name)
        watch.line('held')
        self.etcd.kill()
        self.etcd.start_again()
        self.etcd.queue_up(self.name, 'second', second)
        self.etcd.ctl('del', first_key)
        self.assertEqual(watch.line(), f'held\t{self.name}\tlease {second:x}\tsecond')

    def test_compaction_while_it_does_not_listen(self):
        first, second = self.etcd.grant(), self.etcd.grant()
        first_key = self.etcd.queue_up(self.name, 'first', first)
        watch = self.command('watch', self.name)
        watch.line('held')
        watch.send(signal.SIGSTOP)
        self.etcd.queue_up(self.name, 'second', second)
        self.etcd.ctl('del', first_key)
        revision = self.etcd.put(self.name + '-other', 'x')
        self.etcd.ctl('compact', '--physical', str(revision))
        watch.send(signal.SIGCONT)
        self.assertEqual(watch.line(), f'held\t{self.name}\tlease {second:x}\tsecond')


if __name__ == '__main__':
    harness.main()
