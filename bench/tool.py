#!/usr/bin/env python3
"""Times two builds of the tool over the profiles in a directory; bench/tool.sh calls it.

usage: tool.py DIRECTORY OURS THEIRS|'' ROUNDS PROGRAMS

Runs are interleaved (ours, theirs, theirs, ours, ...), more of them where one takes milliseconds. Wall time,
processor time and peak memory are those of the program alone; on a busy machine only processor time means much.
Reports go to a file, which is thrown away. A program that fails ends the benchmark.
PROGRAMS is the folder of the programs of floor.c, which says how fast a profile can be inflated and looked at once,
and of child.c, which starts what is measured.
"""
import glob
import gzip
import os
import statistics
import subprocess
import sys

# profile, report, times faster than google/pprof wanted (None: another goal)
CASES = [
    ('s', ['-top'], None),
    ('m', ['-top'], 40),
    ('m', ['-peek=^db::put_5$'], 40),
    ('m', ['-tree'], 40),
    ('m', ['-dot'], 40),
    ('m', ['-top', '-diff_base=m'], 40),
    ('m', ['-top', '-diff_base=m2'], 40),
    ('m', ['-traces'], 10),
    ('m', ['-raw'], 10),
    ('m', ['-proto'], 10),
    ('mh', ['-top'], 100),
    ('part*', ['-top'], 10),
]
SMALL_S, SMALL_ROUNDS, MEMORY = 0.010, 10, 0.25


def path_of(directory, name):
    return os.path.join(directory, name + '.pb.gz')


def run(child, program, args, paths):
    directory = os.path.dirname(paths[0])
    args = ['-diff_base=' + path_of(directory, a[11:]) if a.startswith('-diff_base=') else a for a in args]
    out = os.path.join(directory, 'out')
    command = [program, '-symbolize=none', '-output=' + out] + args + paths
    told = subprocess.run([child, os.devnull] + command, capture_output=True, text=True)
    if told.returncode:
        sys.exit('tool.py: %s %s failed' % (program, ' '.join(args)))
    seconds, processor, kib = told.stdout.split()
    return float(seconds), float(processor), float(kib) / 1024


def measure(child, programs, args, paths, rounds):
    """Per program: (median seconds, median processor seconds, most MB)."""
    runs = {program: [] for program in programs}
    for i in range(rounds):
        for program in programs if i % 2 == 0 else reversed(programs):
            runs[program].append(run(child, program, args, paths))
    return {program: (statistics.median(r[0] for r in rows), statistics.median(r[1] for r in rows),
                      max(r[2] for r in rows))
            for program, rows in runs.items()}


def megabytes(path):
    with gzip.open(path) as packed:
        return sum(len(piece) for piece in iter(lambda: packed.read(1 << 20), b'')) / 1e6


def floor_of(program, path):
    """(seconds to inflate and sum up the bytes once, MB it took)."""
    seconds, mb = subprocess.run([program, path], check=True, capture_output=True, text=True).stdout.split()
    return float(seconds), float(mb)


def verdict(wanted, seconds, times, share):
    if wanted is None:
        return '%.0f ms: %s' % (SMALL_S * 1e3, 'yes' if seconds <= SMALL_S else 'no')
    if times is None:
        return '%dx' % wanted
    good = times >= wanted and share <= MEMORY
    return '%dx, %.2f: %s' % (wanted, MEMORY, 'yes' if good else 'no')


def compare(directory, ours, theirs, rounds, programs):
    floors = {}
    print('| profile | report | ours s | google/pprof s | times faster | ours CPU s | google/pprof CPU s | times less '
          '| ours MB | google/pprof MB | memory | goal | over the floor |')
    print('|---|---|---|---|---|---|---|---|---|---|---|---|---|')
    for name, args, wanted in CASES:
        paths = sorted(glob.glob(path_of(directory, name)))
        times_more = 1 if wanted else SMALL_ROUNDS
        result = measure(os.path.join(programs, 'child'), [ours] + ([theirs] if theirs else []), args, paths,
                         rounds * times_more)
        seconds, processor, memory = result[ours]
        cells, times, share = ('',) * 6, None, None
        if theirs:
            other = result[theirs]
            times, share = other[0] / seconds, memory / other[2]
            cells = ('%.2f' % other[0], '%.1f' % times, '%.2f' % other[1], '%.1f' % (other[1] / processor),
                     '%.0f' % other[2], '%.2f' % share)
        sources = paths + [path_of(directory, a[11:]) for a in args if a.startswith('-diff_base=')]
        for path in sources:
            floors.setdefault(path, floor_of(os.path.join(programs, 'floor'), path)[0])
        least = sum(floors[path] for path in sources)
        print('| %s | `%s` | %.4f | %s | %s | %.4f | %s | %s | %.0f | %s | %s | %s | %.1f |' % (
            name, ' '.join(args), seconds, *cells[:2], processor, *cells[2:4], memory, *cells[4:],
            verdict(wanted, seconds, times, share), seconds / least), flush=True)
    print()
    return floors


def open_large(directory, ours, programs):
    """A profile of 1 GB: does -top stay within twice its size?"""
    path = path_of(directory, 'large')
    if not os.path.exists(path):
        return
    size = megabytes(path)
    seconds, _, memory = run(os.path.join(programs, 'child'), ours, ['-top'], [path])
    print('%.0f MB uncompressed, `-top`: %.1f s, %.0f MB, %.2f of its size (goal: at most 2: %s).\n' % (
        size, seconds, memory * 1.048576, memory * 1.048576 / size,
        'yes' if memory * 1.048576 <= 2 * size else 'no'))


def main():
    directory, ours, theirs, rounds, programs = sys.argv[1:6]
    print('### The tool and google/pprof\n')
    names = ['s', 'm', 'm2', 'mh', 'part01']
    print('Uncompressed: %s; part*: 50 such files, merged. Medians of %s interleaved runs (s: %d).' % (
        ', '.join('%s %.1f MB' % (n, megabytes(path_of(directory, n))) for n in names), rounds,
        int(rounds) * SMALL_ROUNDS))
    print('The floor: one thread inflates the file with libdeflate and looks at each byte once.\n')
    floors = compare(directory, ours, theirs, int(rounds), programs)
    print('Floors: %s.\n' % ', '.join(
        '%s %.3f s' % (n, floors[path_of(directory, n)]) for n in names if path_of(directory, n) in floors))
    open_large(directory, ours, programs)


main()
