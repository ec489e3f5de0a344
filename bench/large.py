#!/usr/bin/env python3
"""Makes a profile of many times the samples: usage: large.py FROM.pb.gz TO.pb.gz TIMES

The samples of FROM again and again; all else once. Fields of one profile may
stand anywhere, so pieces of the file are copied as they are.
"""
import gzip
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'tests', 'data'))
from protobuf import fields


def main():
    source, target, times = sys.argv[1], sys.argv[2], int(sys.argv[3])
    with gzip.open(source) as packed:
        data = packed.read()
    found = list(fields(data))
    samples = b''.join(data[a:b] for number, _, a, b in found if number == 2)
    rest = b''.join(data[a:b] for number, _, a, b in found if number != 2)
    with gzip.GzipFile(target, 'wb', 1) as out:
        for _ in range(times):
            out.write(samples)
        out.write(rest)


main()
