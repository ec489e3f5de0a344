#!/usr/bin/env python3
"""Writes a made-up but plausible profile.proto, always the same for the same options.

usage: gen.py [options] FILE        FILE ending in .gz is gzipped; see --help

The call graph: functions call functions with a higher number, mostly near ones, so that stacks
share their roots, as real ones do. Benchmarks and tests use it; nothing else is needed to run it.
"""
import argparse
import gzip
import random

from protobuf import number, piece, varint


class Strings:
    def __init__(self):
        self.index = {'': 0}

    def __call__(self, text):
        return self.index.setdefault(text, len(self.index))


def options():
    parser = argparse.ArgumentParser(description='a made-up profile')
    for name, default in (('samples', 1000), ('funcs', 200), ('locs', 600), ('depth', 12), ('mappings', 3),
                          ('labels', 0), ('numlabels', 0), ('seed', 1), ('level', 6)):
        parser.add_argument('--' + name, type=int, default=default)
    parser.add_argument('--kind', choices=('cpu', 'heap'), default='cpu')
    parser.add_argument('file')
    return parser.parse_args()


TYPES = {
    'cpu': ((('samples', 'count'), ('cpu', 'nanoseconds')), ('cpu', 'nanoseconds'), 10000000),
    'heap': ((('alloc_objects', 'count'), ('alloc_space', 'bytes'), ('inuse_objects', 'count'),
              ('inuse_space', 'bytes')), ('space', 'bytes'), 524288),
}


def values(o, rnd):
    if o.kind == 'cpu':
        count = 1 + int(rnd.paretovariate(1.5)) % 500
        return [count, count * 10000000]
    size, count = rnd.choice((16, 48, 64, 256, 4096, 65536)), 1 + int(rnd.paretovariate(1.2)) % 10000
    live = rnd.randrange(count + 1)
    return [count, count * size, live, live * size]


def label_bytes(o, rnd, strings, row):
    out = []
    for k in range(o.labels):
        body = number(1, strings('key%d' % k)) + number(2, strings('value%d' % rnd.randrange(10 ** (k % 3 + 1))))
        out.append(piece(3, body))
    if o.kind == 'heap':
        size = row[1] // row[0]
        out.append(piece(3, number(1, strings('bytes')) + number(3, size) + number(4, strings('bytes'))))
    for k in range(o.numlabels):
        out.append(piece(3, number(1, strings('request%d' % k)) + number(3, rnd.randrange(1, 1 << 20))))
    return b''.join(out)


def stacks(o, rnd, ids):
    """Leaf first. Half of a stack is kept from the one before, so roots are shared."""
    stack = []
    for _ in range(o.samples):
        stack = stack[:rnd.randrange(len(stack) + 1)] if rnd.random() < 0.9 else []
        at = 0
        while len(stack) < o.depth:
            at = rnd.randrange(o.locs) if rnd.random() < 0.3 else min(o.locs - 1, at + rnd.randrange(1, 50))
            stack.append(ids[at])
        yield b''.join(reversed(stack))


def location(o, rnd, i):
    address = 0x400000 + i * 64
    lines = [i % o.funcs + 1]
    while rnd.random() < 0.1:
        lines.insert(0, rnd.randrange(o.funcs) + 1)
    body = number(1, i + 1) + number(2, i % o.mappings + 1) + number(3, address)
    return body + b''.join(piece(4, number(1, f) + number(2, rnd.randrange(1, 900))) for f in lines)


def build(o):
    rnd, strings, out = random.Random(o.seed), Strings(), []
    types, period_type, period = TYPES[o.kind]
    for name, unit in types:
        out.append(piece(1, number(1, strings(name)) + number(2, strings(unit))))
    for stack in stacks(o, rnd, [varint(i + 1) for i in range(o.locs)]):
        row = values(o, rnd)
        body = piece(1, stack) + piece(2, b''.join(map(varint, row))) + label_bytes(o, rnd, strings, row)
        out.append(piece(2, body))
    for m in range(o.mappings):
        start = 0x400000 + m * 0x10000000
        name = strings('/usr/bin/server' if m == 0 else '/usr/lib/lib%d.so.1' % m)
        out.append(piece(3, number(1, m + 1) + number(2, start) + number(3, start + 0x10000000) +
                         number(5, name) + number(6, strings('%040x' % (m + 1))) +
                         number(7, 1) + number(8, 1) + number(9, 1) + number(10, 1)))
    out.extend(piece(4, location(o, rnd, i)) for i in range(o.locs))
    for f in range(o.funcs):
        name = strings('%s::%s_%d' % (('net', 'db', 'json', 'main')[f % 4], ('read', 'parse', 'put')[f % 3], f))
        out.append(piece(5, number(1, f + 1) + number(2, name) + number(3, name) +
                         number(4, strings('/src/server/file_%d.cc' % (f % 97))) + number(5, 1 + f % 700)))
    tail = [number(9, 1700000000123456789), number(10, 12345678901),
            piece(11, number(1, strings(period_type[0])) + number(2, strings(period_type[1]))),
            number(12, period)]
    out.extend(piece(6, text.encode()) for text in strings.index)
    return b''.join(out + tail)


def main():
    o = options()
    data = build(o)
    with open(o.file, 'wb') as out:
        if o.file.endswith('.gz'):
            with gzip.GzipFile('', 'wb', o.level, out, mtime=0) as packed:
                packed.write(data)
        else:
            out.write(data)


main()
