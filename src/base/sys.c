/* Linux system calls behind sys.h. They go through raw instructions rather than libc's wrappers
 * because libpprof interposes some of those (read, nanosleep, ...) and because a raw call leaves
 * errno alone. */
#include "base/sys.h"

#include "base/atomic.h"
#include "base/sys_valgrind.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#if defined(__x86_64__)
long pp_sys_call(long number, long a, long b, long c, long d, long e, long f)
{
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}
#elif defined(__aarch64__)
long pp_sys_call(long number, long a, long b, long c, long d, long e, long f)
{
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    register long x5 __asm__("x5") = f;
    __asm__ volatile("svc 0"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                     : "memory");
    return x0;
}
#else
#error "pprof-c knows x86-64 and aarch64"
#endif

static bool failed(long result)
{
    return result < 0 && result >= -4095;
}

/* ---- our own ranges: a slot is taken by its start, which is stored last and cleared first ---- */

static struct pp_sys_range own[PP_SYS_RANGES_MAX];
static uint32_t own_used; /* slots at and above it were never taken */

static void note_own(uintptr_t start, size_t bytes)
{
    for (uint32_t i = 0; i < PP_SYS_RANGES_MAX; i++) {
        uintptr_t empty = 0;
        if (pp_load_relaxed(&own[i].start) == 0 && pp_cas(&own[i].start, &empty, (uintptr_t)1)) {
            uint32_t used = pp_load_relaxed(&own_used);
            while (used < i + 1 && !pp_cas(&own_used, &used, i + 1)) {
            }
            pp_store_release(&own[i].limit, start + bytes);
            pp_store_release(&own[i].start, start);
            return;
        }
    }
}

static void forget_own(uintptr_t start)
{
    uint32_t used = pp_load_relaxed(&own_used);
    for (uint32_t i = 0; i < used; i++) {
        uintptr_t expected = start;
        if (pp_load_relaxed(&own[i].start) == start &&
            pp_cas(&own[i].start, &expected, (uintptr_t)0)) {
            return;
        }
    }
}

size_t pp_sys_own_ranges(struct pp_sys_range ranges[PP_SYS_RANGES_MAX])
{
    size_t count = 0;
    uint32_t used = pp_load_relaxed(&own_used);
    for (uint32_t i = 0; i < used; i++) {
        struct pp_sys_range range = { pp_load_acquire(&own[i].start),
                                      pp_load_acquire(&own[i].limit) };
        if (range.start > 1 && pp_load_relaxed(&own[i].start) == range.start) {
            ranges[count++] = range; /* neither free, nor given to another range meanwhile */
        }
    }
    return count;
}

