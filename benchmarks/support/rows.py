# SPDX-License-Identifier: Apache-2.0
"""What is measured: the rows of docs/performance.md."""

import dataclasses


@dataclasses.dataclass
class Row:
    scenario: str
    n: int
    options: list = dataclasses.field(default_factory=list)  # further ones of the programs
    rounds: int = 0  # at most; 0: as asked for
    seconds: float = 0  # unless asked for; 0: the program's own choice

    def title(self):
        return ' '.join([self.scenario, f'n={self.n:,}', *self.options])


TABLE = [
    Row('uncontended', 1),
    Row('uncontended', 1000),
    Row('uncontended', 10000),
    Row('handoff', 10),
    Row('handoff', 100),
    Row('local', 1000),
    Row('watch', 10000),
    Row('hold', 10000),
    Row('sessions', 10000, ['--ttl', '10'], rounds=1),  # takes half a minute; what counts is that none is lost
    Row('timeout', 10000, ['--timeout-ms', '1000']),
]

GROWTH = [Row('uncontended', n) for n in (10, 100, 1000, 10000, 50000)] + [
    # A connection for each of thousands of sessions would measure connections; and etcd sorts the whole queue for
    # everybody who joins it, which takes long.
    Row('handoff', n, ['--clients', '10', '--ttl', '60'], seconds=10) for n in (10, 100, 1000, 5000)]


def choose(table, scenario, n):
    """The rows of one scenario, with another n where one is given."""
    if scenario is None:
        return table if n is None else [r for r in table if r.n == n]
    rows = [r for r in table if r.scenario == scenario]
    if n is None:
        return rows or [Row(scenario, 100)]
    return [dataclasses.replace(r, n=n) for r in rows[:1]] or [Row(scenario, n)]
