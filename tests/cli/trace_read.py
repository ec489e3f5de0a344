#!/usr/bin/env python3
"""Reads a Perfetto trace back, checks what every reader relies on, and prints what is in it:

   clock 3                                   process NAME PID
   slice THREAD NAME COUNT NANOSECONDS       open THREAD NAME       stack THREAD NAME FUNCTION,...
   log THREAD TEXT                           counter NAME COUNT LAST
   task NAME BEGINS ENDS                     flow TRACKS...
"""
import os
import sys
from collections import Counter, defaultdict

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'data'))
from protobuf import fields


def message(data):
    found = defaultdict(list)
    for number, value, *_ in fields(data):
        found[number].append(value)
    return found


def one(found, number, otherwise=None):
    return found[number][0] if found.get(number) else otherwise


def text(found, number):
    return one(found, number, b"").decode()


class Trace:
    def __init__(self):
        self.names, self.strings, self.tracks = {}, {}, {}
        self.slices, self.times, self.stacks = Counter(), Counter(), set()
        self.open, self.logs, self.counters = defaultdict(list), set(), defaultdict(list)
        self.flows = defaultdict(set)
        self.clock, self.is_first, self.events = None, True, []

    def packet(self, data):
        p = message(data)
        assert one(p, 10) == 1, "every packet is of one sequence"
        assert one(p, 13) == (1 if self.is_first else 2), "state is cleared once, then needed"
        self.is_first = False
        if 59 in p:
            self.clock = one(message(one(p, 59)), 58)
        for interned in map(message, p.get(12, [])):
            for field, table in ((2, self.names), (29, self.strings)):
                for entry in map(message, interned.get(field, [])):
                    iid = one(entry, 1)
                    assert iid not in table, "an interned number stands for one text"
                    table[iid] = text(entry, 2)
        if 60 in p:
            self.track(message(one(p, 60)))
        if 11 in p:
            e = message(one(p, 11))
            assert one(e, 11) in self.tracks, "a track is described before it is used"
            assert 10 not in e or one(e, 10) in self.names, "and a name"
            self.events.append((one(p, 8), e))

    def track(self, t):
        name = text(t, 2)
        if 3 in t:
            process = message(one(t, 3))
            print("process", text(process, 6), one(process, 1))
        if 4 in t:
            name = text(message(one(t, 4)), 5)
        self.tracks[one(t, 1)] = name

    def event(self, at, e):
        kind, track = one(e, 9), one(e, 11)
        for flow in e.get(47, []) + e.get(48, []):
            self.flows[flow].add(self.tracks[track])
        if kind == 4:
            value = one(e, 30)
            self.counters[self.tracks[track]].append((at, value - (1 << 64) if value >> 63 else value))
            return
        if kind == 2:
            name, since = self.open[track].pop()
            self.slices[self.tracks[track], name] += 1
            self.times[self.tracks[track], name] += at - since
            return
        name = self.names[one(e, 10)]
        for note in map(message, e.get(4, [])):
            if text(note, 10) == "stack":
                stack = self.strings[one(note, 17)] if 17 in note else text(note, 6)
                self.stacks.add((self.tracks[track], name, stack))
        if kind == 1:
            self.open[track].append((name, at))
        else:
            assert kind == 3
            self.logs.add((self.tracks[track], name))

    def report(self):
        for at, e in sorted(self.events, key=lambda event: event[0]):
            self.event(at, e)
        print("clock", self.clock)
        for (thread, name), count in sorted(self.slices.items()):
            print("slice", thread, f"[{name}]", count, self.times[thread, name])
        for track, names in sorted(self.open.items()):
            for name, _ in names:
                print("open", self.tracks[track], f"[{name}]")
        for thread, name, stack in sorted(self.stacks):
            print("stack", thread, f"[{name}]", stack.replace("\n", ","))
        for thread, name in sorted(self.logs):
            print("log", thread, f"[{name}]")
        for name, values in sorted(self.counters.items()):
            print("counter", f"[{name}]", len(values), values[-1][1])
        print("flows", sum(len(tracks) > 1 for tracks in self.flows.values()))


def main():
    trace = Trace()
    with open(sys.argv[1], "rb") as file:
        for number, value, *_ in fields(file.read()):
            assert number == 1, "a trace is packets only"
            trace.packet(value)
    trace.report()


main()
