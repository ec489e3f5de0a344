#if defined(__x86_64__)

#include "tool/attach/place.h"

#include "tool/symbolize/libdw.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

/* ---- names and numbers ----------------------------------------------------------------------- */

static const struct {
    const char *name;
    char what;
} functions[] = {
    { "malloc", PP_PLACE_MALLOC }, { "free", PP_PLACE_MALLOC }, { "calloc", PP_PLACE_MALLOC },
    { "realloc", PP_PLACE_MALLOC }, { "memalign", PP_PLACE_MALLOC },
    { "aligned_alloc", PP_PLACE_MALLOC }, { "posix_memalign", PP_PLACE_MALLOC },
    { "valloc", PP_PLACE_MALLOC }, { "pvalloc", PP_PLACE_MALLOC },
    { "malloc_trim", PP_PLACE_MALLOC }, { "malloc_info", PP_PLACE_MALLOC },
    { "malloc_stats", PP_PLACE_MALLOC }, { "mallinfo", PP_PLACE_MALLOC },
    { "mallinfo2", PP_PLACE_MALLOC }, { "mallopt", PP_PLACE_MALLOC },
    { "malloc_usable_size", PP_PLACE_MALLOC },
    { "pthread_cond_wait", PP_PLACE_WAIT }, { "pthread_cond_timedwait", PP_PLACE_WAIT },
    { "pthread_cond_clockwait", PP_PLACE_WAIT }, { "cnd_wait", PP_PLACE_WAIT },
    { "cnd_timedwait", PP_PLACE_WAIT }, { "pthread_join", PP_PLACE_WAIT },
    { "pthread_timedjoin_np", PP_PLACE_WAIT }, { "pthread_clockjoin_np", PP_PLACE_WAIT },
    { "sem_wait", PP_PLACE_WAIT }, { "sem_timedwait", PP_PLACE_WAIT },
    { "sem_clockwait", PP_PLACE_WAIT }, { "pthread_mutex_lock", PP_PLACE_WAIT },
    { "pthread_mutex_timedlock", PP_PLACE_WAIT }, { "pthread_barrier_wait", PP_PLACE_WAIT },
    { "pthread_rwlock_rdlock", PP_PLACE_WAIT }, { "pthread_rwlock_wrlock", PP_PLACE_WAIT },
    { "syscall", PP_PLACE_WAIT }, { "nanosleep", PP_PLACE_WAIT },
    { "clock_nanosleep", PP_PLACE_WAIT }, { "poll", PP_PLACE_WAIT },
    { "pthread_create", PP_PLACE_NEVER }, { "pthread_exit", PP_PLACE_NEVER },
    { "pthread_getattr_np", PP_PLACE_NEVER }, { "pthread_atfork", PP_PLACE_NEVER },
    { "__register_atfork", PP_PLACE_NEVER }, { "fork", PP_PLACE_NEVER },
    { "_Fork", PP_PLACE_NEVER }, { "vfork", PP_PLACE_NEVER }, { "posix_spawn", PP_PLACE_NEVER },
    { "posix_spawnp", PP_PLACE_NEVER }, { "setenv", PP_PLACE_NEVER },
    { "unsetenv", PP_PLACE_NEVER }, { "putenv", PP_PLACE_NEVER }, { "clearenv", PP_PLACE_NEVER },
    { "dl_iterate_phdr", PP_PLACE_NEVER }, { "dlopen", PP_PLACE_NEVER },
    { "dlclose", PP_PLACE_NEVER }, { "dlsym", PP_PLACE_NEVER }, { "abort", PP_PLACE_NEVER },
};

char pp_place_class(const char *function)
{
    for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
        if (strcmp(functions[i].name, function) == 0) {
            return functions[i].what;
        }
    }
    return 0;
}

static bool is_parking(long number)
{
    static const short calls[] = {
        SYS_read, SYS_write, SYS_readv, SYS_writev, SYS_pread64, SYS_pwrite64, SYS_recvfrom,
        SYS_recvmsg, SYS_recvmmsg, SYS_sendto, SYS_sendmsg, SYS_accept, SYS_accept4, SYS_connect,
        SYS_poll, SYS_ppoll, SYS_select, SYS_pselect6, SYS_epoll_wait, SYS_epoll_pwait,
        SYS_epoll_pwait2, SYS_nanosleep, SYS_clock_nanosleep, SYS_pause, SYS_rt_sigsuspend,
        SYS_rt_sigtimedwait, SYS_wait4, SYS_waitid, SYS_flock, SYS_fsync, SYS_fdatasync,
        SYS_semop, SYS_semtimedop, SYS_msgrcv, SYS_msgsnd, SYS_io_getevents,
    };
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        if (calls[i] == number) {
            return true;
        }
    }
    return false;
}