static void *map(size_t bytes, int flags, int protection)
{
    long result = pp_sys_call(SYS_mmap, 0, (long)bytes, protection,
                              MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
    if (failed(result)) {
        return NULL;
    }
    note_own((uintptr_t)result, bytes);
    return (void *)result;
}

void *pp_sys_map(size_t bytes)
{
    return map(bytes, 0, PROT_READ | PROT_WRITE);
}

/* After mlockall(MCL_FUTURE) a mapping is born locked, and filled with memory at once if it can be
 * accessed. */
void *pp_sys_reserve(size_t bytes)
{
    void *start = map(bytes, MAP_NORESERVE, PROT_NONE);
    if (!start) {
        return NULL;
    }
    pp_sys_call(SYS_munlock, (long)start, (long)bytes, 0, 0, 0, 0);
    long refused = pp_sys_call(SYS_mprotect, (long)start, (long)bytes, PROT_READ | PROT_WRITE, 0, 0,
                               0); /* RLIMIT_DATA counts what can be written */
    if (refused) {
        pp_sys_unmap(start, bytes);
        start = NULL;
    }
    return start;
}

static size_t reserve_cap = SIZE_MAX;
static bool reserve_was_cut;

void pp_sys_reserve_cap(size_t bytes)
{
    reserve_cap = bytes;
}

void *pp_sys_reserve_some(size_t *bytes, size_t least)
{
    for (size_t size = *bytes; size >= least; size /= 2) {
        void *start = size <= reserve_cap ? pp_sys_reserve(size) : NULL;
        if (start) {
            *bytes = size;
            return start;
        }
        reserve_was_cut = true;
    }
    return NULL;
}

bool pp_sys_reserve_was_cut(void)
{
    return reserve_was_cut;
}

void pp_sys_unmap(void *start, size_t bytes)
{
    forget_own((uintptr_t)start);
    pp_sys_call(SYS_munmap, (long)start, (long)bytes, 0, 0, 0, 0);
}

void pp_sys_discard(void *start, size_t bytes)
{
    pp_sys_call(SYS_madvise, (long)start, (long)bytes, MADV_DONTNEED, 0, 0, 0);
}

void pp_sys_prefer_huge(void *start, size_t bytes)
{
    pp_sys_call(SYS_madvise, (long)start, (long)bytes, MADV_HUGEPAGE, 0, 0, 0);
}

void pp_sys_dont_fork(void *start, size_t bytes)
{
    pp_sys_call(SYS_madvise, (long)start, (long)bytes, MADV_DONTFORK, 0, 0, 0);
}

size_t pp_sys_page_size(void)
{
    static size_t size; /* whoever comes first writes what all others would */
    size_t known = pp_load_relaxed(&size);
    if (!known) {
        known = (size_t)sysconf(_SC_PAGESIZE);
        pp_store_relaxed(&size, known);
    }
    return known;
}

static uint32_t probes_not;

void pp_sys_allow_probing(bool allowed)
{
    pp_store(&probes_not, !allowed);
}

bool pp_sys_readable(const void *address)
{
    return !pp_load_relaxed(&probes_not) && pp_sys_probe(address);
}

bool pp_sys_probe(const void *address)
{
    /* An impossible `how` makes the kernel copy the set in and then refuse: EINVAL when the 8
     * bytes were readable, EFAULT when not. The signal mask is never changed. */
    if (pp_unlikely(pp_valgrind_is_here())) { /* which says that on standard error each time */
        uint64_t word;
        return address && pp_sys_copy_safe(&word, address, sizeof(word)) == sizeof(word);
    }
    return address && pp_sys_call(SYS_rt_sigprocmask, 0x7fff, (long)address, 0, 8, 0, 0) != -EFAULT;
}

ssize_t pp_sys_copy_safe(void *to, const void *from, size_t len)
{
    struct iovec local = { to, len };
    struct iovec remote = { (void *)(uintptr_t)from, len };
    return pp_sys_call(SYS_process_vm_readv, pp_sys_pid(), (long)&local, 1, (long)&remote, 1, 0);
}

static int64_t clock_ns(clockid_t clock)
{
    struct timespec now;
    if (clock_gettime(clock, &now) != 0) {
        return 0;
    }
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t pp_sys_monotonic_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

int64_t pp_sys_monotonic_coarse_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC_COARSE);
}

int64_t pp_sys_wall_ns(void)
{
    return clock_ns(CLOCK_REALTIME);
}

void pp_sys_sleep_ns(int64_t ns)
{
    struct timespec left = { ns / 1000000000, ns % 1000000000 };
    while (pp_sys_call(SYS_nanosleep, (long)&left, (long)&left, 0, 0, 0, 0) == -EINTR) {
    }
}

pid_t pp_sys_pid(void)
{
    return (pid_t)pp_sys_call(SYS_getpid, 0, 0, 0, 0, 0, 0);
}

pid_t pp_sys_tid(void)
{
    return (pid_t)pp_sys_call(SYS_gettid, 0, 0, 0, 0, 0, 0);
}

/* Weak: absent in musl. (cmake/archive_link.S brings them into static programs.) */
extern const char *gnu_get_libc_version(void) __attribute__((weak));
extern int __register_atfork(void (*before)(void), void (*parent)(void), void (*child)(void),
                             void *dso) __attribute__((weak));
extern void *__dso_handle __attribute__((visibility("hidden")));

bool pp_sys_is_glibc(void)
{
    return gnu_get_libc_version != NULL;
}

void pp_sys_at_fork(void (*before)(void), void (*parent)(void), void (*child)(void))
{
    if (__register_atfork) {
        (void)__register_atfork(before, parent, child, __dso_handle);
    }
}

uint64_t pp_sys_limit(int resource)
{
    struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };
    pp_sys_call(SYS_prlimit64, 0, resource, 0, (long)&limit, 0, 0);
    return limit.rlim_cur;
}

int pp_sys_tgkill(pid_t tid, int signal)
{
    return (int)pp_sys_call(SYS_tgkill, pp_sys_pid(), tid, signal, 0, 0, 0);
}

