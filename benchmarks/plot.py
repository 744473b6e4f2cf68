#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Draws the plots of docs/performance.md from what `./dev bench --json FILE` kept.

usage: plot.py [--into docs] FILE...

locks-per-second.svg: locks a second against N, of every peer (from `--growth`).
handoff-latency.svg: which part of the hand-offs took at most how long.
"""

import argparse
import collections
import json
import math
import os
import statistics
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 720, 440
LEFT, RIGHT, TOP, BOTTOM = 92, 36, 56, 58
NAMES = {'leasehold': 'Leasehold', 'go': 'Go client', 'raw': 'ceiling', 'bare': 'ceiling, one commit'}
# Told apart by dashes too, on paper and by everybody's eyes.
STYLES = {'leasehold': ('#0060c0', ''), 'go': ('#c05000', '7 4'), 'raw': ('#606060', '2 4'),
          'bare': ('#909090', '1 3')}


def read(files):
    """The runs without a failure or an error."""
    runs = []
    for file in files:
        with open(file, encoding='utf-8') as lines:
            runs += [json.loads(line) for line in lines]
    return [r for r in runs if 'failure' not in r and not r['errors']]


class Axis:
    """Maps values to positions, linearly or by their logarithm."""

    def __init__(self, low, high, begin, end, logarithmic):
        self.scale = math.log10 if logarithmic else float
        self.low, self.high, self.begin, self.end = self.scale(low), self.scale(high), begin, end

    def at(self, value):
        return self.begin + (self.scale(value) - self.low) / (self.high - self.low) * (self.end - self.begin)


def decades(values):
    """Powers of ten that enclose the values."""
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return [10.0 ** e for e in range(low, max(high, low + 1) + 1)]


def text(x, y, words, anchor='middle', more=''):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" {more}>{escape(words)}</text>'


def line(x1, y1, x2, y2, colour):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"/>'


def grid(x_axis, y_axis, x_ticks, y_ticks, x_label, y_label):
    """Ticks are (value, words)."""
    parts = []
    for value, words in x_ticks:
        x = x_axis.at(value)
        parts += [line(x, TOP, x, HEIGHT - BOTTOM, '#e4e4e4'), text(x, HEIGHT - BOTTOM + 18, words)]
    for value, words in y_ticks:
        y = y_axis.at(value)
        parts += [line(LEFT, y, WIDTH - RIGHT, y, '#e4e4e4'), text(LEFT - 8, y + 4, words, 'end')]
    middle = (TOP + HEIGHT - BOTTOM) / 2
    return parts + [line(LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM, '#404040'),
                    line(LEFT, TOP, LEFT, HEIGHT - BOTTOM, '#404040'),
                    text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 14, x_label),
                    text(18, middle, y_label, more=f'transform="rotate(-90 18 {middle:.1f})"')]


def curve(peer, points, dots):
    colour, dashes = STYLES[peer]
    path = ' '.join(f'{x:.1f},{y:.1f}' for x, y in points)
    parts = [f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dashes}"/>']
    return parts + [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in points if dots]


def legend(peers):
    parts, x = [], LEFT
    for peer in peers:
        colour, dashes = STYLES[peer]
        parts += [f'<line x1="{x}" y1="{TOP - 14}" x2="{x + 28}" y2="{TOP - 14}" stroke="{colour}" stroke-width="2" '
                  f'stroke-dasharray="{dashes}"/>', text(x + 34, TOP - 10, NAMES[peer], 'start')]
        x += 62 + 8 * len(NAMES[peer])
    return parts


def write_svg(path, title, parts):
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
            'font-family="sans-serif" font-size="13" fill="#202020">')
    body = ['<rect width="100%" height="100%" fill="#ffffff"/>',
            text(LEFT, 22, title, 'start', 'font-size="15" font-weight="bold"'), *parts]
    with open(path, 'w', encoding='utf-8') as file:
        file.write('\n'.join([head, *body, '</svg>']) + '\n')
    print(path)


def growth_of(runs):
    """By peer: medians of locks a second, by N."""
    rates = collections.defaultdict(lambda: collections.defaultdict(list))
    for r in runs:
        if r['scenario'] == 'uncontended' and r['ops_per_second'] > 0:
            rates[r['peer']][r['n']].append(r['ops_per_second'])
    return {peer: sorted((n, statistics.median(v)) for n, v in rates[peer].items())
            for peer in NAMES if len(rates[peer]) > 1}


def plot_growth(runs, folder):
    growth = growth_of(runs)
    if not growth:
        return
    sizes = decades([n for points in growth.values() for n, _ in points])
    rates = decades([rate for points in growth.values() for _, rate in points])
    x_axis = Axis(sizes[0], sizes[-1], LEFT, WIDTH - RIGHT, True)
    y_axis = Axis(rates[0], rates[-1], HEIGHT - BOTTOM, TOP, True)
    parts = grid(x_axis, y_axis, [(v, f'{v:,.0f}') for v in sizes], [(v, f'{v:,.0f}') for v in rates],
                 'N: coroutines (goroutines), each with its own lock', 'locks per second')
    for peer, points in growth.items():
        parts += curve(peer, [(x_axis.at(n), y_axis.at(rate)) for n, rate in points], dots=True)
    write_svg(os.path.join(folder, 'locks-per-second.svg'), 'Lock and unlock, uncontended',
              parts + legend(growth))


def steps(bars):
    """(latency, part of all that took no longer), from bars of (from, to, count)."""
    total, passed, points = sum(bars.values()), 0, []
    for begin, end in sorted(bars):
        points.append((begin, passed / total))
        passed += bars[begin, end]
        points.append((end, passed / total))
    return points


def latencies_of(runs, n):
    """By peer: the counts of all its runs, added up."""
    sums = collections.defaultdict(collections.Counter)
    for r in runs:
        if r['scenario'] == 'handoff' and r['n'] == n:
            for begin, end, count in r['distribution_us']:
                if end > 1:
                    sums[r['peer']][max(begin, 1), end] += count
    return {peer: steps(sums[peer]) for peer in NAMES if sums[peer]}


def latency_words(us):
    return f'{us / 1e6:g} s' if us >= 1e6 else f'{us / 1e3:g} ms' if us >= 1e3 else f'{us:g} µs'


def plot_handoff(runs, folder, n):
    curves = latencies_of(runs, n)
    if not curves:
        return
    ticks = decades([us for points in curves.values() for us, _ in points])
    x_axis = Axis(ticks[0], ticks[-1], LEFT, WIDTH - RIGHT, True)
    y_axis = Axis(0, 1, HEIGHT - BOTTOM, TOP, False)
    parts = grid(x_axis, y_axis, [(us, latency_words(us)) for us in ticks],
                 [(v / 4, f'{v * 25} %') for v in range(5)], 'from release to the next ownership',
                 'part of the hand-offs')
    for peer, points in curves.items():
        parts += curve(peer, [(x_axis.at(us), y_axis.at(part)) for us, part in points], dots=False)
    write_svg(os.path.join(folder, 'handoff-latency.svg'), f'Hand-off of one lock among {n} sessions',
              parts + legend(curves))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('files', nargs='+', metavar='FILE')
    parser.add_argument('--into', default='docs', metavar='FOLDER')
    parser.add_argument('--handoff-n', type=int, default=10, help='sessions of the hand-off plotted (default: 10)')
    arguments = parser.parse_args()
    runs = read(arguments.files)
    plot_growth(runs, arguments.into)
    plot_handoff(runs, arguments.into, arguments.handoff_n)


if __name__ == '__main__':
    main()
