#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs `meson test` in a build folder and counts test cases, not programs.

usage: run_tests.py BUILD_FOLDER [ARGUMENTS OF MESON TEST]

The convention with tests/meson.build: a test that writes a JUnit report is
registered with the report's path in its environment, in one of two ways:

    BOOST_TEST_LOGGER=HRF,error,stdout:JUNIT,error,PATH     a Boost.Test program
    LEASEHOLD_TEST_REPORT=PATH                              anything else

(The level of JUNIT is `error`: at any other, Boost.Test writes every passing
check into the report.) PATH is absolute and different for each test.

How it counts:
  - A test with a report: each test case in it, passed or failed. A report that
    is missing, cut off or empty is one failure. So is a program that meson
    calls failed (exit code, signal, time-out, a sanitizer's word at exit)
    though no test case in its report failed.
  - A test without one: one test case.
  - Skipped and disabled test cases are neither passed nor failed.

The last line printed is `N passed, N failed`. The exit code is 0 only when
something passed and nothing failed.

Tests find in LEASEHOLD_TEST_TMPDIR a folder for their data, removed at the end
even when they crash; in memory where there is room for it.
"""

import collections
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET

REPORT_IN_LOGGER = re.compile(r'JUNIT,[^,:]*,([^:]+)')
GOOD = {'OK', 'EXPECTEDFAIL'}
NEUTRAL = {'SKIP'}


def report_path(env):
    path = env.get('LEASEHOLD_TEST_REPORT')
    if not path:
        match = REPORT_IN_LOGGER.search(env.get('BOOST_TEST_LOGGER', ''))
        path = match.group(1) if match else None
    return pathlib.Path(path) if path else None


class Tally:
    def __init__(self):
        self.suites = {}  # of each program: what its tests ask it for
        self.passed = 0
        self.skipped = 0
        self.failures = []  # (test, what)

    def fail(self, test, what):
        self.failures.append((test, what))

    def look_for_strays(self, test, run, reported):
        """A case that no test asks for would never run, and nobody would know."""
        asked = next((self.suites[part] for part in run.get('command') or [] if part in self.suites), None)
        if asked is None:
            return
        for stray in {suite_of(case) for case in reported} - asked:
            self.fail(test, f'no test asks for the suite "{stray}" of the program')

    def add(self, run):
        test, result = run['name'], run['result']
        if result in NEUTRAL:
            self.skipped += 1
            return
        path = report_path(run.get('env') or {})
        if path is None:
            if result in GOOD:
                self.passed += 1
            else:
                self.fail(test, describe(run))
            return
        try:
            reported = list(ET.parse(path).getroot().iter('testcase'))
            cases = [case for case in reported if asked_for(case, run)]
            self.look_for_strays(test, run, reported)
            if not cases:
                raise ValueError('it names no test case')
        except (OSError, ET.ParseError, ValueError) as error:
            self.fail(test, f'{describe(run)}; no usable report: {error}')
            return
        failures_before = len(self.failures)
        for case in cases:
            name = '/'.join(filter(None, [case.get('classname', '').replace('.', '/'), case.get('name')]))
            if case.find('failure') is not None or case.find('error') is not None:
                self.fail(test, name)
            elif case.find('skipped') is not None:
                self.skipped += 1
            else:
                self.passed += 1
        if result not in GOOD and len(self.failures) == failures_before:
            self.fail(test, f'{describe(run)}, though no test case failed')


def asked_for(case, run):
    """A program for several tests reports the cases of the others as skipped."""
    wanted = filter_in(run.get('command'))
    return wanted is None or suite_of(case) == wanted


def filter_in(command):
    """The suite that a test asks its program for."""
    for argument in command or []:
        if argument.startswith('--run_test='):
            return argument.partition('=')[2]
    return None


def suite_of(case):
    return (case.get('classname') or '').partition('.')[0]


def suites_of_programs(tests):
    suites = collections.defaultdict(set)
    for test in tests:
        if filter_in(test['cmd']):
            suites[test['cmd'][0]].add(filter_in(test['cmd']))
    return suites


def describe(run):
    code = run.get('returncode', 0)
    if run['result'] == 'TIMEOUT':
        return f'timed out after {run.get("duration", 0):.0f} s'
    if code < 0:
        try:
            return f'killed by {signal.Signals(-code).name}'
        except ValueError:
            return f'killed by signal {-code}'
    return f'{run["result"].lower()}, exit code {code}'


def introspect(build):
    out = subprocess.run(['meson', 'introspect', '--tests', build], check=True, stdout=subprocess.PIPE).stdout
    return json.loads(out)


def prepare(build, tests):
    """Old reports must not be counted; the folders of new ones must exist."""
    reports = collections.Counter()
    for test in tests:
        path = report_path(test.get('env') or {})
        if path is None:
            continue
        reports[path] += 1
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
    shared = [str(path) for path, count in reports.items() if count > 1]
    if shared:
        raise ValueError('more than one test writes ' + ', '.join(shared))
    logs = pathlib.Path(build, 'meson-logs')
    for log in logs.glob('testlog*.json'):
        log.unlink()
    return logs


def make_scratch():
    memory = '/dev/shm'
    roomy = os.access(memory, os.W_OK) and shutil.disk_usage(memory).free >= 2 << 30
    return tempfile.mkdtemp(prefix='leasehold-tests-', dir=memory if roomy else None)


def run_meson(build, arguments, scratch):
    env = dict(os.environ, LEASEHOLD_TEST_TMPDIR=scratch)
    if not sys.stdout.isatty():
        env.setdefault('BOOST_TEST_COLOR_OUTPUT', '0')
    meson = subprocess.Popen(['meson', 'test', '-C', build, '--no-rebuild', '--print-errorlogs', *arguments],
                             env=env, stdin=subprocess.DEVNULL)
    # Meson ends its tests at either signal; then what ran is counted.
    signal.signal(signal.SIGINT, lambda *_: None)  # it got the terminal's itself
    signal.signal(signal.SIGTERM, lambda *_: meson.send_signal(signal.SIGTERM))
    return meson.wait()


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    build, arguments = sys.argv[1], sys.argv[2:]
    if '--list' in arguments or '--help' in arguments or '-h' in arguments:
        os.execvp('meson', ['meson', 'test', '-C', build, '--no-rebuild', *arguments])

    tally = Tally()
    exit_code = 0
    scratch = make_scratch()
    try:
        tests = introspect(build)
        tally.suites = suites_of_programs(tests)
        logs = prepare(build, tests)
        exit_code = run_meson(build, arguments, scratch)
        runs = [json.loads(line) for log in logs.glob('testlog*.json') for line in log.read_text().splitlines()]
        for run in runs:
            tally.add(run)
    except (OSError, ValueError, subprocess.CalledProcessError) as error:
        tally.fail('run_tests.py', str(error))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)

    if exit_code != 0 and not tally.failures:
        tally.fail('meson test', f'exit code {exit_code}')
    print()
    if tally.failures:
        print('Failed:')
        for test, what in tally.failures:
            print(f'  {test}: {what}')
    if tally.skipped:
        print(f'{tally.skipped} skipped or disabled')
    if not tally.passed and not tally.failures:
        print('No test ran.')
    print(f'{tally.passed} passed, {len(tally.failures)} failed', flush=True)
    return 0 if tally.passed and not tally.failures else 1


if __name__ == '__main__':
    sys.exit(main())
