/* The one door to the operating system and the processor. Every raw system call and every
 * processor #ifdef of the project is in sys*.[ch] or below an interface declared here.
 *
 * Thread rule: everything may be called from any thread. Functions whose comment says
 * "handler-safe" may also be called from signal handlers and malloc hooks: they allocate nothing,
 * lock nothing, and leave errno as it was. They return a negative errno value on failure, as the
 * kernel does.
 */
#ifndef PP_BASE_SYS_H
#define PP_BASE_SYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* --- memory ------------------------------------------------------------------------------- */

/* Zeroed private anonymous memory, readable and writable; NULL on failure. Handler-safe. */
void *pp_sys_map(size_t bytes);

/* As pp_sys_map, but only address space: pages cost nothing until touched and are not counted
 * against overcommit (MAP_NORESERVE). NULL on failure. Handler-safe. */
void *pp_sys_reserve(size_t bytes);

/* As pp_sys_reserve, but half as much, and half of that, as long as there is no room, down to
 * `least`; *bytes is what came of it. NULL when not even that is there. */
void *pp_sys_reserve_some(size_t *bytes, size_t least);

/* From now on pp_sys_reserve_some takes at most so much at a time (a process with little address
 * space needs it for itself). It starts without a cap. */
void pp_sys_reserve_cap(size_t bytes);

/* True when pp_sys_reserve_some once gave less than it was asked for. */
bool pp_sys_reserve_was_cut(void);

/* Unmaps exactly what one of the functions above returned. Handler-safe. */
void pp_sys_unmap(void *start, size_t bytes);

/* Gives the pages of a reserved range back; it then reads as zeros. Handler-safe. */
void pp_sys_discard(void *start, size_t bytes);

/* Asks for huge pages, where the system gives them on request: a large array that is written once
 * costs a third of the time. No harm where not. Handler-safe. */
void pp_sys_prefer_huge(void *start, size_t bytes);

/* Keeps a range out of children made by fork. Handler-safe. */
void pp_sys_dont_fork(void *start, size_t bytes);

/* What pp_sys_map and the reserving functions gave and was not unmapped yet, for accounts of
 * memory: returns how many there are. More than PP_SYS_RANGES_MAX are not kept. */
enum { PP_SYS_RANGES_MAX = 512 };
struct pp_sys_range {
    uintptr_t start, limit;
};
size_t pp_sys_own_ranges(struct pp_sys_range ranges[PP_SYS_RANGES_MAX]);

/* The page size in bytes. Handler-safe. */
size_t pp_sys_page_size(void);

/* Where the page of an address begins; the first page's beginning that is not below the address.
 * Handler-safe. */
static inline uintptr_t pp_sys_page_down(uintptr_t address)
{
    return address & ~(uintptr_t)(pp_sys_page_size() - 1);
}
static inline uintptr_t pp_sys_page_up(uintptr_t address)
{
    return pp_sys_page_down(address + pp_sys_page_size() - 1);
}

/* True when 8 bytes at address can be read without a fault (0.15 us here, by a system call that
 * checks the pointer and does nothing else). Handler-safe. */
bool pp_sys_readable(const void *address);
/* The same, asked also after pp_sys_allow_probing(false). */
bool pp_sys_probe(const void *address);

/* Whether pp_sys_readable may ask; else it says no: a process that filters its system calls might
 * be ended by one that it does not expect. */
void pp_sys_allow_probing(bool allowed);

/* Copies len bytes from another place of this process without ever faulting. Returns the number
 * of bytes copied (less than len when a page is missing) or a negative errno value.
 * Handler-safe. */
ssize_t pp_sys_copy_safe(void *to, const void *from, size_t len);

/* --- time --------------------------------------------------------------------------------- */

/* CLOCK_MONOTONIC, and its coarse form (a few ms of resolution, 5 ns a call). Handler-safe. */
int64_t pp_sys_monotonic_ns(void);
int64_t pp_sys_monotonic_coarse_ns(void);

/* Wall clock since 1970. Handler-safe. */
int64_t pp_sys_wall_ns(void);

/* Sleeps for ns nanoseconds, going on after signals. */
void pp_sys_sleep_ns(int64_t ns);

/* --- processes and threads ------------------------------------------------------------------ */

/* Raw getpid and gettid: the kernel's answer, never a cached one. Handler-safe. */
pid_t pp_sys_pid(void);
pid_t pp_sys_tid(void);

/* Whether the C library is glibc; what else runs here (musl) is told by libpprof's start, and left
 * alone. */
bool pp_sys_is_glibc(void);

/* pthread_atfork, without a symbol that musl's loader would look for in vain. Handlers stay for
 * ever. Does nothing without glibc. */
void pp_sys_at_fork(void (*before)(void), void (*parent)(void), void (*child)(void));

/* The soft limit of a resource (RLIMIT_AS, ...); UINT64_MAX for none. Handler-safe. */
uint64_t pp_sys_limit(int resource);

/* Sends a signal to one thread of this process: 0 or a negative errno value. Handler-safe. */
int pp_sys_tgkill(pid_t tid, int signal);

/* Waits while *word == value, at most timeout_ns (negative: for ever). Returns 0 when woken (also
 * spuriously), -ETIMEDOUT, -EAGAIN, -EINTR. Handler-safe. */
int pp_sys_futex_wait(uint32_t *word, uint32_t value, int64_t timeout_ns);
/* Wakes up to count waiters. Handler-safe. */
void pp_sys_futex_wake(uint32_t *word, int count);

/* A system call with up to six arguments: its result or a negative errno value. Handler-safe. */
long pp_sys_call(long number, long a, long b, long c, long d, long e, long f);

/* --- files --------------------------------------------------------------------------------- */

/* Opens for reading, close-on-exec: a descriptor or a negative errno value. Handler-safe. */
int pp_sys_open_read(const char *path);

/* A file of our process that is about its memory. What "/proc/self" names is the first thread: where
 * main left by pthread_exit, that one has none. */
#define PP_SYS_OWN(name) "/proc/thread-self/" name

/* Handler-safe. */
void pp_sys_close(int fd);

/* Reads a whole (small, /proc-like) file into buf, at most cap - 1 bytes and a NUL. Returns the
 * length or a negative errno value. Handler-safe. */
ssize_t pp_sys_read_file(const char *path, char *buf, size_t cap);

/* Writes all len bytes, going on after EINTR and short writes; 0 or a negative errno value.
 * Handler-safe. */
int pp_sys_write_all(int fd, const void *data, size_t len);

/* The same, but a file that would pass its limit (-EFBIG) and a pipe that nobody reads (-EPIPE) send
 * the program no signal. Handler-safe. */
int pp_sys_write_unheard(int fd, const void *data, size_t len);

/* A file mapped read-only, whole. data NULL and size 0 for an empty file. */
struct pp_sys_file {
    const unsigned char *data;
    size_t size;
};
/* 0 or a negative errno value (-EISDIR, -ENOENT, ...); *file is written only on success. */
int pp_sys_file_map(const char *path, struct pp_sys_file *file) __attribute__((warn_unused_result));
void pp_sys_file_unmap(struct pp_sys_file *file);

#endif
