#include "runtime/capture/thread_proc.h"

#include "base/sys.h"
#include "base/table.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>

int pp_proc_open(void)
{
    return (int)pp_sys_call(SYS_openat, AT_FDCWD, (long)"/proc/self/task",
                            O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0, 0, 0);
}

void pp_proc_close(int dir)
{
    pp_sys_close(dir);
}

/* ---- small files ---- */

static void put_path(char *to, pid_t tid, const char *file)
{
    char digits[12];
    size_t n = 0;
    do {
        digits[n++] = (char)('0' + tid % 10);
        tid /= 10;
    } while (tid);
    while (n) {
        *to++ = digits[--n];
    }
    *to++ = '/';
    strcpy(to, file);
}

/* One read: these files come whole. The text's length or a negative errno value. */
static long read_file(int dir, pid_t tid, const char *file, char *buf, size_t cap)
{
    char path[32];
    put_path(path, tid, file);
    long fd = pp_sys_call(SYS_openat, dir, (long)path, O_RDONLY | O_CLOEXEC, 0, 0, 0);
    if (fd < 0) {
        return fd;
    }
    long got;
    do {
        got = pp_sys_call(SYS_read, fd, (long)buf, (long)cap - 1, 0, 0, 0);
    } while (got == -EINTR);
    pp_sys_close((int)fd);
    if (got >= 0) {
        buf[got] = '\0';
    }
    return got;
}

/* ---- numbers in text ---- */

static int digit_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return 16;
}

/* A decimal or 0x number behind blanks. False when there is none. */
static bool next_number(const char **at, uint64_t *value)
{
    const char *p = *at;
    while (*p == ' ' || *p == '\t') {
        p++;
    }
    bool minus = *p == '-';
    p += minus;
    uint64_t base = p[0] == '0' && p[1] == 'x' ? 16 : 10;
    p += base == 16 ? 2 : 0;
    if ((uint64_t)digit_value(*p) >= base) {
        return false;
    }
    uint64_t sum = 0;
    for (; (uint64_t)digit_value(*p) < base; p++) {
        sum = sum * base + (uint64_t)digit_value(*p);
    }
    *value = minus ? -sum : sum;
    *at = p;
    return true;
}

/* ---- one thread ---- */

/* "running", "-1 SP PC" or "NUMBER ARG x 6 SP PC". */
static enum pp_proc_state parse_call(const char *text, struct pp_proc_look *look)
{
    uint64_t numbers[9];
    size_t n = 0;
    while (n < 9 && next_number(&text, &numbers[n])) {
        n++;
    }
    if (n < 3) {
        return PP_PROC_RUNNING;
    }
    look->call = (long)numbers[0];
    look->sp = numbers[n - 2];
    look->pc = numbers[n - 1];
    for (size_t i = 1; i + 2 < n && i <= 6; i++) {
        look->args[i - 1] = numbers[i];
    }
    return PP_PROC_BLOCKED;
}

const char *pp_proc_stat_field(const char *stat, int number)
{
    const char *at = strrchr(stat, ')'); /* the end of the second field */
    for (int field = 2; at && field < number; field++) {
        at = strchr(at + 1, ' ');
    }
    return at ? at + 1 : NULL;
}

/* Where "syscall" may not be read. */
static enum pp_proc_state state_letter(int dir, pid_t tid)
{
    char text[512];
    long got = read_file(dir, tid, "stat", text, sizeof(text));
    const char *state = got > 0 ? pp_proc_stat_field(text, PP_STAT_STATE) : NULL;
    if (!state) {
        return PP_PROC_GONE;
    }
    return *state == 'R' ? PP_PROC_RUNNING : PP_PROC_BLOCKED;
}

void pp_proc_look(int dir, pid_t tid, struct pp_proc_look *look)
{
    char text[256];
    memset(look, 0, sizeof(*look));
    look->call = -1;
    long got = read_file(dir, tid, "syscall", text, sizeof(text));
    if (got == -ENOENT || got == -ESRCH || got == 0) {
        look->state = PP_PROC_GONE;
    } else if (got < 0) {
        look->state = state_letter(dir, tid);
    } else {
        look->line_hash = pp_hash_bytes(text, (size_t)got);
        look->state = parse_call(text, look);
    }
}

bool pp_proc_turns(int dir, pid_t tid, uint64_t *turns)
{
    char text[128];
    const char *at = text;
    uint64_t ran, waited;
    return read_file(dir, tid, "schedstat", text, sizeof(text)) > 0 && next_number(&at, &ran) &&
           next_number(&at, &waited) && next_number(&at, turns) && (ran || *turns);
}

void pp_proc_name(int dir, pid_t tid, char name[16])
{
    char text[64];
    long got = read_file(dir, tid, "comm", text, sizeof(text));
    size_t len = got > 0 ? (size_t)got : 0;
    if (len && text[len - 1] == '\n') {
        len--;
    }
    len = len > 15 ? 15 : len;
    memcpy(name, text, len);
    name[len] = '\0';
}

bool pp_proc_blocks(int dir, pid_t tid, int signal)
{
    char text[4096];
    if (read_file(dir, tid, "status", text, sizeof(text)) <= 0) {
        return true;
    }
    const char *line = strstr(text, "\nSigBlk:");
    uint64_t mask = 0;
    if (!line) {
        return true;
    }
    for (line += 8; *line == ' ' || *line == '\t'; line++) {
    }
    for (; digit_value(*line) < 16; line++) {
        mask = mask << 4 | (uint64_t)digit_value(*line);
    }
    return mask >> (signal - 1) & 1;
}

