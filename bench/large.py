#!/usr/bin/env python3
"""Makes a profile of many times the samples: usage: large.py FROM.pb.gz TO.pb.gz TIMES

The samples of FROM again and again; all else once. Fields of one profile may
stand anywhere, so pieces of the file are copied as they are.
"""
import gzip
import sys


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7f) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def fields(data):
    """(number, start, end) of each field of a message whose fields are varints or bytes."""
    at = 0
    while at < len(data):
        start = at
        key, at = varint(data, at)
        value, at = varint(data, at)
        at += value if key & 7 == 2 else 0
        yield key >> 3, start, at


def main():
    source, target, times = sys.argv[1], sys.argv[2], int(sys.argv[3])
    with gzip.open(source) as packed:
        data = packed.read()
    found = list(fields(data))
    samples = b''.join(data[a:b] for number, a, b in found if number == 2)
    rest = b''.join(data[a:b] for number, a, b in found if number != 2)
    with gzip.GzipFile(target, 'wb', 1) as out:
        for _ in range(times):
            out.write(samples)
        out.write(rest)


main()
