#!/usr/bin/env python3
"""Medians with intervals for interleaved runs.

usage: stats.py TITLE UNIT BASELINE < lines of "ROUND VARIANT VALUE"

Prints a Markdown table: for each variant the median (lowest..highest) and its ratio to BASELINE with
a 95 % interval. A ratio is taken within a round, from the means of its values. Rounds "N.I" are
repetitions on the same processes: of each N the median of its ratios counts once, since chance in
how a process is laid out is the same in all of them. Over rounds the centre is Hodges' and
Lehmann's (the median of the means of all pairs), the interval a bootstrap's. Rounds that lack the
baseline are left out.
"""
import collections
import random
import statistics
import sys


def centre(values):
    return statistics.median((a + b) / 2 for i, a in enumerate(values) for b in values[i:])


def interval(values, rounds=2000):
    rng = random.Random(1)
    centres = sorted(centre(rng.choices(values, k=len(values))) for _ in range(rounds))
    return centres[int(rounds * 0.025)], centres[int(rounds * 0.975)]


def read_rows(lines):
    """{round: {variant: [value]}}, and the variants in order of appearance."""
    rows = collections.defaultdict(lambda: collections.defaultdict(list))
    order = {}
    for line in lines:
        number, variant, value = line.split()
        rows[number][variant].append(float(value))
        order[variant] = True
    return rows, list(order)


def ratios(rows, variant, baseline):
    """One for each round, or for each group of rounds "N.I"."""
    groups = collections.defaultdict(list)
    for number, row in rows.items():
        if variant in row and baseline in row:
            groups[number.split('.')[0]].append(
                statistics.mean(row[variant]) / statistics.mean(row[baseline]))
    return [statistics.median(group) for group in groups.values()]


def main():
    title, unit, baseline = sys.argv[1:4]
    rows, order = read_rows(sys.stdin)
    print('### %s\n' % title)
    print('| variant | median %s (lowest..highest) | ratio to %s (95 %% interval) | runs |'
          % (unit, baseline))
    print('|---|---|---|---|')
    for variant in order:
        values = [v for row in rows.values() for v in row.get(variant, [])]
        found = ratios(rows, variant, baseline)
        low, high = interval(found)
        print('| %s | %.4g (%.4g..%.4g) | %.4f (%.4f..%.4f) | %d |' % (
            variant, statistics.median(values), min(values), max(values), centre(found), low, high,
            len(values)))
    print()


main()
