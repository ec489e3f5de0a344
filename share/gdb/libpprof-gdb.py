"""Goroutines of libpprof in gdb, live and from core files.

info goroutines          one line each: number, state, how long, where
goroutine N COMMAND      COMMAND with goroutine N's stack in front: goroutine 7 bt, goroutine all bt
goroutine N              until "goroutine 0": bt, frame, up, info locals are goroutine N's
gcore FILE               gdb's own, which stops at the first guard below a stack; goes on behind it

A parked goroutine's registers lie in its own memory; an unwinder answers with them for the innermost
frame of the selected thread. Nothing is written to the process. Loaded by itself when libpprof is
installed; in a build tree gdb prints the command that allows it (add-auto-load-safe-path FILE, in the
file it names), or: source share/gdb/libpprof-gdb.py
"""
import bisect
import struct

import gdb
import gdb.unwinder

STATES = {1: 'runnable', 2: 'running', 3: 'waiting', 4: 'syscall'}
FIELDS = ('version bytes g_pc g_sp g_fp g_seq g_state g_reason g_since g_id g_created_by g_created_pc '
          'g_fn g_has_name g_name g_from_end colours colour_step m_current m_tid m_next class_count class_stride '
          'class_chunk_count class_chunks chunk_stride chunk_start chunk_carved').split()
VERSION = 1
PAGE = 4096


def read(address, size):
    return bytes(gdb.selected_inferior().read_memory(address, size))


def word(address):
    return struct.unpack('<Q', read(address, 8))[0]


def text(address, most=64):
    try:
        return read(address, most).split(b'\0')[0].decode('utf-8', 'replace')
    except gdb.MemoryError:
        return ''


class Layout:
    """The library's own description of where things are."""

    def __init__(self):
        try:
            at = int(gdb.parse_and_eval('(unsigned long)&go_debug_layout'))
        except gdb.error:
            raise gdb.GdbError('no goroutines: libpprof is not in this process')
        for i, name in enumerate(FIELDS):
            setattr(self, name, struct.unpack('<I', read(at + 4 * i, 4))[0])
        if self.version != VERSION:
            raise gdb.GdbError('libpprof has layout %d, this script reads %d' % (self.version, VERSION))
        at += 4 * len(FIELDS)
        self.classes, self.class_bytes, self.first_m, self.clock = (word(at + 8 * i) for i in range(4))
        at += 32
        self.reasons = []
        while word(at):
            self.reasons.append(text(word(at)))
            at += 8


class Goroutine:
    def __init__(self, layout, at, bottom, end):
        self.bottom, self.end = bottom, end
        raw = read(at, layout.g_from_end)

        def number(offset, form):
            return struct.unpack_from('<' + form, raw, offset)[0]
        self.pc, self.sp, self.fp = (number(o, 'Q') for o in (layout.g_pc, layout.g_sp, layout.g_fp))
        self.at, self.id = at, number(layout.g_id, 'Q')
        self.state, self.reason = number(layout.g_state, 'B'), number(layout.g_reason, 'B')
        self.is_running = number(layout.g_seq, 'I') & 1
        self.since = number(layout.g_since, 'q')
        self.created_by, self.created_pc = number(layout.g_created_by, 'Q'), number(layout.g_created_pc, 'Q')
        self.fn = number(layout.g_fn, 'Q')
        self.name = text(at + layout.g_name, 32) if number(layout.g_has_name, 'B') else ''

    def status(self, layout):
        if self.state == 3 and self.reason < len(layout.reasons):
            age = (struct.unpack('<q', read(layout.clock, 8))[0] - self.since) // 10**9
            return layout.reasons[self.reason] + (', %d s' % age if age > 0 else '')
        return STATES.get(self.state, '?')