/* ---- the list ---- */

struct entry {
    uint64_t inode;
    int64_t offset;
    uint16_t size;
    uint8_t type;
    char name[];
};

size_t pp_proc_list(int dir, pid_t *tids, size_t cap)
{
    static _Alignas(8) char buf[16 << 10]; /* under the caller's lock */
    size_t count = 0;
    long got;
    pp_sys_call(SYS_lseek, dir, 0, 0 /* SEEK_SET */, 0, 0, 0);
    while ((got = pp_sys_call(SYS_getdents64, dir, (long)buf, sizeof(buf), 0, 0, 0)) > 0) {
        for (long at = 0; at < got;) {
            const struct entry *entry = (const struct entry *)(const void *)(buf + at);
            const char *text = entry->name;
            uint64_t tid;
            if (next_number(&text, &tid)) {
                if (count < cap) {
                    tids[count] = (pid_t)tid;
                }
                count++;
            }
            at += entry->size;
        }
    }
    return count;
}

/* ---- reasons ---- */

static const struct {
    long call;
    enum pp_wait_reason reason;
} reasons[] = {
    { SYS_read, PP_WAIT_IO },           { SYS_write, PP_WAIT_IO },
    { SYS_pread64, PP_WAIT_IO },        { SYS_pwrite64, PP_WAIT_IO },
    { SYS_readv, PP_WAIT_IO },          { SYS_writev, PP_WAIT_IO },
    { SYS_preadv, PP_WAIT_IO },         { SYS_pwritev, PP_WAIT_IO },
    { SYS_recvfrom, PP_WAIT_IO },       { SYS_sendto, PP_WAIT_IO },
    { SYS_recvmsg, PP_WAIT_IO },        { SYS_sendmsg, PP_WAIT_IO },
    { SYS_recvmmsg, PP_WAIT_IO },       { SYS_sendmmsg, PP_WAIT_IO },
    { SYS_accept, PP_WAIT_IO },         { SYS_accept4, PP_WAIT_IO },
    { SYS_connect, PP_WAIT_IO },        { SYS_ppoll, PP_WAIT_IO },
    { SYS_epoll_pwait, PP_WAIT_IO },    { SYS_openat, PP_WAIT_IO },
    { SYS_fsync, PP_WAIT_IO },          { SYS_fdatasync, PP_WAIT_IO },
    { SYS_splice, PP_WAIT_IO },         { SYS_sendfile, PP_WAIT_IO },
    { SYS_preadv2, PP_WAIT_IO },        { SYS_pwritev2, PP_WAIT_IO },
    { SYS_copy_file_range, PP_WAIT_IO }, { SYS_vmsplice, PP_WAIT_IO },
    { SYS_tee, PP_WAIT_IO },            { SYS_sync_file_range, PP_WAIT_IO },
    { SYS_syncfs, PP_WAIT_IO },         { SYS_msync, PP_WAIT_IO },
    { SYS_close, PP_WAIT_IO },          { SYS_getrandom, PP_WAIT_IO },
    { SYS_mq_timedreceive, PP_WAIT_IO }, { SYS_mq_timedsend, PP_WAIT_IO },
    { SYS_msgrcv, PP_WAIT_IO },         { SYS_msgsnd, PP_WAIT_IO },
    { SYS_pselect6, PP_WAIT_SELECT },   { SYS_nanosleep, PP_WAIT_SLEEP },
    { SYS_clock_nanosleep, PP_WAIT_SLEEP }, { SYS_futex, PP_WAIT_FUTEX },
    { SYS_wait4, PP_WAIT_CHILD },       { SYS_waitid, PP_WAIT_CHILD },
    { SYS_rt_sigtimedwait, PP_WAIT_SIGNAL }, { SYS_rt_sigsuspend, PP_WAIT_SIGNAL },
    { SYS_flock, PP_WAIT_LOCKFILE },    { SYS_fcntl, PP_WAIT_LOCKFILE },
    { SYS_semop, PP_WAIT_SEMAPHORE },   { SYS_semtimedop, PP_WAIT_SEMAPHORE },
    { SYS_restart_syscall, PP_WAIT_SYSCALL },
#ifdef SYS_poll /* the older half of the calls, which newer processors lack */
    { SYS_poll, PP_WAIT_IO },           { SYS_epoll_wait, PP_WAIT_IO },
    { SYS_open, PP_WAIT_IO },           { SYS_select, PP_WAIT_SELECT },
    { SYS_pause, PP_WAIT_SIGNAL },
#endif
#ifdef SYS_epoll_pwait2
    { SYS_epoll_pwait2, PP_WAIT_IO },
#endif
#ifdef SYS_futex_waitv
    { SYS_futex_waitv, PP_WAIT_FUTEX },
#endif
#ifdef SYS_io_uring_enter
    { SYS_io_uring_enter, PP_WAIT_IO },
#endif
};

enum pp_wait_reason pp_proc_reason(long call)
{
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
        if (reasons[i].call == call) {
            return reasons[i].reason;
        }
    }
    return PP_WAIT_SYSCALL;
}
