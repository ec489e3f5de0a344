#!/usr/bin/env python3
"""Writes a profile whose names, or addresses, all meet in one place of a hash table that has no secret.

usage: collide.py names|addresses COUNT FILE

The hash of base/table.h, a mix of 64 bits, is undone. Names are words of eight bytes; addresses are those of returns,
from which readers take one to be in the call.
"""
import sys

from protobuf import number, piece

MIX, MASK = 0xd6e8feb86659fd93, (1 << 64) - 1
UNMIX = pow(MIX, -1, 1 << 64)


def mixed(x, factor):
    for _ in range(2):
        x = (x ^ x >> 32) * factor & MASK
    return x ^ x >> 32


def keys(count):
    return (mixed(i << 32, UNMIX) for i in range(1, count + 1))


def with_names(count):
    strings = [b'', b'n', b'count'] + [(key ^ mixed(8, MIX)).to_bytes(8, 'little') for key in keys(count)]
    out = [piece(1, number(1, 1) + number(2, 2))]
    for i in range(1, count + 1):
        out.append(piece(2, number(1, i) + number(2, 1)))
        out.append(piece(4, number(1, i) + piece(4, number(1, i))))
        out.append(piece(5, number(1, i) + number(2, 2 + i)))
    return b''.join(out + [piece(6, s) for s in strings])


def with_addresses(count):
    lines = ['heap profile: 1: 1 [1: 1] @ heapprofile']
    return '\n'.join(lines + ['1: 1 [1: 1] @ 0x%x' % (key + 1) for key in keys(count)]).encode()


with open(sys.argv[3], 'wb') as out:
    out.write({'names': with_names, 'addresses': with_addresses}[sys.argv[1]](int(sys.argv[2])))