def goroutines(layout):
    for k in range(layout.class_count):
        at = layout.classes + k * layout.class_stride
        size = word(layout.class_bytes + 8 * k)
        for i in range(word(at + layout.class_chunk_count)):
            chunk = at + layout.class_chunks + i * layout.chunk_stride
            start, carved = word(chunk + layout.chunk_start), word(chunk + layout.chunk_carved)
            for slot in range(carved):
                end = start + (slot + 1) * size
                g = start + (slot + 1) * size - layout.g_from_end
                g -= slot % layout.colours * layout.colour_step
                try:
                    if read(g + layout.g_state, 1) != b'\0':
                        yield Goroutine(layout, g, end - size, end)
                except gdb.MemoryError:
                    continue


def all_goroutines(layout):
    """Those there are; when none can be seen, why that may be."""
    found = list(goroutines(layout))
    connection = getattr(gdb.selected_inferior(), 'connection', None)
    if not found and connection and connection.type == 'core':
        raise gdb.GdbError('no goroutines in this core file; one that gdb wrote without this script '
                           'loaded lacks their stacks')
    return found


def symbol(pc):
    block = gdb.execute('info symbol %d' % pc, to_string=True).strip()
    return hex(pc) if block.startswith('No symbol') else block.split(' in section')[0]


def thread_of(layout, g):
    m = word(layout.first_m)
    while m:
        if word(m + layout.m_current) == g.at:
            return struct.unpack('<i', read(m + layout.m_tid, 4))[0]
        m = word(m + layout.m_next)
    return 0


class Frame:
    def __init__(self, sp, pc):
        self.sp, self.pc = sp, pc


class Unwinder(gdb.unwinder.Unwinder):
    """Says that the caller of the thread's innermost frame is the chosen goroutine."""

    def __init__(self):
        super().__init__('goroutine')
        self.chosen = None
        self.real_sp = None

    def choose(self, g):
        self.chosen = None
        gdb.invalidate_cached_frames()
        if g:
            frame = gdb.newest_frame()
            arm = frame.architecture().name().startswith('aarch64')
            self.names = ('sp', 'pc', 'x29') if arm else ('rsp', 'rip', 'rbp')
            self.real_sp = int(frame.read_register(self.names[0]).cast(gdb.lookup_type('long')))
            self.chosen = g
            gdb.invalidate_cached_frames()

    def __call__(self, pending):
        g = self.chosen
        if not g:
            return None
        sp, pc, fp = (pending.read_register(name) for name in self.names)
        if int(sp.cast(gdb.lookup_type('long'))) != self.real_sp:
            return None
        # gdb wants callers further up: so this frame says that it lies just below the goroutine's.
        info = pending.create_unwind_info(Frame(gdb.Value(g.sp - 8).cast(sp.type), pc))
        for name, like, value in zip(self.names, (sp, pc, fp), (g.sp, g.pc, g.fp)):
            info.add_saved_register(name, gdb.Value(value).cast(like.type))
        return info


def first_of_goroutine():
    """The frame below those of the thread, and how many these are: one, and what is inlined in it."""
    frame, above = gdb.newest_frame(), 1
    while frame.type() == gdb.INLINE_FRAME:
        frame, above = frame.older(), above + 1
    return frame.older(), above


def first_of_program(first):
    """The innermost frame of the goroutine that is not the library's own."""
    frame = first
    while frame:
        table = frame.find_sal().symtab
        name = frame.name() or ''
        if not name.startswith(('pp_', 'go_')) and not (table and '/runtime/go/' in table.filename):
            return frame
        frame = frame.older()
    return first


class InfoGoroutines(gdb.Command):
    """Lists goroutines: number, state, how long, where."""

    def __init__(self):
        super().__init__('info goroutines', gdb.COMMAND_STACK)

    def invoke(self, _arg, _from_tty):
        layout = Layout()
        for g in all_goroutines(layout):
            where = 'on thread LWP %d' % thread_of(layout, g) if g.is_running else 'in ' + symbol(g.fn)
            name = ' (%s)' % g.name if g.name else ''
            print('goroutine %d%s [%s] %s, started at %s' % (
                g.id, name, g.status(layout), where, symbol(g.created_pc - 1)))


