#!/usr/bin/env python3
"""CPU time of a server per request, alone and under profilers, as rows for stats.py.

usage: requests.py redis|sqlite BUILD_DIR [STARTS [QUADS [VARIANT...]]]

Drift of the machine is larger than what is looked for, and so is chance in how a process is laid
out. So each start brings up one process of every variant at once; then short bursts of the same
requests go to them by turns, forth and back (a quad: A B B A, the next B A A B), on one processor,
the client on another; and a start's ratio is the median of its quads. Only the server's time on the processor
counts, all threads of it, read in nanoseconds while it is idle. Rows: "START.QUAD VARIANT US".

Variants: alone; pprof (every profile at its default rate, and the server); pprof-cpu (a CPU profile
is taken all the time besides); jemalloc-prof, gperftools (their sampling at the same rate; left out
where they are not installed).
"""
import ctypes
import functools
import glob
import itertools
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

SERVER_CPU, CLIENT_CPU = 1, 0
PATIENCE_S = 20


PEERS = {'jemalloc-prof': 'libjemalloc.so.2', 'gperftools': 'libtcmalloc.so.4'}
PR_SET_PDEATHSIG = 1


def library(name):
    """The file that the loader would take for this library; None where there is none."""
    listed = subprocess.run(['ldconfig', '-p'], capture_output=True, text=True, check=True).stdout
    found = re.search(r'%s.* => (\S+)' % re.escape(name), listed)
    return found and found[1]


def command(variant, build, directory, words):
    """The words and the environment that start a program in this variant."""
    environment = dict(os.environ)
    run = [build + '/pprof', 'run', '--quiet', '--http=127.0.0.1:0']
    if variant == 'pprof':
        words = run + ['--'] + words
    elif variant == 'pprof-cpu':
        words = run + ['-o', directory + '/out', '--'] + words
    elif variant == 'jemalloc-prof':
        environment['LD_PRELOAD'] = library(PEERS[variant])
        environment['MALLOC_CONF'] = ('prof:true,prof_active:true,lg_prof_sample:19,prof_prefix:' +
                                      directory + '/je')
    elif variant == 'gperftools':
        environment['LD_PRELOAD'] = library(PEERS[variant])
        environment['TCMALLOC_SAMPLE_PARAMETER'] = '524288'
    elif variant != 'alone':
        sys.exit('requests: no variant %s' % variant)
    return words, environment


def prepare_child():
    """On a processor of its own; gone when this program is."""
    os.sched_setaffinity(0, {SERVER_CPU})
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def cpu_ns(pid):
    """Of all threads that live; exact, since none of them is running."""
    return sum(int(open(path).read().split()[0])
               for path in glob.glob('/proc/%d/task/*/schedstat' % pid))


class Program:
    """A process under measurement; burst() sends it the same requests each time."""

    def __init__(self, variant, build, words, **streams):
        self.directory = tempfile.mkdtemp()
        words, environment = command(variant, build, self.directory, words)
        self.process = subprocess.Popen(words, env=environment, cwd=self.directory,
                                        preexec_fn=prepare_child, **streams)

    def us_per_request(self):
        before = cpu_ns(self.process.pid)
        count = self.burst()
        return (cpu_ns(self.process.pid) - before) / count / 1e3

    def end(self):
        self.process.terminate()
        self.process.wait(PATIENCE_S)
        shutil.rmtree(self.directory)


def redis_words(*words):
    """A request as client libraries send it."""
    return b'*%d\r\n' % len(words) + b''.join(b'$%d\r\n%s\r\n' % (len(word), word.encode())
                                             for word in words)


def redis_request(chance):
    key = chance.randrange(Redis.KEYS)
    return redis_words(*chance.choice([
        ('SET', 'key:%d' % key, 'v' * chance.randrange(20, 400)), ('GET', 'key:%d' % key),
        ('LPUSH', 'list:%d' % (key % 100), 'e' * 200), ('LPOP', 'list:%d' % (key % 100)),
    ]))


@functools.cache
def redis_batches():
    chance = random.Random(1)
    return [b''.join(redis_request(chance) for _ in range(Redis.BATCH)) + redis_words('PING')
            for _ in range(Redis.BATCHES)]


