#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How long `leasehold ls` and its siblings take where there are many locks.

On an etcd of its own, with a queue for each lock and every place in them on a lease of its own, as if each were
held or waited for by another process. Prints the median and the worst of the runs, and how much memory the command
took at most.

    ./dev build --release && benchmarks/look.py
    benchmarks/look.py --keys 1000000    # and so many keys that are none of locks
"""

import argparse
import base64
import http.client
import json
import os
import shutil
import statistics
import subprocess
import sys
import time

from support import machine
from support.etcd import Etcd

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
COMMANDS = [['top', 'bench/'], ['ls', 'bench/'], ['ls', '--json', 'bench/'], ['ls', '--names', 'bench/'],
            ['queue', 'bench/lock-00000'], ['get', 'bench/lock-00000']]
OPERATIONS = 100  # of a transaction; etcd allows 128


class Gateway:
    """etcd's JSON interface, on one connection."""

    def __init__(self, etcd):
        self.connection = http.client.HTTPConnection('127.0.0.1', etcd.port, timeout=60)

    def call(self, path, request):
        self.connection.request('POST', '/v3/' + path, json.dumps(request))
        response = self.connection.getresponse()
        body = response.read()
        if response.status != 200:
            sys.exit(f'etcd refuses {path}: {body.decode()}')
        return json.loads(body)

    def put_all(self, pairs):
        """Of (key, value, lease)."""
        for start in range(0, len(pairs), OPERATIONS):
            self.call('kv/txn', {'success': [
                {'requestPut': {'key': encoded(key), 'value': encoded(value), 'lease': lease}}
                for key, value, lease in pairs[start:start + OPERATIONS]]})


def encoded(text):
    return base64.b64encode(text.encode()).decode()


def fill(etcd, options):
    gateway = Gateway(etcd)
    places = []
    for number in range(options.locks + options.waiters):
        # The first ones hold the locks, the others wait, many for the first locks and few for the last.
        lock = number if number < options.locks else min((number * 7919) % options.locks, number % options.locks)
        lease = int(gateway.call('lease/grant', {'TTL': 3600})['ID'])
        record = f'host=web-{number % 40:02} pid={4000 + number} program=worker since=2026-11-21T10:03:02Z'
        places.append((f'bench/lock-{lock:05}/{lease:x}', record, lease))
    gateway.put_all(places[:options.locks])
    gateway.put_all(places[options.locks:])
    for start in range(0, options.keys, 100_000):
        gateway.put_all([(f'bench/other/{number:09}', 'x' * 100, 0)
                         for number in range(start, min(start + 100_000, options.keys))])


def run(program, etcd, command):
    """Seconds, and mebibytes."""
    start = time.monotonic()
    process = subprocess.Popen([program, *command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               env={**os.environ, 'ETCDCTL_ENDPOINTS': etcd.endpoint})
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    taken = time.monotonic() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0 or not output:
        sys.exit(f'{command} ended with {process.returncode}')
    return taken, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--locks', type=int, default=2000)
    parser.add_argument('--waiters', type=int, default=5000)
    parser.add_argument('--keys', type=int, default=0, help='other keys below the same prefix')
    parser.add_argument('--rounds', type=int, default=9)
    parser.add_argument('--program', default=os.path.join(ROOT, 'build-release', 'src', 'cli', 'leasehold'))
    options = parser.parse_args()

    program = os.environ.get('LEASEHOLD_ETCD') or shutil.which('etcd')
    if not program or not os.access(options.program, os.X_OK):
        sys.exit('look.py: needs etcd on PATH (or LEASEHOLD_ETCD), and ./dev build --release')
    with Etcd(program) as etcd:
        start = time.monotonic()
        fill(etcd, options)
        print(f'filled in {time.monotonic() - start:.0f} s', file=sys.stderr)
        print(f'{options.locks} locks, {options.waiters} waiters, {options.keys} other keys; etcd {etcd.version()}; '
              f'{os.cpu_count()} processors: {machine.processor()}\n')
        print('| command | median | worst | memory |\n|---|---|---|---|')
        for command in COMMANDS:
            times, memory = zip(*(run(options.program, etcd, command) for _ in range(options.rounds)))
            print(f'| `leasehold {" ".join(command)}` | {statistics.median(times) * 1000:.0f} ms | '
                  f'{max(times) * 1000:.0f} ms | {max(memory):.0f} MiB |', flush=True)


if __name__ == '__main__':
    main()
