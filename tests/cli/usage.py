# SPDX-License-Identifier: Apache-2.0
"""The command line: what is refused, and how; and an etcd that is not there."""

import subprocess

import harness
from harness import LEASEHOLD


class Usage(harness.TestCase):
    needs_etcd = False

    def run_bare(self, *arguments, env=None):
        process = self.start([LEASEHOLD, *arguments], env=env)
        return process.exit_code(), process.rest(), process.error_text()

    def assert_refused(self, arguments, *parts, env=None):
        code, lines, errors = self.run_bare(*arguments, env=env)
        self.assertEqual((code, lines), (64, []), errors)
        self.assert_complaint(errors, *parts)

    def test_no_subcommand(self):
        self.assert_refused([], 'subcommand', 'lock, hold, get')
        self.assert_refused(['--', 'lock'], 'subcommand')

    def test_unknown_subcommand(self):
        self.assert_refused(['frobnicate'], "'frobnicate'", 'lock, hold, get', '--help')
        self.assert_refused(['lokc', 'name', 'cmd', '--flag'], "'lokc'", "did you mean 'lock'?")
        self.assert_refused(['--dial-timeout', '1s', 'wacth'], "'wacth'", "'watch'")
        self.assert_refused(['a\nb\x1b'], "'a\\nb\\x1b'")

    def test_help_and_version(self):
        for arguments, part in ((['--help'], 'lock'), (['lock', '--help'], 'COMMAND'), (['--version'], '.'),
                                (['get', '--help'], 'NAME'), (['watch', '--help'], '--json'),
                                (['ls', '--help'], 'PREFIX'), (['queue', '--help'], 'NAME'),
                                (['break', '--help'], '--force'), (['top', '--help'], '--sort')):
            code, lines, errors = self.run_bare(*arguments)
            self.assertEqual((code, errors), (0, ''))
            self.assertIn(part, '\n'.join(lines))

    def test_name_missing(self):
        self.assert_refused(['lock'], 'NAME')
        self.assert_refused(['lock', '--'], 'NAME')

        for subcommand in ('get', 'watch', 'queue', 'break'):
            self.assert_refused([subcommand], 'NAME', f'leasehold {subcommand} --help')

    def test_name_empty(self):
        self.assert_refused(['lock', '', 'true'], 'NAME')
        for subcommand in ('get', 'watch', 'queue', 'break'):
            self.assert_refused([subcommand, ''], 'NAME')

    def test_one_name_too_many(self):
        for subcommand in ('get', 'watch', 'ls', 'queue', 'break', 'top'):
            self.assert_refused([subcommand, 'a', 'b'], 'b')
            self.assert_refused([subcommand, 'a', '--', 'b\n'], "'b\\n'")

    def test_help_that_cannot_be_written(self):
        for option in ('--help', '--version'):
            process = self.start(['sh', '-c', 'exec "$@" >/dev/full', 'sh', LEASEHOLD, option])
            self.assertEqual(process.exit_code(), 70)
            self.assert_complaint(process.error_text(), 'standard output')

    def test_options_of_top(self):
        self.assert_refused(['top', '--sort', 'size'], '--sort', "'size'")
        for interval in ('0', '99ms', 'often', '-1s'):
            self.assert_refused(['top', f'--interval={interval}'], '--interval', interval)

    def test_options_that_exclude_each_other(self):
        self.assert_refused(['ls', '--json', '--names'], '--json', '--names')

    def test_unknown_option(self):
        self.assert_refused(['lock', '--bogus', 'name'], '--bogus')
        self.assert_refused(['lock', 'name', '--bogus', 'true'], '--bogus')
        self.assert_refused(['--bogus', 'lock', 'name'], '--bogus')
        self.assert_refused(['--bogus'], '--bogus')
        for subcommand in ('get', 'watch', 'ls', 'queue', 'break', 'top'):
            self.assert_refused([subcommand, '--bogus', 'name'], '--bogus')

    def test_option_without_its_value(self):
        self.assert_refused(['lock', 'name', '--ttl'], '--ttl')

    def test_try_excludes_timeout(self):
        self.assert_refused(['lock', '--try', '--timeout', '1s', 'name'], '--try', '--timeout')

    def test_durations(self):
        for text in ('abc', '', '10x', '-1s', '1s2', '1e3', '.', '1m 30s', '99999999999h'):
            for option in ('--ttl', '--timeout', '--dial-timeout', '--keepalive-time'):
                with self.subTest(option=option, text=text):
                    self.assert_refused(['lock', f'{option}={text}' if text else option + '=', 'name', 'true'],
                                        option)

    def test_duration_in_the_environment(self):
        self.assert_refused(['lock', 'name', 'true'], 'ETCDCTL_DIAL_TIMEOUT', "'soon'",
                            env={'ETCDCTL_DIAL_TIMEOUT': 'soon'})

    def test_time_to_live_out_of_range(self):
        self.assert_refused(['lock', '--ttl', '0', 'name', 'true'], '0')

    def test_flags_of_etcdctl_that_are_missing(self):
        for option in ('--auth-jwt-token', '--discovery-srv', '--discovery-srv-name'):
            for arguments in ([option, 'x', 'lock', 'name', 'true'], ['lock', option, 'x', 'name', 'true'],
                              ['lock', 'name', f'{option}=x', 'true']):
                with self.subTest(arguments=arguments):
                    self.assert_refused(arguments, option, 'not supported yet')

    def test_certificates_are_verified(self):
        self.assert_refused(['lock', '--insecure-skip-tls-verify', 'name', 'true'], '--insecure-skip-tls-verify',
                            '--cacert')

    def test_values_out_of_range(self):
        for flag in ('--dial-timeout', '--command-timeout', '--keepalive-timeout'):
            self.assert_refused(['lock', flag, '0', 'name', 'true'], f'{flag} is 0s', 'expected 0.001s')
        self.assert_refused(['hold', '--ttl', '100ms', 'name', 'value'], '--ttl', '0.1s', 'expected 1s')

    def test_endpoints(self):
        self.assert_refused(['lock', '--endpoints', 'ftp://127.0.0.1:1', 'name', 'true'], 'ftp://127.0.0.1:1')
        self.assert_refused(['lock', '--endpoints', '127.0.0.1:1,,127.0.0.1:2', 'name', 'true'], '--endpoints')
        self.assert_refused(['lock', 'name', 'true'], 'ETCDCTL_ENDPOINTS', env={'ETCDCTL_ENDPOINTS': ','})


