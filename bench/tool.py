#!/usr/bin/env python3
"""Times two builds of the tool over the profiles s, m and mh in a directory; bench/tool.sh calls it.

usage: tool.py DIRECTORY OURS THEIRS|'' ROUNDS

Runs are interleaved (ours, theirs, theirs, ours, ...). Wall time and peak memory are those of the child
alone, by wait4; reports go to a file, which is thrown away. A program that fails ends the benchmark.
"""
import gzip
import os
import statistics
import subprocess
import sys
import time

CASES = [
    ('s', ['-top']),
    ('m', ['-top']),
    ('m', ['-peek=^db::put_5$']),
    ('m', ['-tree']),
    ('m', ['-dot']),
    ('m', ['-top', '-diff_base=FILE']),
    ('m', ['-traces']),
    ('m', ['-raw']),
    ('m', ['-proto']),
    ('mh', ['-top']),
]


def run(program, args, path):
    args = [a.replace('FILE', path) for a in args]
    with open(os.path.join(os.path.dirname(path), 'out'), 'w') as out:
        start = time.monotonic()
        child = subprocess.Popen([program, '-symbolize=none', '-output=' + out.name] + args + [path],
                                 stdout=out, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.monotonic() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit('tool.py: %s %s failed' % (program, ' '.join(args)))
    return seconds, usage.ru_maxrss / 1024


def measure(programs, args, path, rounds):
    """Per program: (median seconds, most MB)."""
    runs = {program: [] for program in programs}
    for i in range(rounds):
        for program in programs if i % 2 == 0 else reversed(programs):
            runs[program].append(run(program, args, path))
    return {program: (statistics.median(r[0] for r in rows), max(r[1] for r in rows))
            for program, rows in runs.items()}


def megabytes(path):
    with gzip.open(path) as packed:
        return sum(len(piece) for piece in iter(lambda: packed.read(1 << 20), b'')) / 1e6


def main():
    directory, ours, theirs, rounds = sys.argv[1:5]
    programs = [ours] + ([theirs] if theirs else [])
    print('### The tool and google/pprof\n')
    sizes = {}
    for name in dict.fromkeys(name for name, _ in CASES):
        sizes[name] = megabytes(os.path.join(directory, name + '.pb.gz'))
    print('Uncompressed: %s. Medians of %s interleaved runs.\n' % (
        ', '.join('%s %.1f MB' % item for item in sizes.items()), rounds))
    print('| profile | report | ours s | google/pprof s | times faster | ours MB | google/pprof MB | memory |')
    print('|---|---|---|---|---|---|---|---|')
    for name, args in CASES:
        result = measure(programs, args, os.path.join(directory, name + '.pb.gz'), int(rounds))
        seconds, memory = result[ours]
        if theirs:
            cells = ('%.2f' % result[theirs][0], '%.1f' % (result[theirs][0] / seconds),
                     '%.0f' % result[theirs][1], '%.2f' % (memory / result[theirs][1]))
        else:
            cells = ('', '', '', '')
        print('| %s | `%s` | %.3f | %s | %s | %.0f | %s | %s |' % (
            name, ' '.join(args), seconds, cells[0], cells[1], memory, cells[2], cells[3]), flush=True)
    print()


main()