static bool is_ours(pid_t pid, pid_t tid)
{
    char path[64], name[32];
    (void)snprintf(path, sizeof(path), "/proc/%d/task/%d/status", (int)pid, (int)tid);
    return pp_status_field(path, "Name", name, sizeof(name)) && strncmp(name, "pprof-", 6) == 0;
}

int pp_place_guess(pid_t pid, pid_t tid)
{
    char path[64], text[64] = "";
    if (is_ours(pid, tid)) {
        return 0;
    }
    (void)snprintf(path, sizeof(path), "/proc/%d/task/%d/syscall", (int)pid, (int)tid);
    FILE *file = fopen(path, "re");
    if (file) {
        text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
        fclose(file);
    }
    char *end;
    long number = strtol(text, &end, 10);
    if (end == text) {
        return 1; /* "running", or not to be read */
    }
    bool may_wait = number == SYS_futex || number == SYS_restart_syscall;
    return is_parking(number) ? 2 : may_wait || number == -1 ? 1 : 0;
}

/* ---- frames ---------------------------------------------------------------------------------- */

enum { FRAMES_MAX = 256 };

struct frames {
    uintptr_t pcs[FRAMES_MAX]; /* a caller's is one less: inside the call */
    size_t count;
    bool is_whole;
};

struct pp_place {
    Dwfl *dwfl;
    pid_t pid, tid;
    const struct user_regs_struct *regs; /* of the thread being looked at */
};

/* What libdw asks of us about the one thread. It would use ptrace itself, and end the process when
 * that fails. */
static pid_t next_thread(Dwfl *dwfl, void *ctx, void **thread)
{
    struct pp_place *place = ctx;
    bool is_first = *thread == NULL;
    (void)dwfl;
    *thread = place;
    return is_first ? place->tid : 0;
}

static bool read_word(Dwfl *dwfl, Dwarf_Addr address, Dwarf_Word *word, void *ctx)
{
    struct pp_place *place = ctx;
    (void)dwfl;
    return pp_target_peek(place->pid, address, word, sizeof(*word));
}

static bool give_registers(Dwfl_Thread *thread, void *ctx)
{
    const struct user_regs_struct *r = ((struct pp_place *)ctx)->regs;
    const Dwarf_Word words[] = { r->rax, r->rdx, r->rcx, r->rbx, r->rsi, r->rdi, r->rbp, r->rsp,
                                 r->r8, r->r9, r->r10, r->r11, r->r12, r->r13, r->r14, r->r15,
                                 r->rip };
    return pp_libdw()->dwfl_thread_state_registers(thread, 0, sizeof(words) / sizeof(words[0]),
                                                   words);
}

static const Dwfl_Thread_Callbacks thread_callbacks = {
    .next_thread = next_thread,
    .memory_read = read_word,
    .set_initial_registers = give_registers,
};

static int no_debug_file(Dwfl_Module *module, void **user, const char *name, Dwarf_Addr base,
                         const char *file, const char *link, GElf_Word crc, char **debug_name)
{
    (void)module, (void)user, (void)name, (void)base, (void)file, (void)link, (void)crc;
    (void)debug_name;
    return -1;
}

static char *no_path;

struct pp_place *pp_place_new(pid_t pid)
{
    static Dwfl_Callbacks callbacks;
    const struct pp_libdw *dw = pp_libdw();
    struct pp_place *place = dw ? calloc(1, sizeof(*place)) : NULL;
    if (!place) {
        return NULL;
    }
    place->pid = pid;
    callbacks = (Dwfl_Callbacks){ .find_elf = dw->dwfl_linux_proc_find_elf,
                                  .find_debuginfo = no_debug_file, .debuginfo_path = &no_path };
    place->dwfl = dw->dwfl_begin(&callbacks);
    if (place->dwfl && dw->dwfl_linux_proc_report(place->dwfl, pid) == 0 &&
        dw->dwfl_report_end(place->dwfl, NULL, NULL) == 0 &&
        dw->dwfl_attach_state(place->dwfl, NULL, pid, &thread_callbacks, place)) {
        return place;
    }
    pp_place_free(place);
    return NULL;
}

void pp_place_free(struct pp_place *place)
{
    if (place && place->dwfl) {
        pp_libdw()->dwfl_end(place->dwfl);
    }
    free(place);
}

