"""Holds a file back from whoever opens it, until its own standard input ends. usage: held_file.py FILE

Says "held" once the file is held, or exits 1 where the kernel or the file system has no leases.
"""
import fcntl
import signal
import sys

signal.signal(signal.SIGIO, signal.SIG_IGN)  # somebody wants the file: let them wait
with open(sys.argv[1], "r+b") as held:
    try:
        fcntl.fcntl(held, fcntl.F_SETLEASE, fcntl.F_WRLCK)
    except OSError as error:
        sys.exit(f"no leases here: {error}")
    print("held", flush=True)
    sys.stdin.read()
    fcntl.fcntl(held, fcntl.F_SETLEASE, fcntl.F_UNLCK)
