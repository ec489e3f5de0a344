"""Calls the extension that leaks. usage: main.py DIRECTORY-OF-THE-EXTENSION COUNT"""
import sys

sys.path.insert(0, sys.argv[1])
import leaky  # noqa: E402

for _ in range(int(sys.argv[2])):
    leaky.leak()
print("done", flush=True)
sys.stdin.readline()
