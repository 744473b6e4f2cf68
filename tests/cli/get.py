# SPDX-License-Identifier: Apache-2.0
"""`leasehold get` and `leasehold queue`: one lock."""

import json
import signal

import harness
from harness import LEASEHOLD
from terminal import Terminal


class Get(harness.TestCase):
    def test_value_of_the_holder(self):
        self.etcd.queue_up(self.name, '10.0.0.7:80')
        self.etcd.queue_up(self.name, 'a waiter')
        self.assertEqual(self.output_of('get', self.name), ['10.0.0.7:80'])

    def test_holder_is_the_oldest_and_not_the_first_by_name(self):
        young, old = sorted([self.etcd.grant(), self.etcd.grant()], key=lambda lease: f'{lease:x}')
        self.etcd.queue_up(self.name, 'old', old)
        self.etcd.queue_up(self.name, 'young', young)
        self.assertEqual(self.output_of('get', self.name), ['old'])

    def test_value_of_a_running_holder(self):
        holder = self.leasehold('--value', 'mine', self.name)
        holder.line(self.name)
        self.assertEqual(self.output_of('get', self.name), ['mine'])
        holder.send(signal.SIGINT)
        self.assertEqual(holder.exit_code(), 0)
        self.assertEqual(self.run_command('get', self.name)[0], 66)

    def test_nobody_holds_it(self):
        self.etcd.queue_up(self.name + 'other', 'x')
        code, lines, errors = self.run_command('get', self.name)
        self.assertEqual((code, lines), (66, []))
        self.assert_complaint(errors, 'nobody holds', f"'{self.name}'")

    def test_value_is_printed_as_it_is(self):
        self.etcd.queue_up(self.name, 'a\tb\x1b\\\nc')
        self.assertEqual(self.output_of('get', self.name), ['a\tb\x1b\\', 'c'])

    def test_value_is_escaped_on_a_terminal(self):
        self.etcd.queue_up(self.name, 'a\x1b[2J\nb')
        terminal = Terminal(self, 'get', self.name)
        self.assertEqual(terminal.read_to_the_end(), 'a\\x1b[2J\\nb\r\n')
        self.assertEqual(terminal.exit_code(), 0)

    def test_name_of_any_bytes(self):
        self.etcd.queue_up('-odd\nname', 'x')
        self.assertEqual(self.output_of('get', '--', '-odd\nname'), ['x'])
        code, _, errors = self.run_command('get', 'a\nb\x1b')
        self.assertEqual(code, 66)
        self.assertEqual(errors.count('\n'), 1)
        self.assert_complaint(errors, "'a\\nb\\x1b'")

    def test_foreign_keys_are_places_too(self):
        # As Go has it: whatever lies below the name is in the queue.
        self.etcd.put(self.name + '/someone', 'else')
        self.etcd.queue_up(self.name, 'behind')
        self.assertEqual(self.output_of('get', self.name), ['else'])

    def test_output_that_cannot_be_written(self):
        self.etcd.queue_up(self.name, 'x')
        process = self.start(['sh', '-c', 'exec "$@" >/dev/full', 'sh', LEASEHOLD, 'get', '--endpoints',
                              self.etcd.endpoint, self.name])
        self.assertEqual(process.exit_code(), 70)
        self.assert_complaint(process.error_text(), 'standard output')


class Queue(harness.TestCase):
    def test_positions_in_the_order_of_the_queue(self):
        leases = sorted((self.etcd.grant() for _ in range(5)), key=lambda lease: f'{lease:x}', reverse=True)
        keys = [self.etcd.queue_up(self.name, f'v{i}', lease) for i, lease in enumerate(leases)]
        lines = [json.loads(line) for line in self.output_of('queue', '--json', self.name)]
        self.assertEqual([line['key'] for line in lines], keys)
        self.assertEqual([line['position'] for line in lines], list(range(5)))
        self.assertEqual([line['value'] for line in lines], [f'v{i}' for i in range(5)])
        self.assertEqual([line['lease'] for line in lines], [f'{lease:x}' for lease in leases])
        table = self.output_of('queue', self.name)
        self.assertEqual(table[0].split(), ['POSITION', 'KEY', 'OWNER', 'SINCE', 'VALUE'])
        self.assertEqual([line.split()[:2] for line in table[1:]], [[str(i), key] for i, key in enumerate(keys)])

    def test_more_than_a_page(self):
        lease = self.etcd.grant()
        for number in range(2100):
            self.etcd.put(f'{self.name}/{number:04}', f'v{number}', lease)
        lines = [json.loads(line) for line in self.output_of('queue', '--json', self.name)]
        self.assertEqual([line['value'] for line in lines], [f'v{number}' for number in range(2100)])

    def test_nobody(self):
        code, lines, errors = self.run_command('queue', self.name)
        self.assertEqual((code, lines), (66, []))
        self.assert_complaint(errors, 'nobody')

    def test_value_that_is_no_text(self):
        self.etcd.queue_up(self.name, b'a\n\xff\x00')
        line, = self.output_of('queue', '--json', self.name)
        entry = json.loads(line)
        self.assertEqual((entry['value'], entry['value_base64']), ('a\n\ufffd\0', 'YQr/AA=='))
        self.assertTrue(self.output_of('queue', self.name)[1].endswith('  a\\n\\xff\\x00'))


if __name__ == '__main__':
    harness.main()