static int note_frame(Dwfl_Frame *frame, void *ctx)
{
    struct frames *frames = ctx;
    Dwarf_Addr pc;
    bool is_exact;
    if (!pp_libdw()->dwfl_frame_pc(frame, &pc, &is_exact) || frames->count == FRAMES_MAX) {
        return DWARF_CB_ABORT;
    }
    frames->pcs[frames->count++] = pc - !is_exact;
    return DWARF_CB_OK;
}

static void unwind(struct pp_place *place, pid_t tid, const struct user_regs_struct *regs,
                   struct frames *frames)
{
    *frames = (struct frames){ .count = 0 };
    if (place) {
        place->tid = tid;
        place->regs = regs;
        frames->is_whole =
            pp_libdw()->dwfl_getthread_frames(place->dwfl, tid, note_frame, frames) == 0;
    }
    if (frames->count == 0) {
        frames->pcs[frames->count++] = regs->rip;
    }
}

/* ---- judgement ------------------------------------------------------------------------------- */

static bool is_in(const struct pp_target *target, uintptr_t pc, char what)
{
    for (size_t i = 0; i < target->span_count; i++) {
        const struct pp_span *span = &target->spans[i];
        if (span->what == what && pc >= span->low && pc < span->high) {
            return true;
        }
    }
    return false;
}

/* The allocator is one object of libc, so its inner functions lie between those that it exports,
 * or next to them. */
static bool is_near_malloc(const struct pp_target *target, uintptr_t pc)
{
    enum { NEXT_TO_BYTES = 8 << 10 };
    uintptr_t low = UINTPTR_MAX, high = 0;
    for (size_t i = 0; i < target->span_count; i++) {
        const struct pp_span *span = &target->spans[i];
        if (span->what == PP_PLACE_MALLOC && is_in(target, span->low, PP_PLACE_LIBC)) {
            low = span->low < low ? span->low : low;
            high = span->high > high ? span->high : high;
        }
    }
    return is_in(target, pc, PP_PLACE_MALLOC) ||
           (low < high && pc + NEXT_TO_BYTES >= low && pc < high + NEXT_TO_BYTES);
}

static bool is_frame_safe(const struct pp_target *target, uintptr_t pc)
{
    return !is_in(target, pc, PP_PLACE_LOADER) && !is_near_malloc(target, pc) &&
           !is_in(target, pc, PP_PLACE_NEVER) && pc - (target->restore - 1) > 16;
}

static bool are_frames_safe(const struct pp_target *target, const struct frames *frames)
{
    for (size_t i = 0; i < frames->count; i++) {
        if (!is_frame_safe(target, frames->pcs[i])) {
            return false;
        }
    }
    return true;
}

static bool waits_in_libc(const struct pp_target *target, const struct frames *frames)
{
    for (size_t i = 0; i < frames->count && is_in(target, frames->pcs[i], PP_PLACE_LIBC); i++) {
        if (is_in(target, frames->pcs[i], PP_PLACE_WAIT)) {
            return true;
        }
    }
    return false;
}

/* What its innermost function is doing. Running code must lie in a file: that of a just-in-time
 * compiler, or the vdso, says nothing about its callers. */
static bool is_top_safe(const struct pp_target *target, const struct frames *frames,
                        const struct user_regs_struct *regs)
{
    long number = (long)regs->orig_rax;
    if (is_in(target, regs->rip, PP_PLACE_LIBC)) {
        bool may_wait = number == SYS_futex || number == SYS_restart_syscall;
        return is_parking(number) || (may_wait && waits_in_libc(target, frames));
    }
    for (size_t i = 0; i < frames->count; i++) {
        if (is_in(target, frames->pcs[i], PP_PLACE_PPROF)) {
            return false;
        }
    }
    const struct pp_mapping *map = pp_target_mapping(target, regs->rip);
    return frames->is_whole && map && map->executable && map->path[0] == '/';
}

/* Room for a signal frame below the stack pointer, and no stack of another kind. */
static bool has_room(const struct pp_target *target, const struct user_regs_struct *regs)
{
    enum { WANTED_BYTES = 12 << 10 };
    const struct pp_mapping *map = pp_target_mapping(target, regs->rsp);
    return map && map->writable && regs->rsp - map->start >= WANTED_BYTES;
}

bool pp_place_is_safe(struct pp_place *place, const struct pp_target *target, pid_t tid,
                      const struct user_regs_struct *regs)
{
    struct frames frames;
    if (regs->cs != 0x33 || !has_room(target, regs)) {
        return false;
    }
    unwind(place, tid, regs, &frames);
    return are_frames_safe(target, &frames) && is_top_safe(target, &frames, regs);
}

#endif
