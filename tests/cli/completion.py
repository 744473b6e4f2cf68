# SPDX-License-Identifier: Apache-2.0
"""The completion for bash and the manual page: they know what the command knows."""

import os
import re
import shutil
import subprocess

import harness
from harness import LEASEHOLD

SOURCES = os.environ['LEASEHOLD_CLI_SOURCES']
COMPLETION = os.path.join(SOURCES, 'leasehold.bash')
PAGE = os.path.join(SOURCES, 'leasehold.1')

COMPLETE = r"""
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_leasehold
printf '%s\n' "${COMPREPLY[@]}"
"""


def help_of(*arguments):
    return subprocess.run([LEASEHOLD, *arguments, '--help'], stdout=subprocess.PIPE, text=True, check=True,
                          timeout=harness.PATIENCE).stdout


def subcommands():
    """As `leasehold --help` lists them."""
    return re.findall(r'^  (\S+)', help_of().split('Subcommands:\n', 1)[1], re.M)


def options(*subcommand):
    return set(re.findall(r'^  (?:-\w,)?(--[a-z-]+)', help_of(*subcommand), re.M))


class Completion(harness.TestCase):
    def complete(self, *words):
        process = subprocess.run(['bash', '-c', COMPLETE, 'bash', COMPLETION, LEASEHOLD, *words],
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=True,
                                 timeout=harness.PATIENCE,
                                 env=harness.clean_environment({'ETCDCTL_ENDPOINTS': self.etcd.endpoint}))
        self.assertEqual(process.stderr, '')
        return process.stdout.split()

    def test_subcommands(self):
        self.assertCountEqual(self.complete(''), subcommands())
        self.assertEqual(self.complete('w'), ['watch'])
        self.assertEqual(self.complete('--endpoints', '127.0.0.1', ':', '1', 'q'), ['queue'])

    def test_options(self):
        self.assertEqual(set(self.complete('--')), options())
        for subcommand in subcommands():
            with self.subTest(subcommand=subcommand):
                self.assertEqual(set(self.complete(subcommand, '--')), options(subcommand))
        self.assertEqual(self.complete('top', '--so'), ['--sort'])

    def test_values_of_options(self):
        self.assertEqual(self.complete('top', '--sort', 'h'), ['hold'])
        self.assertEqual(self.complete('lock', '--ttl', ''), [])

    @harness.in_real_time
    def test_names_of_locks(self):
        for name in ('one', 'other', 'two', 'bad\nname', 'with blank'):
            self.etcd.queue_up(self.name + '/' + name)
        self.assertEqual(self.complete('get', self.name + '/o'), [self.name + '/one', self.name + '/other'])
        self.assertEqual(self.complete('watch', '--json', self.name + '/'),
                         [f'{self.name}/{name}' for name in ('one', 'other', 'two')])
        self.assertEqual(self.complete('get', self.name + '/none'), [])

    @harness.in_real_time
    def test_names_from_the_endpoints_that_are_typed(self):
        self.etcd.queue_up(self.name)
        host, port = self.etcd.endpoint.split(':')
        self.assertEqual(self.complete('get', '--endpoints', '127.0.0.1', ':', '1', self.name), [])
        self.assertEqual(self.complete('get', '--endpoints', host, ':', port, self.name), [self.name])
        self.assertEqual(self.complete('get', '--endpoints', '=', host, ':', port, self.name), [self.name])


class ManualPage(harness.TestCase):
    needs_etcd = False

    def setUp(self):
        super().setUp()
        with open(PAGE, encoding='utf-8') as page:
            # Without troff's escapes and font requests.
            self.text = re.sub(r'^\.[BIR]{1,2} ', '', page.read().replace('\\-', '-'), flags=re.M)

    def test_every_subcommand_has_a_section(self):
        self.assertEqual(re.findall(r'^\.SS (.*)', self.text, re.M), subcommands())

    def test_every_option_is_there(self):
        sections = {}
        for section in re.split(r'^\.S[SH] ', self.text, flags=re.M)[1:]:
            title, _, body = section.partition('\n')
            sections[title] = body
        self.assertTrue(options() - {'--help', '--version'})
        for option in options() - {'--help', '--version'}:
            self.assertIn('\n' + option + ' ', sections['CONNECTION'], option)
        for subcommand in subcommands():
            for option in options(subcommand) - options():
                self.assertRegex(sections[subcommand], rf'\n{option}\b', f'{subcommand} {option}')

    def test_every_exit_status_is_there(self):
        with open(os.path.join(SOURCES, 'exit_code.hpp'), encoding='utf-8') as header:
            for code in re.findall(r'= (\d+),', header.read()):
                self.assertIn(code, self.text)

    def test_troff_has_nothing_to_say(self):
        if not shutil.which('groff'):
            self.skipTest('no groff')
        done = subprocess.run(['groff', '-t', '-man', '-Tutf8', '-ww', PAGE], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, check=True, timeout=harness.PATIENCE)
        self.assertEqual(done.stderr, '')
        self.assertIn('LEASEHOLD(1)', done.stdout)


if __name__ == '__main__':
    harness.main()
