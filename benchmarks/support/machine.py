# SPDX-License-Identifier: Apache-2.0
"""On what, and with which versions, the figures were measured."""

import datetime
import os
import platform
import re
import subprocess


def output_of(*command):
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return 'unknown'
    return done.stdout.strip()


def first_match(file, pattern):
    with open(file, encoding='utf-8') as lines:
        found = re.search(pattern, lines.read(), re.MULTILINE)
    return found.group(1) if found else 'unknown'


def processor():
    return re.sub(r'\s+', ' ', first_match('/proc/cpuinfo', r'^model name\s*: (.*)$'))


def memory_gib():
    kib = first_match('/proc/meminfo', r'^MemTotal:\s*(\d+) kB')
    return f'{int(kib) / 2**20:.0f} GiB' if kib.isdigit() else 'unknown'


def commit(root):
    return output_of('git', '-C', root, 'describe', '--always', '--dirty')


def etcd_version(program):
    found = dict(re.findall(r'^(etcd|Go) Version: (.*)$', output_of(program, '--version'), re.MULTILINE))
    return f'etcd {found.get("etcd", "unknown")}, built with {found.get("Go", "unknown")}'


def describe(root, etcd, versions):
    """A Markdown list; `versions` are the words of each program about itself."""
    data = 'tmpfs' if os.access('/dev/shm', os.W_OK) else 'a disk'
    facts = [f'{datetime.date.today()}, commit {commit(root)}',
             f'{len(os.sched_getaffinity(0))} processors for server and clients together: {processor()}; '
             f'{memory_gib()} of memory; Linux {".".join(platform.release().split(".")[:2])}',
             f'{etcd_version(etcd)}; its data on {data}',
             *versions]
    return '\n'.join(f'- {fact}' for fact in facts)
