# SPDX-License-Identifier: Apache-2.0
"""`leasehold ls`: many locks."""

import calendar
import json
import os
import signal
import time

import harness
from terminal import Terminal


class List(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.prefix = self.name + '/'

    def locks(self, *arguments):
        return [json.loads(line) for line in self.output_of('ls', '--json', *(arguments or [self.prefix]))]

    def test_a_line_for_each_lock(self):
        holder = self.etcd.grant()
        self.etcd.queue_up(self.prefix + 'b', 'holder of b', holder)
        for _ in range(3):
            self.etcd.queue_up(self.prefix + 'b', 'waiter')
        self.etcd.queue_up(self.prefix + 'a', 'holder of a')
        lines = [line.split() for line in self.output_of('ls', self.prefix)]
        self.assertEqual(lines[0], ['NAME', 'HOLDER', 'SINCE', 'TTL', 'WAITERS', 'VALUE'])
        self.assertEqual([line[0] for line in lines[1:]], [self.prefix + 'a', self.prefix + 'b'])
        self.assertEqual([line[5:] for line in lines[1:]], [['0', 'holder', 'of', 'a'], ['3', 'holder', 'of', 'b']])
        a, b = self.locks()
        self.assertEqual((a['name'], a['value'], a['waiters']), (self.prefix + 'a', 'holder of a', 0))
        self.assertEqual((b['name'], b['lease'], b['waiters']), (self.prefix + 'b', f'{holder:x}', 3))

    def test_who_holds_it_and_since_when(self):
        before = int(time.time())
        holder = self.leasehold(self.prefix + 'a')
        holder.line(self.prefix)
        lock, = self.locks()
        self.assertEqual((lock['owner']['host'], lock['owner']['pid'], lock['owner']['program']),
                         (os.uname().nodename, holder.pid, 'leasehold'))
        since = calendar.timegm(time.strptime(lock['owner']['since'], '%Y-%m-%dT%H:%M:%SZ'))
        self.assertTrue(before <= since <= time.time(), lock['owner']['since'])
        table = self.output_of('ls', self.prefix)
        self.assertIn(f'{os.uname().nodename}:{holder.pid} leasehold  {lock["owner"]["since"]}  ', table[1])
        self.assertIn(f' {os.uname().nodename}:{holder.pid} leasehold', self.output_of('top', self.prefix)[2])

    def test_time_left_of_the_lease(self):
        self.etcd.queue_up(self.prefix + 'long', lease=self.etcd.grant(5000))
        self.etcd.queue_up(self.prefix + 'short', lease=self.etcd.grant(50))
        lock_long, lock_short = self.locks()
        self.assertLessEqual(lock_long['ttl'], 5000)
        self.assertGreater(lock_long['ttl'], 1000)
        self.assertLessEqual(lock_short['ttl'], 50)

    def test_locks_of_one_session(self):
        lease = self.etcd.grant(5000)
        for name in ('a', 'b', 'c'):
            self.etcd.queue_up(self.prefix + name, lease=lease)
        self.assertEqual([lock['lease'] for lock in self.locks()], [f'{lease:x}'] * 3)
        self.assertNotIn(None, [lock['ttl'] for lock in self.locks()])

    def test_prefix_is_of_names(self):
        self.etcd.queue_up(self.name)  # its keys begin with the prefix, its name does not
        self.etcd.queue_up(self.prefix + 'x')
        self.assertEqual(self.output_of('ls', '--names', self.prefix), [self.prefix + 'x'])
        self.assertEqual(self.output_of('ls', '--names', self.name), [self.name, self.prefix + 'x'])
        self.assertEqual(self.output_of('ls', '--names', self.prefix + 'y'), [])

    def test_without_a_prefix_all(self):
        self.etcd.queue_up(self.prefix + 'x')
        self.assertIn(self.prefix + 'x', self.output_of('ls', '--names'))
        self.assertIn(self.prefix + 'x', [lock['name'] for lock in self.locks('')])

    def test_no_lock(self):
        self.assertEqual(len(self.output_of('ls', self.prefix)), 1)
        self.assertEqual(self.locks(), [])

    def test_other_keys_are_no_locks(self):
        lease = self.etcd.grant()
        self.etcd.put(self.prefix + 'users/1', 'no lease')
        self.etcd.put(self.prefix + 'users/2', 'another lease', lease)
        self.etcd.put(self.prefix + 'plain', 'x', lease)
        self.etcd.put(self.prefix + 'padded/%020x' % lease, 'x', lease)
        self.etcd.queue_up(self.prefix + 'lock')
        self.assertEqual(self.output_of('ls', '--names', self.prefix), [self.prefix + 'lock'])

    def test_locks_of_etcdctl_and_of_leasehold(self):
        ours = self.leasehold('--value', 'ours', self.prefix + 'ours')
        ours.line(self.prefix)
        theirs = self.etcdctl_lock(self.prefix + 'theirs')
        theirs.line(self.prefix)
        self.assertEqual([(lock['name'], lock['value']) for lock in self.locks()],
                         [(self.prefix + 'ours', 'ours'), (self.prefix + 'theirs', '')])
        ours.send(signal.SIGINT)
        self.assertEqual(ours.exit_code(), 0)
        self.assertEqual([lock['name'] for lock in self.locks()], [self.prefix + 'theirs'])

    def test_names_and_values_of_any_bytes(self):
        names = [b'nul\0', b'line\n', b'esc\x1b[2J', b'no utf-8 \xff', 'zażółć'.encode(), b'back\\slash']
        for name in names:
            self.etcd.queue_up(self.prefix.encode() + name, b'\0\n' + name)
        shown = [f'{self.prefix}{name}' for name in
                 ('nul\\x00', 'line\\n', 'esc\\x1b[2J', 'no utf-8 \\xff', 'zażółć', 'back\\\\slash')]
        self.assertCountEqual(self.output_of('ls', '--names', self.prefix), shown)
        table = self.output_of('ls', self.prefix)[1:]
        self.assertEqual(len(table), len(names))
        for line in table:
            self.assertTrue(line.isprintable(), repr(line))
        locks = {lock['name']: lock for lock in self.locks()}
        self.assertIn(self.prefix + 'nul\0', locks)
        self.assertIn(self.prefix + 'line\n', locks)
        self.assertEqual(locks[self.prefix + 'nul\0']['value'], '\0\nnul\0')
        self.assertIn('name_base64', locks[self.prefix + 'no utf-8 \ufffd'])

    def put_many(self, keys):
        for start in range(0, len(keys), 100):  # etcd allows no more than 128 operations
            self.etcd.post('kv/txn', {'success': [
                {'requestPut': {'key': harness.encoded(key), 'value': harness.encoded('x')}}
                for key in keys[start:start + 100]]})

    def test_many_pages(self):
        """Thousands of other keys before, between and behind the locks, and inside a lock's queue."""
        for letter in 'abc':
            self.put_many([f'{self.prefix}{letter}{number:05}' for number in range(1100)])
        self.put_many([f'{self.prefix}b/{number:x}' for number in range(1, 2001)])
        lease = self.etcd.grant()
        names = ['a', 'a00001/nested', 'b', 'c', 'c99999']
        for name in names:
            self.etcd.queue_up(self.prefix + name, name, lease)
        self.assertEqual([(lock['name'], lock['value'], lock['waiters']) for lock in self.locks()],
                         [(self.prefix + name, name, 0) for name in names])

    def test_lines_fit_into_a_terminal(self):
        self.etcd.queue_up(self.prefix + 'x', 'v' * 500)
        terminal = Terminal(self, 'ls', self.prefix, columns=90)
        lines = terminal.read_to_the_end().splitlines()
        self.assertEqual(len(lines), 2)
        self.assertEqual(len(lines[1]), 90)
        self.assertTrue(lines[1].endswith('vvv…'))
        self.assertTrue(self.output_of('ls', self.prefix)[1].endswith('v' * 500))


if __name__ == '__main__':
    harness.main()