class Redis(Program):
    """A few connections by turns, each with a batch of commands and a wait for all replies: how
    many requests the server finds at a time is then never left to chance. A burst is a quarter of
    the batches, and every variant gets the next quarter each time."""
    BATCHES, BATCH, CONNECTIONS, KEYS = 400, 100, 20, 100000
    BURST = 100
    WARM_UP = 8

    def __init__(self, variant, build):
        with socket.create_server(('127.0.0.1', 0)) as probe:
            port = probe.getsockname()[1]
        super().__init__(
            variant, build,
            ['redis-server', '--port', str(port), '--bind', '127.0.0.1', '--save', '',
             '--appendonly', 'no'],
            stdout=subprocess.DEVNULL)
        self.batches = itertools.cycle(redis_batches())
        self.connections = [self.connect(port) for _ in range(self.CONNECTIONS)]

    def connect(self, port):
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                return socket.create_connection(('127.0.0.1', port))
            except ConnectionError:
                if time.monotonic() > deadline:
                    sys.exit('requests: redis-server does not answer')
                time.sleep(0.005)

    def burst(self):
        for i in range(self.BURST):
            connection = self.connections[i % self.CONNECTIONS]
            connection.sendall(next(self.batches))
            reply = b''
            while not reply.endswith(b'+PONG\r\n'):
                reply = reply[-8:] + connection.recv(65536)
        return self.BURST * self.BATCH

    def end(self):
        for connection in self.connections:
            connection.close()
        super().end()


class Sqlite(Program):
    """The shell over a database in memory; statements are read from a file, so that no pipe's
    filling and no waking is measured. It writes to a terminal: to a pipe it would keep all back."""
    WARM_UP = 2
    STATEMENTS = 8000
    ROWS = 20000

    def __init__(self, variant, build):
        self.screen, terminal = os.openpty()
        super().__init__(variant, build, ['sqlite3', ':memory:'], stdin=subprocess.PIPE,
                         stdout=terminal)
        os.close(terminal)
        self.statements = self.directory + '/burst.sql'
        with open(self.statements, 'w') as file:
            file.writelines(self.statement(random.Random(i)) for i in range(self.STATEMENTS))
        self.ask('CREATE TABLE item(key INTEGER PRIMARY KEY, name TEXT, size INT);'
                 'CREATE INDEX item_size ON item(size);'
                 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)'
                 "INSERT INTO item SELECT i, printf('item-%%d-%%s', i, hex(i * 7919)), "
                 'i * 7919 %% 5000 FROM n;' % self.ROWS)

    def statement(self, chance):
        key, size = chance.randrange(self.ROWS), chance.randrange(5000)
        return chance.choice([
            'SELECT name, size FROM item WHERE key = %d;\n' % key,
            'SELECT count(*), max(name) FROM item WHERE size BETWEEN %d AND %d;\n'
            % (size, size + 5),
            "UPDATE item SET name = 'renamed-%d-%d', size = %d WHERE key = %d;\n"
            % (key, size, size, key),
            "REPLACE INTO item VALUES(%d, 'replaced-%s', %d);\n" % (key, 'x' * (size % 90), size),
            'SELECT name FROM item WHERE size = %d ORDER BY name DESC;\n' % size,
        ])

    def ask(self, line):
        """Has the shell run a line, and waits until it has."""
        self.process.stdin.write((line + '\n.output\n.print over\n').encode())
        self.process.stdin.flush()
        seen = b''
        while b'over' not in seen:
            seen = seen[-8:] + os.read(self.screen, 4096)
        time.sleep(0.002)  # until it sleeps in its read

    def burst(self):
        self.ask('.output /dev/null\n.read ' + self.statements)
        return self.STATEMENTS

    def end(self):
        super().end()
        self.process.stdin.close()
        os.close(self.screen)


def one_start(kind, build, start, quads, variants):
    programs = [(variant, kind(variant, build)) for variant in variants]
    if start % 2:
        programs.reverse()
    for _, program in programs:
        for _ in range(program.WARM_UP):
            program.burst()
    for quad in range(quads):
        turn = programs[quad % len(programs):] + programs[:quad % len(programs)]
        for variant, program in turn + turn[::-1]:
            print('%d.%d %s %.5f' % (start, quad, variant, program.us_per_request()), flush=True)
    for _, program in programs:
        program.end()


def main():
    words = sys.argv[1:]
    kinds = {'redis': Redis, 'sqlite': Sqlite}
    if len(words) < 2 or words[0] not in kinds:
        sys.exit(__doc__)
    starts, quads = (int(word) for word in (words[2:4] + ['40', '6'][len(words[2:4]):]))
    variants = [variant for variant in words[4:] or ['alone', 'pprof']
                if variant not in PEERS or library(PEERS[variant])]
    os.sched_setaffinity(0, {CLIENT_CPU})
    for start in range(starts):
        one_start(kinds[words[0]], os.path.abspath(words[1]), start, quads, variants)
        print('%s: start %d of %d' % (words[0], start + 1, starts), file=sys.stderr)


main()
