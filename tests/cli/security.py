# SPDX-License-Identifier: Apache-2.0
"""TLS and authentication, on an etcd that asks for certificates, a user, or both."""

import os
import shutil
import ssl
import subprocess
import tempfile

import harness
from harness import LEASEHOLD


class Authority:
    """Signs certificates for this machine, in a folder of its own."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix='leasehold-ca-', dir=os.environ.get('LEASEHOLD_TEST_TMPDIR') or None)
        self._make('ca', '-addext', 'basicConstraints=critical,CA:TRUE')

    def issue(self, name):
        self._make(name, '-CA', self.file('ca.pem'), '-CAkey', self.file('ca.key'),
                   '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1',
                   '-addext', 'basicConstraints=critical,CA:FALSE')

    def file(self, name):
        return os.path.join(self.folder, name)

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def _make(self, name, *options):
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
                        '-days', '2', '-subj', f'/CN={name}', '-keyout', self.file(name + '.key'),
                        '-out', self.file(name + '.pem'), *options],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=harness.PATIENCE)


class SecurityTestCase(harness.TestCase):
    maxDiff = None
    needs_etcd = False  # not a plain one

    @classmethod
    def make_authority(cls):
        authority = Authority()
        cls.addClassCleanup(authority.close)
        return authority

    def lock(self, *options, env=None, endpoint=None):
        """`leasehold lock` to its end: (exit code, output lines, errors)."""
        process = self.start([LEASEHOLD, 'lock', '--endpoints', endpoint or self.etcd.endpoint,
                              *options, self.name, '--', 'printenv', 'ETCD_LOCK_KEY'], env=env)
        code = process.exit_code()
        return code, process.rest(), process.error_text()

    def assert_locks(self, *options, **more):
        code, lines, errors = self.lock(*options, **more)
        self.assertEqual((code, errors), (0, ''), lines)
        self.assertTrue(lines[0].startswith(self.name + '/'), lines)

    def assert_fails(self, code, parts, *options, **more):
        patience = ['--dial-timeout', '3s'] if code == 69 else []
        found, lines, errors = self.lock(*patience, *options, **more)
        self.assertEqual((found, lines), (code, []), errors)
        self.assert_complaint(errors, *parts)
        self.assertEqual(errors.count('\n'), 1, errors)


class Tls(SecurityTestCase):
    """With certificates on both sides."""

    @classmethod
    def setUpClass(cls):
        cls.authority = cls.make_authority()
        cls.stranger = cls.make_authority()
        for name in ('server', 'client'):
            cls.authority.issue(name)
        cls.stranger.issue('client')
        f = cls.authority.file
        context = ssl.create_default_context(cafile=f('ca.pem'))
        context.load_cert_chain(f('client.pem'), f('client.key'))
        cls.etcd = harness.Etcd('--cert-file', f('server.pem'), '--key-file', f('server.key'), '--client-cert-auth',
                                '--trusted-ca-file', f('ca.pem'), tls=context)
        cls.addClassCleanup(cls.etcd.close)
        cls.trust = ['--cacert', f('ca.pem')]
        cls.identity = ['--cert', f('client.pem'), '--key', f('client.key')]

    def setUp(self):
        self.name = '/' + self.id().rsplit('.', 1)[1]

    def test_bare_and_https_endpoints(self):
        for endpoint in (self.etcd.endpoint, 'https://' + self.etcd.endpoint):
            with self.subTest(endpoint=endpoint):
                self.assert_locks(*self.trust, *self.identity, endpoint=endpoint)

    def test_name_of_the_server(self):
        # Its errors are not looked at: with sanitizers there is something to read about c-ares (leaks.txt).
        code, lines, errors = self.lock(*self.trust, *self.identity, endpoint=f'localhost:{self.etcd.port}')
        self.assertEqual((code, len(lines)), (0, 1), errors)

    def test_environment_of_etcdctl(self):
        f = self.authority.file
        self.assert_locks(env={'ETCDCTL_CACERT': f('ca.pem'), 'ETCDCTL_CERT': f('client.pem'),
                               'ETCDCTL_KEY': f('client.key')})

    def test_server_that_nobody_vouches_for(self):
        self.assert_fails(69, ['certificate verify failed'], endpoint='https://' + self.etcd.endpoint)
        self.assert_fails(69, ['certificate verify failed'], '--insecure-transport=false')
        self.assert_fails(69, ['certificate verify failed'], '--cacert', self.stranger.file('ca.pem'), *self.identity)

    def test_client_that_nobody_vouches_for(self):
        self.assert_fails(69, ['no endpoint could be reached'], *self.trust)
        self.assert_fails(69, ['no endpoint could be reached'], *self.trust,
                          '--cert', self.stranger.file('client.pem'), '--key', self.stranger.file('client.key'))

    def test_name_that_is_not_the_servers(self):
        self.assert_fails(69, ['cannot connect to 127.0.0.2'], *self.trust, *self.identity,
                          endpoint=f'127.0.0.2:{self.etcd.port}')

    def test_no_tls_where_it_is_spoken(self):
        self.assert_fails(69, ['no endpoint could be reached'], endpoint='http://' + self.etcd.endpoint)

    def test_files_that_are_of_no_use(self):
        f = self.authority.file
        self.assert_fails(64, [f('none.pem'), 'No such file'], '--cacert', f('none.pem'))
        self.assert_fails(64, [self.authority.folder, 'directory'], '--cacert', self.authority.folder)
        self.assert_fails(64, ['/dev/null'], '--cacert', '/dev/null')
        self.assert_fails(64, ['no PEM text'], '--cacert', LEASEHOLD)
        self.assert_fails(64, ['without --key'], *self.trust, '--cert', f('client.pem'))
        self.assert_fails(69, ['a certificate or key cannot be used'], *self.trust,
                          '--cert', f('client.pem'), '--key', f('server.key'))

    def test_an_endpoint_without_tls_beside_what_is_given(self):
        self.assert_fails(64, ['without TLS', 'http://127.0.0.1:1'], *self.trust, endpoint='http://127.0.0.1:1')

    def test_the_command_gets_the_environment_that_we_got(self):
        for env in ({}, {'GRPC_VERBOSITY': 'ERROR'}):
            process = self.start([LEASEHOLD, 'lock', '--endpoints', self.etcd.endpoint, *self.trust, *self.identity,
                                  self.name, 'printenv', 'GRPC_VERBOSITY'], env=env)
            process.exit_code()
            self.assertEqual(process.rest(), list(env.values()))


class Users(SecurityTestCase):
    @classmethod
    def setUpClass(cls):
        cls.etcd = harness.Etcd()
        cls.addClassCleanup(cls.etcd.close)
        for command in ('user add root:toor', 'user grant-role root root', 'role add all',
                        'role grant-permission --prefix=true all readwrite /', 'user add web:se:cret',
                        'user grant-role web all', 'auth enable'):
            cls.etcd.ctl(*command.split())

    def setUp(self):
        self.name = '/' + self.id().rsplit('.', 1)[1]

    def test_user_and_password(self):
        self.assert_locks('--user', 'web:se:cret')
        self.assert_locks('--user', 'web', '--password', 'se:cret')
        self.assert_locks(env={'ETCDCTL_USER': 'web:se:cret'})
        self.assert_locks('--user', 'web', env={'ETCDCTL_PASSWORD': 'se:cret'})
        self.assert_locks('--password', 'se:cret', env={'ETCDCTL_USER': 'web'})
        self.assert_fails(77, ['invalid user ID or password'], '--password', 'se:cret', env={'ETCDCTL_USER': 'web:old'})

    def test_wrong_ones(self):
        self.assert_fails(77, ['invalid user ID or password', '--user'], '--user', 'web:guess')
        self.assert_fails(77, ['invalid user ID or password'], '--user', 'stranger:se:cret')
        self.assert_fails(77, ['user name is empty', '--user'])

    def test_half_of_them(self):
        self.assert_fails(64, ['--user', '"web"', 'ETCDCTL_PASSWORD'], '--user', 'web')
        self.assert_fails(64, ['password', 'without a user'], '--password', 'se:cret')

    def test_lock_beyond_the_permissions(self):
        self.name = 'elsewhere'
        self.assert_fails(77, ['permission denied'], '--user', 'web:se:cret')

    def test_watch_and_queue(self):
        holder = self.start([LEASEHOLD, 'lock', '--endpoints', self.etcd.endpoint, '--user', 'web:se:cret', self.name])
        key = holder.line(self.name)
        for subcommand in (['queue', self.name], ['watch', self.name]):
            looker = self.start([LEASEHOLD, *subcommand, '--endpoints', self.etcd.endpoint, '--user', 'web:se:cret'])
            looker.line()
        self.assertTrue(key)


if __name__ == '__main__':
    harness.main()