int pp_sys_futex_wait(uint32_t *word, uint32_t value, int64_t timeout_ns)
{
    struct timespec timeout = { timeout_ns / 1000000000, timeout_ns % 1000000000 };
    return (int)pp_sys_call(SYS_futex, (long)word, FUTEX_WAIT_PRIVATE, (long)value,
                            timeout_ns < 0 ? 0 : (long)&timeout, 0, 0);
}

void pp_sys_futex_wake(uint32_t *word, int count)
{
    pp_sys_call(SYS_futex, (long)word, FUTEX_WAKE_PRIVATE, count, 0, 0, 0);
}

int pp_sys_open_read(const char *path)
{
    return (int)pp_sys_call(SYS_openat, AT_FDCWD, (long)path, O_RDONLY | O_CLOEXEC, 0, 0, 0);
}

void pp_sys_close(int fd)
{
    pp_sys_call(SYS_close, fd, 0, 0, 0, 0, 0);
}

ssize_t pp_sys_read_file(const char *path, char *buf, size_t cap)
{
    int fd = pp_sys_open_read(path);
    if (fd < 0) {
        return fd;
    }
    size_t len = 0;
    long got = 0;
    while (len + 1 < cap) {
        got = pp_sys_call(SYS_read, fd, (long)(buf + len), (long)(cap - 1 - len), 0, 0, 0);
        if (got == -EINTR) {
            continue;
        }
        if (got <= 0) {
            break;
        }
        len += (size_t)got;
    }
    pp_sys_close(fd);
    buf[len] = '\0';
    return got < 0 ? got : (ssize_t)len;
}

int pp_sys_write_all(int fd, const void *data, size_t len)
{
    const char *at = data;
    while (len) {
        long put = pp_sys_call(SYS_write, fd, (long)at, (long)len, 0, 0, 0);
        if (put == -EINTR) {
            continue;
        }
        if (put <= 0) {
            return put ? (int)put : -EIO;
        }
        at += put;
        len -= (size_t)put;
    }
    return 0;
}

int pp_sys_write_unheard(int fd, const void *data, size_t len)
{
    const uint64_t signals = UINT64_C(1) << (SIGXFSZ - 1) | UINT64_C(1) << (SIGPIPE - 1);
    const struct timespec none = { 0, 0 };
    uint64_t before = 0, pending = 0;
    pp_sys_call(SYS_rt_sigprocmask, SIG_BLOCK, (long)&signals, (long)&before, 8, 0, 0);
    if (before & signals) { /* what the program has pending stays */
        pp_sys_call(SYS_rt_sigpending, (long)&pending, 8, 0, 0, 0, 0);
    }
    int result = pp_sys_write_all(fd, data, len);
    uint64_t ours = signals & ~pending;
    if (result == -EFBIG || result == -EPIPE) {
        pp_sys_call(SYS_rt_sigtimedwait, (long)&ours, 0, (long)&none, 8, 0, 0);
    }
    pp_sys_call(SYS_rt_sigprocmask, SIG_SETMASK, (long)&before, 0, 8, 0, 0);
    return result;
}

int pp_sys_file_map(const char *path, struct pp_sys_file *file)
{
    int fd = pp_sys_open_read(path);
    if (fd < 0) {
        return fd;
    }
    struct stat st;
    int result = 0;
    if (pp_sys_call(SYS_fstat, fd, (long)&st, 0, 0, 0, 0) != 0) {
        result = -EIO;
    } else if (S_ISDIR(st.st_mode)) {
        result = -EISDIR;
    } else if (!S_ISREG(st.st_mode)) {
        result = -ENODEV;
    } else if (st.st_size == 0) {
        *file = (struct pp_sys_file){ NULL, 0 };
    } else {
        long at = pp_sys_call(SYS_mmap, 0, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (failed(at)) {
            result = (int)at;
        } else {
            *file = (struct pp_sys_file){ (const unsigned char *)at, (size_t)st.st_size };
        }
    }
    pp_sys_close(fd);
    return result;
}

void pp_sys_file_unmap(struct pp_sys_file *file)
{
    if (file->data) {
        pp_sys_unmap((void *)(uintptr_t)file->data, file->size);
    }
    *file = (struct pp_sys_file){ NULL, 0 };
}