class GoroutineCommand(gdb.Command):
    """goroutine N|all [COMMAND]: the command with that goroutine's stack; goroutine 0: no more."""

    def __init__(self):
        super().__init__('goroutine', gdb.COMMAND_STACK)

    def invoke(self, arg, _from_tty):
        which, _, command = arg.strip().partition(' ')
        if which == '0':
            unwinder.choose(None)
            return
        layout = Layout()
        found = [g for g in all_goroutines(layout) if which == 'all' or str(g.id) == which]
        if not found:
            raise gdb.GdbError('no goroutine %s' % which)
        for g in found:
            self.run(layout, g, command, which == 'all')

    def run(self, layout, g, command, is_all):
        if g.is_running:
            print('goroutine %d runs on thread LWP %d' % (g.id, thread_of(layout, g)))
            return
        if is_all:
            print('goroutine %d [%s]:' % (g.id, g.status(layout)))
        unwinder.choose(g)
        if not command:
            return
        try:
            first, above = first_of_goroutine()
            first_of_program(first).select()
            out = gdb.execute(command, to_string=True)
        finally:
            unwinder.choose(None)
        threads = tuple('#%d ' % i for i in range(above))
        print('\n'.join(line for line in out.splitlines() if not line.startswith(threads)))


class CoreFile:
    """A core file that gdb has written: memory is put where its program headers say."""

    def __init__(self, file):
        self.file, self.loads = file, []
        head = file.read(64)
        offset, sections = struct.unpack_from('<QQ', head, 32)
        size, count = struct.unpack_from('<HH', head, 54)
        if count == 0xffff:  # too many for the field: the first section has the number
            file.seek(sections + 44)
            count, = struct.unpack('<I', file.read(4))
        file.seek(offset)
        for raw in (file.read(size) for _ in range(count)):
            kind, _, at, address, _, length = struct.unpack_from('<IIQQQQ', raw)
            if kind == 1 and length:
                self.loads.append((address, address + length, at))
        self.loads.sort()

    def put(self, address, data):
        i = bisect.bisect(self.loads, (address, 1 << 64, 0)) - 1
        if i >= 0 and address + len(data) <= self.loads[i][1]:
            self.file.seek(self.loads[i][2] + address - self.loads[i][0])
            self.file.write(data)


class Gcore(gdb.Command):
    """Writes a core file of the running process, with the stacks of all goroutines.

gdb reads memory in large pieces and leaves out the rest of a mapping when one cannot be read, and
below each goroutine's stack is a page that cannot."""

    def __init__(self):
        super().__init__('gcore', gdb.COMMAND_FILES, gdb.COMPLETE_FILENAME)

    def invoke(self, arg, _from_tty):
        path = arg.strip() or 'core.%d' % gdb.selected_inferior().pid
        gdb.execute('generate-core-file ' + path)
        try:
            layout = Layout()
        except gdb.GdbError:
            return
        with open(path, 'r+b') as file:
            core = CoreFile(file)
            for g in goroutines(layout):
                self.put_stack(core, g)

    def put_stack(self, core, g):
        """From its end down to where it stands; all there is of one that runs."""
        lowest = g.bottom if g.is_running else max(g.bottom, g.sp - 128)
        page = g.end - PAGE
        try:
            while page + PAGE > lowest:
                core.put(page, read(page, PAGE))
                page -= PAGE
        except gdb.MemoryError:
            pass  # its guard


# A dump asks threads that run by a signal (capture/thread_dump.c); gdb would stop at each.
gdb.execute('handle SIG63 nostop noprint pass', to_string=True)
unwinder = Unwinder()
gdb.unwinder.register_unwinder(None, unwinder, replace=True)
InfoGoroutines()
GoroutineCommand()
Gcore()