class Unreachable(harness.TestCase):
    needs_etcd = False

    def run_against(self, endpoint, *command):
        process = self.start([LEASEHOLD, '--endpoints', endpoint, '--dial-timeout', '500ms',
                              *(command or ['lock', 'name', 'true'])])
        code = process.exit_code()
        errors = process.error_text()
        self.assertEqual(code, 69, errors)
        self.assert_complaint(errors, endpoint, '--endpoints')

    def test_connection_refused(self):
        with harness.reserve_port() as server:
            port = server.getsockname()[1]
        self.run_against(f'127.0.0.1:{port}')

    def test_looking(self):
        with harness.reserve_port() as server:
            port = server.getsockname()[1]
        for command in (['get', 'name'], ['watch', 'name'], ['watch', 'a/'], ['ls'], ['ls', '--names'],
                        ['queue', 'name'], ['break', '--force', 'name'], ['top']):
            with self.subTest(command=command):
                self.run_against(f'127.0.0.1:{port}', *command)

    def test_nobody_answers(self):
        # The kernel accepts, and nobody reads.
        with harness.reserve_port() as server:
            self.run_against(f'127.0.0.1:{server.getsockname()[1]}')

    def test_standard_output_stays_empty(self):
        done = subprocess.run([LEASEHOLD, '--endpoints', '127.0.0.1:1', '--dial-timeout', '200ms', 'lock', 'name'],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=harness.PATIENCE, check=False,
                              env=harness.clean_environment(None))
        self.assertEqual((done.returncode, done.stdout), (69, b''))


if __name__ == '__main__':
    harness.main()
