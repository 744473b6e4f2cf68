# SPDX-License-Identifier: Apache-2.0
"""`leasehold lock` and `etcdctl lock` on one lock."""

import signal
import subprocess

import harness


class Etcdctl(harness.TestCase):
    def test_waits_for_leasehold(self):
        holder = self.leasehold(self.name)
        holder.line(self.name + '/')
        watch = self.events(self.name + '/')
        self.wait_for_put(watch)
        waiter = self.etcdctl_lock(self.name, 'echo', 'mine')
        self.wait_for_put(watch)
        self.assertIsNone(waiter.popen.poll())
        holder.send(signal.SIGINT)
        self.assertEqual((waiter.line(), waiter.exit_code(), holder.exit_code()), ('mine', 0, 0))

    def test_is_waited_for(self):
        holder = self.etcdctl_lock(self.name)
        holder.line(self.name + '/')
        watch = self.events(self.name + '/')
        self.wait_for_put(watch)
        code, _, _ = self.run_leasehold('--try', self.name, 'echo', 'mine')
        self.assertEqual(code, 75)
        waiter = self.leasehold(self.name, 'echo', 'mine')
        self.wait_for_put(watch)
        self.assertIsNone(waiter.popen.poll())
        holder.send(signal.SIGINT)
        self.assertEqual((waiter.line(), waiter.exit_code()), ('mine', 0))

    def test_queue_is_one(self):
        first = self.etcdctl_lock(self.name)
        first.line(self.name + '/')
        watch = self.events(self.name + '/')
        self.wait_for_put(watch)

        order = []
        waiters = []
        for number in range(6):
            # Each holds the lock until its input ends.
            command = ['sh', '-c', f'echo {number}; read line']
            if number % 2:
                waiters.append(self.leasehold(self.name, *command, stdin=subprocess.PIPE))
            else:
                # etcdctl gives its command no standard input.
                waiters.append(self.etcdctl_lock(self.name, 'echo', str(number)))
            self.wait_for_put(watch)

        first.send(signal.SIGINT)
        keys = [self.wait_for_delete(watch)]
        for number, waiter in enumerate(waiters):
            order.append(waiter.line())
            if number % 2:
                # While it holds the lock, nobody behind it does.
                self.assertTrue(all(later.lines.empty() for later in waiters[number + 1:]))
                waiter.close_stdin()
            self.assertIn(waiter.exit_code(), (0, 1))
            keys.append(self.wait_for_delete(watch))
        self.assertEqual(order, [str(number) for number in range(6)])
        self.assertEqual(len(set(keys)), 7)

    def test_shows_the_same_key(self):
        holder = self.leasehold(self.name)
        key = holder.line()
        self.assertEqual(self.etcd.keys(self.name + '/'), [key])
        lease = key.rsplit('/', 1)[1]
        self.assertEqual(self.own_leases(), [lease])


if __name__ == '__main__':
    harness.main()
