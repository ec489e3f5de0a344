#!/usr/bin/env python3
"""Compares libpprof's thread dump with gdb's backtraces, frame by frame.

usage: stacks.py PROGRAM DUMP GDB_OUTPUT MAIN_TID

Only functions of the program count: from the caller of the blocking call to the thread's start
routine. Prints each difference; exit 1 when there is one, 2 when there was nothing to compare.
"""
import re
import subprocess
import sys


def program_functions(program):
    text = subprocess.run(['nm', program], capture_output=True, text=True, check=True).stdout
    return {line.split()[2] for line in text.splitlines() if re.match(r'\S+ [tTwW] ', line)}


def ours(path):
    """thread id -> (function names, whole)"""
    threads, names = {}, None
    for line in open(path):
        head = re.match(r'goroutine (\d+) \[', line)
        if head:
            names = threads.setdefault(int(head[1]), [])
        elif line.startswith('created by') or line.startswith('\t'):
            continue
        elif line.startswith('...'):
            names.append('...')
        elif line.strip():
            names.append(line.split('(')[0])
    return threads


def gdbs(path):
    threads, names = {}, None
    for line in open(path):
        head = re.match(r'Thread \d+ \(.*LWP (\d+)\)', line)
        frame = re.match(r'#\d+\s+(?:0x[0-9a-f]+ in )?([^ (]+) ', line)
        if head:
            names = threads.setdefault(int(head[1]), [])
        elif frame and names is not None:
            names.append(frame[1])
    return threads


def main():
    program, dump, backtraces, main_tid = sys.argv[1:]
    functions = program_functions(program) - {'_start', 'main'}
    left, right = ours(dump), gdbs(backtraces)
    compared = different = 0
    for tid in sorted(right):
        if tid == int(main_tid):
            continue
        want = [name for name in right[tid] if name in functions]
        got = [name for name in left.get(tid, []) if name in functions or name == '...']
        if not want:
            continue  # a thread of the library's own
        compared += 1
        if got != want:
            different += 1
            print(f'thread {tid}: libpprof {got}, gdb {want}')
    print(f'{compared} threads compared, {different} different')
    sys.exit(2 if compared == 0 else 1 if different else 0)


main()
