#!/usr/bin/env python3
"""Runs a program on a terminal of its own and talks to it.

usage: terminal.py [ROWSxCOLUMNS] PROGRAM [ARG...] <SCRIPT

Each line of the script is a text to wait for, a tab, and the keys to press then, both with Python's
escapes; an empty text waits for nothing. Prints what the program wrote, then "status N". A text that
does not come within three minutes ends it all: "missing TEXT", exit 1.
"""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time

PATIENCE_S = 180


class Terminal:
    def __init__(self, argv, rows, columns):
        self.text, self.seen = b'', 0
        ready, go = os.pipe()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.read(ready, 1)
            os.execvp(argv[0], argv)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))
        os.write(go, b'x')

    def read_more(self, until):
        """False at the end of the output, or when the time is over."""
        left = until - time.monotonic()
        if left <= 0 or not select.select([self.fd], [], [], left)[0]:
            return False
        try:
            piece = os.read(self.fd, 65536)
        except OSError:
            return False
        self.text += piece
        return bool(piece)

    def wait(self, wanted):
        until = time.monotonic() + PATIENCE_S
        while True:
            at = self.text.find(wanted, self.seen)
            if at >= 0:
                self.seen = at + len(wanted)
                return True
            if not self.read_more(until):
                return False

    def finish(self):
        until = time.monotonic() + PATIENCE_S
        while self.read_more(until):
            pass
        if time.monotonic() >= until:
            os.kill(self.pid, signal.SIGKILL)
        return os.waitpid(self.pid, 0)[1]


def unescape(text):
    return text.encode('latin-1', 'backslashreplace').decode('unicode_escape').encode('latin-1')


def main():
    args = sys.argv[1:]
    size = re.fullmatch(r'(\d+)x(\d+)', args[0])
    rows, columns = map(int, size.groups()) if size else (24, 80)
    terminal = Terminal(args[1:] if size else args, rows, columns)
    missing = None
    for line in sys.stdin.read().splitlines():
        wanted, _, keys = line.partition('\t')
        if not terminal.wait(unescape(wanted)):
            missing = wanted
            os.kill(terminal.pid, signal.SIGKILL)
            break
        os.write(terminal.fd, unescape(keys))
    status = terminal.finish()
    sys.stdout.write(terminal.text.decode('utf-8', 'replace').replace('\r', '\n'))
    print('\nstatus %d' % os.waitstatus_to_exitcode(status))
    if missing is not None:
        print('missing ' + missing)
    return 1 if missing is not None else 0


sys.exit(main())
