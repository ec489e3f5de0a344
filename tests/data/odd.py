#!/usr/bin/env python3
"""Writes a small profile.proto in which all is odd that writers may do and readers have to bear.

usage: odd.py FILE [twice]

A string table that repeats strings (the empty one, too), a sample type that stands twice, several
values of one label, labels with ends of lines, tabs and quotation marks, numbers with units of
several kinds, locations without lines, frames without names, functions that differ in their first
line alone, a mapping named by an address of the web, negative values, a sample without a stack.
With `twice` every sample type stands twice.
"""
import sys

from protobuf import number, piece, varint

STRINGS = [b'']


def string(text, again=False):
    data = text.encode()
    if again or data not in STRINGS:
        STRINGS.append(data)
        return len(STRINGS) - 1
    return STRINGS.index(data)


def types(twice):
    names = (('samples', 'count'), ('wall', 'milliseconds'), ('cpu', 'nanoseconds'),
             ('wall', 'seconds'))
    names = names + names if twice else names
    return b''.join(piece(1, number(1, string(t, True)) + number(2, string(u, True)))
                    for t, u in names)


def sample(stack, values, labels):
    body = b''.join(varint(1 << 3) + varint(i) for i in stack)
    body += piece(2, b''.join(varint(v) for v in values))
    for key, value, unit in labels:
        if unit is None:
            body += piece(3, number(1, string(key)) + number(2, string(value, True)))
        else:
            body += piece(3, number(1, string(key)) + number(3, value) +
                          number(4, string(unit, not unit)))
    return piece(2, body)


def samples(repeat):
    rows = (
        ((1, 2, 3), (1, 5, 10000000, 7),
         (('query', 'select *\nfrom\tt', None), ('bytes', 512, 'bytes'))),
        ((4, 2, 3), (2, 6, 20000000, 8),
         (('query', 'say "hi"', None), ('path', 'C:\\new', None))),
        ((5, 5, 2, 3), (3, 7, 1500000, 9),
         (('wait', 250, 'ms'), ('wait', 3, 's'), ('bytes', 1 << 20, ''))),
        ((6, 3), (1, 8, -4000000, 1),
         (('query', '', None), ('key', 'a', None), ('key', 'b', None))),
        ((7,), (4, 9, 30000000, 1), (('size', 40, 'kilobytes'), ('other', 3, 'tons'))),
        ((), (1, 1, 1000000, 1), ()),
        ((8, 1), (0, 0, 0, 0), (('bytes', 64, 'bytes'),)),
        ((2, 8), (1, 0, 500000, 3), (('request', 7, ''),)),
    )
    return b''.join(sample(stack, values * repeat, labels) for stack, values, labels in rows)


def mappings():
    rows = ((0x400000, 0x500000, 0, '/opt/a b/server', ''),
            (0x7f0000000000, 0x7f0000010000, 0x1000, '/lib/libm.so.6', 'abc1'),
            (0x7fff00000000, 0x7fff00001000, 0, '[vdso]', ''),
            (0x600000, 0x601000, 0, 'http://host:80/x', ''))
    return b''.join(piece(3, number(1, i + 1) + number(2, low) + number(3, high) + number(4, offset) +
                          number(5, string(file)) + number(6, string(build, True)) + number(7, i == 0))
                    for i, (low, high, offset, file, build) in enumerate(rows))


def locations():
    rows = ((1, 0x400010, ((1, 10, 3),)), (1, 0x400020, ((2, 20, 0), (3, 31, 9))),
            (1, 0x400030, ((4, 1, 0),)), (2, 0x7f0000000100, ()), (1, 0x400040, ((5, 7, 0),)),
            (1, 0x400050, ((6, -1, 0),)), (3, 0x7fff00000010, ((7, 0, 0),)),
            (4, 0x600010, ((1, 11, 0),)))
    return b''.join(piece(4, number(1, i + 1) + number(2, mapping) + number(3, address) +
                          b''.join(piece(4, number(1, f) + number(2, line) + number(3, column))
                                   for f, line, column in lines) + number(5, i == 4))
                    for i, (mapping, address, lines) in enumerate(rows))


def functions():
    rows = (('render', '_ZN2ui6renderEv', '/src/ui/./page.cc', 8),
            ('std::map<a, b>::find(a const&)', '', '/src/../map', 0),
            ('main.(*Server[...]).Serve', '', 'server.go', 30), ('main', '', 'server.go', 1),
            ('main', '', 'server.go', 5), ('', '', 'gen"er\\ated.c', 0), ('', '', '', 3))
    return b''.join(piece(5, number(1, i + 1) + number(2, string(name, True)) +
                          number(3, string(linked or name, True)) + number(4, string(file)) +
                          number(5, line))
                    for i, (name, linked, file, line) in enumerate(rows))


def main():
    twice = sys.argv[2:] == ['twice']
    body = types(twice) + samples(2 if twice else 1) + mappings() + locations() + functions()
    body += number(9, 1700000000123456789) + number(10, 12345678901)
    body += piece(11, number(1, string('cpu', True)) + number(2, string('ns'))) + number(12, 1000000)
    body += varint(13 << 3) + varint(string('two\nlines')) + varint(13 << 3) + varint(string('#hidden'))
    body += number(14, string('cpu', True)) + number(15, string('https://example.com/?a=b&c'))
    with open(sys.argv[1], 'wb') as file:
        file.write(body + b''.join(piece(6, s) for s in STRINGS))


main()
