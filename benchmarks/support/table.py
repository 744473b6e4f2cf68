# SPDX-License-Identifier: Apache-2.0
"""Medians of the runs of a row, and the ratios between the peers, as a Markdown table."""

import statistics

HEAD = ['scenario', 'peer', 'operations/s', 'p50', 'p99', 'CPU/op', 'memory each', 'threads', 'also', 'compared']
FAILURE = 'failure'  # a run's field, where it has no figures
# The figures of only some scenarios, each with how to write it.
ALSO = {
    'create_us': lambda v: f'created in {duration(v)} each',
    'idle_cpu_percent': lambda v: f'{v:.2f} % CPU idle',
    'lost': lambda v: f'{v:,.0f} lost',
    'late': lambda v: f'{v:,.0f} late',
    'left_behind': lambda v: f'{v:,.0f} left behind',
    'rss_growth_bytes': lambda v: f'grew by {size(v)}',
}
# What the peers are compared in.
COMPARED = {'ops_per_second': 'rate', 'cpu_us_per_op': 'CPU', 'rss_bytes_per_item': 'memory', 'create_us': 'creation'}


def duration(us):
    for unit, factor in (('s', 1e6), ('ms', 1e3)):
        if us >= factor:
            return f'{us / factor:.3g} {unit}'
    return f'{us:.3g} µs'


def size(count):
    for unit, factor in (('MiB', 2**20), ('KiB', 2**10)):
        if abs(count) >= factor:
            return f'{count / factor:.3g} {unit}'
    return f'{count:.0f} B'


def medians(runs):
    """Of every figure; of failures the first. None without a run that has figures."""
    good = [r for r in runs if FAILURE not in r]
    if not good:
        return None
    middle = {key: statistics.median(r[key] for r in good)
              for key, value in good[0].items() if isinstance(value, (int, float))}
    middle['errors'] = max(r['errors'] for r in good)
    return middle


def failure_of(runs):
    """In words, or nothing."""
    for run in runs:
        if FAILURE in run:
            return f'fails: {run[FAILURE]}'
    worst = max(runs, key=lambda r: r['errors'])
    return f'fails: {worst["errors"]:,} errors, the first: {worst["first_error"]}' if worst['errors'] else ''


def ratios(ours, theirs, name):
    """How many times theirs ours is; nothing where one of them failed."""
    if failure_of(ours) or failure_of(theirs):
        return ''
    a, b = medians(ours), medians(theirs)
    words = [f'{a[key] / b[key]:.3g}x {what}' for key, what in COMPARED.items() if key in a and b.get(key, 0) > 0]
    return f'to {name}: ' + ', '.join(words)


def cells(row, peer, runs):
    m = medians(runs)
    if m is None:
        return [row.title(), peer, *['–'] * 6, failure_of(runs)]
    also = [failure_of(runs)] * bool(failure_of(runs)) + [write(m[key]) for key, write in ALSO.items() if key in m]
    return [row.title(), peer, f'{m["ops_per_second"]:,.0f}', duration(m['p50_us']), duration(m['p99_us']),
            duration(m['cpu_us_per_op']), memory(m), f'{m["threads_seen"]:.0f}', ', '.join(also)]


def memory(m):
    """Nothing where too few items share what a process needs anyway, or where it was not looked at."""
    return size(m['rss_bytes_per_item']) if m['n'] >= 100 and m['rss_bytes_per_item'] > 0 else '–'


def lines_of_row(row, runs):
    """The table's lines for one row; `runs` by peer."""
    compared = [ratios(runs['leasehold'], theirs, peer) for peer, theirs in runs.items() if peer != 'leasehold']
    lines = [cells(row, peer, of_peer) + [''] for peer, of_peer in runs.items()]
    lines[0][-1] = '; '.join(filter(None, compared))
    return lines


def markdown(lines):
    lines = [HEAD, *lines]
    widths = [max(len(line[i]) for line in lines) for i in range(len(HEAD))]
    text = ['| ' + ' | '.join(cell.ljust(width) for cell, width in zip(line, widths)) + ' |' for line in lines]
    text.insert(1, '|' + '|'.join('-' * (width + 2) for width in widths) + '|')
    return '\n'.join(text)
