#!/usr/bin/env python3
"""Medians with intervals for interleaved runs.

usage: stats.py TITLE UNIT BASELINE < lines of "ROUND VARIANT VALUE"

Prints a Markdown table: for each variant the median (lowest..highest) and the median of its per-round
ratios to BASELINE with a 95 % bootstrap interval. Rounds that lack the baseline are left out.
"""
import collections
import random
import statistics
import sys


def interval(values, rounds=4000):
    rng = random.Random(1)
    medians = sorted(statistics.median(rng.choices(values, k=len(values))) for _ in range(rounds))
    return medians[int(rounds * 0.025)], medians[int(rounds * 0.975)]


def main():
    title, unit, baseline = sys.argv[1:4]
    rows = collections.defaultdict(dict)
    order = []
    for line in sys.stdin:
        number, variant, value = line.split()
        rows[number].setdefault(variant, []).append(float(value))
        if variant not in order:
            order.append(variant)
    print('### %s\n' % title)
    print('| variant | median %s (lowest..highest) | ratio to %s (95 %% interval) | runs |' % (unit, baseline))
    print('|---|---|---|---|')
    for variant in order:
        values = [v for row in rows.values() for v in row.get(variant, [])]
        ratios = [statistics.mean(row[variant]) / statistics.mean(row[baseline])
                  for row in rows.values() if variant in row and baseline in row]
        low, high = interval(ratios)
        print('| %s | %.4g (%.4g..%.4g) | %.4f (%.4f..%.4f) | %d |' % (
            variant, statistics.median(values), min(values), max(values),
            statistics.median(ratios), low, high, len(values)))
    print()


main()
