#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Two processes print the same trace, byte for byte, for the same seed: addresses and clocks have no say.

usage: replay.py LEASEHOLD_SIM
"""

import subprocess
import sys


def trace(program, seed):
    return subprocess.run([program, '--seed', str(seed), '--trace'], check=True, stdout=subprocess.PIPE).stdout


def main():
    program = sys.argv[1]
    for seed in range(1, 31):
        # The last line tells the time spent.
        first, second = (trace(program, seed).splitlines()[:-1] for _ in range(2))
        if len(first) < 100:
            sys.exit(f'seed {seed}: a trace of {len(first)} lines')
        if first != second:
            sys.exit(f'seed {seed}: two traces of different content')
    return 0


if __name__ == '__main__':
    sys.exit(main())
