#!/usr/bin/env python3
"""How many samples of a CPU profile reach the bottom of their stack.

usage: pprof -raw PROFILE | reach.py PROGRAM [THREAD_START_NAME...]

A stack is whole when its outermost frame lies in PROGRAM's _start (the first 64 bytes at the ELF entry),
or any frame is called main or one of THREAD_START_NAME. Weighted by the first value. Prints
'reached N of M (P %)' and, for the others, their outermost frames.
"""
import collections
import os
import re
import struct
import sys


def entry_point(path):
    with open(path, 'rb') as file:
        return struct.unpack_from('<Q', file.read(64), 24)[0]


def main():
    program = os.path.realpath(sys.argv[1])
    starts = set(sys.argv[2:]) | {'main', '_start', 'start_thread', 'clone', 'clone3', '__clone3'}
    entry = entry_point(program)
    section, samples, locations, mappings = None, [], {}, {}
    last = None
    for line in sys.stdin:
        if line.rstrip() in ('Samples:', 'Locations', 'Mappings'):
            section = line.rstrip()
        elif section == 'Samples:':
            match = re.match(r'^\s+(-?\d+)(?:\s+-?\d+)*: ([\d ]*)$', line)
            if match:
                samples.append((int(match[1]), [int(x) for x in match[2].split()]))
        elif section == 'Locations':
            match = re.match(r'^\s*(\d+): (0x[0-9a-f]+) (?:M=(\d+) )?(.*)$', line)
            if match:
                last = int(match[1])
                locations[last] = [int(match[2], 16), int(match[3] or 0), {match[4].split(' ')[0]}]
            elif last is not None and line.strip():
                locations[last][2].add(line.split()[0])
        elif section == 'Mappings':
            match = re.match(r'^(\d+): (0x[0-9a-f]+)/(0x[0-9a-f]+)/(0x[0-9a-f]+) (\S*)', line)
            if match:
                mappings[int(match[1])] = (int(match[2], 16), int(match[4], 16), match[5])
    total = reached = 0
    lost = collections.Counter()
    for value, ids in samples:
        total += value
        address, mapping, names = locations[ids[-1]] if ids else (0, 0, {'(empty)'})
        start, offset, path = mappings.get(mapping, (0, 0, ''))
        whole = any(locations[i][2] & starts for i in ids)
        if path and os.path.realpath(path) == program and 0 <= address - start + offset - entry < 64:
            whole = True
        if whole:
            reached += value
        else:
            lost['%s %#x %s' % (os.path.basename(path), address - start + offset, '/'.join(names))] += value
    print('reached %d of %d (%.1f %%)' % (reached, total, 100.0 * reached / total if total else 0))
    for where, count in lost.most_common(8):
        print('  lost %d at %s' % (count, where))


main()
