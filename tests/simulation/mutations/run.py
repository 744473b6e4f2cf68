#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Shows that the simulation finds bugs: applies one-line mutations of the library, one at a time, to a copy of
the sources, and counts the seeds until the simulation fails.

usage: tests/simulation/mutations/run.py [--limit N] [--build FOLDER] [NAME...]

The mutations are in mutations.json beside this file. The copy and its build folder are kept in FOLDER
(default: a temporary one), and nothing in this checkout is changed. The exit code is 0 when every mutation was
caught, and the unchanged sources were not.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
TARGET = 'tests/simulation/leasehold-sim'


def call(command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    if done.returncode != 0:
        sys.exit(f'{" ".join(map(str, command))} failed:\n{done.stdout[-4000:]}')
    return done.stdout


def copy_sources(to):
    names = call(['git', 'ls-files'], cwd=ROOT).split('\n')
    for name in filter(None, names):
        source, target = ROOT / name, to / name
        if not source.is_file():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists() or target.read_bytes() != source.read_bytes():
            shutil.copyfile(source, target)


def configure(tree, build):
    if (build / 'build.ninja').exists():
        return
    environment = dict(os.environ)
    if shutil.which('ccache'):
        environment.setdefault('CXX', 'ccache g++')
    call(['meson', 'setup', build, tree], env=environment)


def compile_simulation(build):
    environment = dict(os.environ, CCACHE_NOHASHDIR='1')
    call(['ninja', '-C', build, '-j', str(os.cpu_count() or 1), TARGET], env=environment)


def simulate(build, limit):
    """The number of seeds until one fails and what broke; None and '' when none did."""
    command = [build / TARGET, '--seeds', f'1..{limit}']
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=1200)
    except subprocess.TimeoutExpired:
        return None, 'it never ended'
    if done.returncode == 0:
        return None, ''
    found = re.search(r'^seed (\d+): (.*)', done.stdout, re.MULTILINE)
    if found:
        return int(found.group(1)), found.group(2)
    return 1, f'exit code {done.returncode}: {done.stdout.strip()[-200:]}'


def mutate(tree, mutation):
    path = tree / mutation['file']
    text = path.read_text()
    if text.count(mutation['old']) != 1:
        sys.exit(f'{mutation["name"]}: the text to replace is there {text.count(mutation["old"])} times '
                 f'in {mutation["file"]}')
    path.write_text(text.replace(mutation['old'], mutation['new']))
    return path, text


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('names', nargs='*', metavar='NAME', help='of the mutations to try; all without')
    parser.add_argument('--limit', type=int, default=5000, help='seeds at most for each (default 5000)')
    parser.add_argument('--build', type=pathlib.Path, help='where the copy and its build folder are kept')
    arguments = parser.parse_args()

    mutations = json.loads((HERE / 'mutations.json').read_text())
    unknown = set(arguments.names) - {m['name'] for m in mutations}
    if unknown:
        sys.exit(f'no such mutation: {", ".join(sorted(unknown))}')
    chosen = [m for m in mutations if not arguments.names or m['name'] in arguments.names]

    folder = arguments.build or pathlib.Path(tempfile.mkdtemp(prefix='leasehold-mutations-'))
    tree, build = folder / 'tree', folder / 'build'
    missed = []
    try:
        copy_sources(tree)
        configure(tree, build)
        compile_simulation(build)
        seeds, why = simulate(build, min(arguments.limit, 500))
        if seeds or why:
            sys.exit(f'without any mutation, seed {seeds}: {why}')
        print('| mutation | seeds | what was seen |\n|---|---|---|', flush=True)
        for mutation in chosen:
            path, text = mutate(tree, mutation)
            try:
                compile_simulation(build)
                seeds, why = simulate(build, arguments.limit)
            finally:
                path.write_text(text)
            if seeds is None:
                missed.append(mutation['name'])
            print(f'| {mutation["name"]} | {seeds or f"not in {arguments.limit}"} | {why} |', flush=True)
    finally:
        if not arguments.build:
            shutil.rmtree(folder, ignore_errors=True)
    print(f'\n{len(chosen) - len(missed)} of {len(chosen)} caught' + (f'; missed: {missed}' if missed else ''))
    return 1 if missed else 0


if __name__ == '__main__':
    sys.exit(main())
