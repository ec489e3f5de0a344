#include "runtime/go/poll.h"

#include "base/sys.h"
#include "base/sys_valgrind.h"
#include "runtime/capture/fd.h"
#include "runtime/go/sched_private.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { FDS_MAX = 1 << 20, WAKE_TAG = -1 };

static struct {
    uint32_t lock;
    uint32_t in_use; /* atomic */
    int epoll, wake;
    struct pp_go_fd *table; /* atomic */
} poller = { .epoll = -1, .wake = -1 };

/* ---- the table ---- */

/* The program closes fd by other ways than go_close, maybe in a signal handler: nobody is woken,
 * but who gets the number next begins anew. */
static void note_close_sig(int fd)
{
    struct pp_go_fd *table = pp_load_acquire(&poller.table);
    if (table && fd >= 0 && fd < FDS_MAX && pp_load_relaxed(&table[fd].kind)) {
        pp_store_relaxed(&table[fd].is_registered, false);
        pp_store_relaxed(&table[fd].is_drained, false);
        pp_store_release(&table[fd].kind, PP_GO_FD_UNKNOWN);
    }
}

static struct pp_go_fd *make_table(void)
{
    pp_go_lock(&poller.lock);
    if (!poller.table) {
        pp_store_release(&poller.table, pp_sys_reserve(FDS_MAX * sizeof(*poller.table)));
        pp_store_release(&pp_fd_closing, note_close_sig);
    }
    pp_go_unlock(&poller.lock);
    return poller.table;
}

struct pp_go_fd *pp_go_fd_get(int fd)
{
    struct pp_go_fd *table = pp_load_acquire(&poller.table);
    if (pp_unlikely(!table)) {
        table = make_table();
    }
    return table && fd >= 0 && fd < FDS_MAX ? &table[fd] : NULL;
}

static int set_nonblocking(int fd)
{
    long flags = pp_sys_call(SYS_fcntl, fd, F_GETFL, 0, 0, 0, 0);
    if (flags >= 0 && !(flags & O_NONBLOCK)) {
        flags = pp_sys_call(SYS_fcntl, fd, F_SETFL, flags | O_NONBLOCK, 0, 0, 0);
    }
    return flags < 0 ? (int)flags : 0;
}

static bool is_stream(int fd)
{
    int type = 0;
    socklen_t size = sizeof(type);
    return pp_sys_call(SYS_getsockopt, fd, SOL_SOCKET, SO_TYPE, (long)&type, (long)&size, 0) == 0 &&
           type == SOCK_STREAM;
}

static bool is_blocking(int fd)
{
    return !(pp_sys_call(SYS_fcntl, fd, F_GETFL, 0, 0, 0, 0) & O_NONBLOCK);
}

static int kind_of(int fd, mode_t mode)
{
    if (S_ISREG(mode) || S_ISDIR(mode) || S_ISBLK(mode)) {
        return PP_GO_FD_FILE;
    }
    return fd <= STDERR_FILENO && is_blocking(fd) ? PP_GO_FD_SHARED : PP_GO_FD_POLLED;
}

int pp_go_fd_prepare(int fd, struct pp_go_fd *entry)
{
    struct stat about;
    int kind = pp_load_acquire(&entry->kind);
    if (pp_likely(kind != PP_GO_FD_UNKNOWN)) {
        return kind;
    }
    if (fstat(fd, &about) != 0) {
        return -EBADF;
    }
    kind = kind_of(fd, about.st_mode);
    int failed = kind == PP_GO_FD_POLLED ? set_nonblocking(fd) : 0;
    if (failed) {
        return failed;
    }
    entry->is_stream = S_ISFIFO(about.st_mode) || (S_ISSOCK(about.st_mode) && is_stream(fd));
    entry->is_drained = false;
    pp_store_release(&entry->kind, (uint8_t)kind);
    return kind;
}

void pp_go_fd_fresh(int fd, bool streams)
{
    struct pp_go_fd *entry = pp_go_fd_get(fd);
    if (entry) {
        entry->is_registered = entry->is_drained = false;
        entry->is_stream = streams;
        pp_store_relaxed(&entry->ready, 0);
        pp_store_release(&entry->kind, PP_GO_FD_POLLED);
    }
}

/* ---- epoll ---- */

static int epoll_change(int op, int fd, uint32_t events, int64_t tag)
{
    struct epoll_event event = { .events = events, .data.u64 = (uint64_t)tag };
    return (int)pp_sys_call(SYS_epoll_ctl, poller.epoll, op, fd, (long)&event, 0, 0);
}

/* The first descriptor that has to be waited for. Whoever sleeps as the poller is told. */
static int set_up(void)
{
    if (pp_load_acquire(&poller.in_use)) {
        return 0;
    }
    int failed = pp_go_start_up();
    pp_go_lock(&poller.lock);
    if (!failed && !poller.in_use) {
        poller.epoll = (int)pp_sys_call(SYS_epoll_create1, EPOLL_CLOEXEC, 0, 0, 0, 0, 0);
        poller.wake = (int)pp_sys_call(SYS_eventfd2, 0, 02000000 | 04000, 0, 0, 0, 0);
        failed = poller.epoll < 0 ? poller.epoll : poller.wake < 0 ? poller.wake : 0;
        failed = failed ? failed : epoll_change(EPOLL_CTL_ADD, poller.wake, EPOLLIN, WAKE_TAG);
        pp_store(&poller.in_use, !failed);
    }
    pp_go_unlock(&poller.lock);
    pp_go_poller_hurry(INT64_MIN);
    return failed;
}

bool pp_go_poll_in_use(void)
{
    return pp_load(&poller.in_use);
}

void pp_go_poll_break(void)
{
    uint64_t one = 1;
    if (pp_go_poll_in_use()) {
        (void)pp_sys_call(SYS_write, poller.wake, (long)&one, sizeof(one), 0, 0, 0);
    }
}

int pp_go_poll_wait(struct epoll_event *events, int cap, int64_t wait_ns)
{
    struct timespec time = { wait_ns / GO_S, wait_ns % GO_S };
    long n = -ENOSYS;
    static bool lacks_pwait2;
    if (wait_ns > 0 && !lacks_pwait2 && !pp_valgrind_is_here()) { /* which would say it lacks it */
        n = pp_sys_call(SYS_epoll_pwait2, poller.epoll, (long)events, cap, (long)&time, 0, 0);
        lacks_pwait2 = n == -ENOSYS;
    }
    if (n == -ENOSYS) {
        int64_t ms = wait_ns <= 0 ? wait_ns : (wait_ns + GO_MS - 1) / GO_MS;
        ms = ms < 0 ? -1 : ms > INT32_MAX ? INT32_MAX : ms;
        n = pp_sys_call(SYS_epoll_pwait, poller.epoll, (long)events, cap, (long)ms, 0, 0);
    }
    return n < 0 ? 0 : (int)n;
}

/* ---- edges ---- */

static void wake_all(struct pp_go_fd *entry, struct pp_go_queue *queue, int result)
{
    struct pp_go_waiter *waiter;
    while ((waiter = pp_go_queue_take(queue)) != NULL) {
        pp_go_unlock(&entry->lock);
        pp_go_wake(waiter, result);
        pp_go_lock(&entry->lock);
    }
}

static void note_edge(struct pp_go_fd *entry, uint32_t events)
{
    uint32_t both = events & (EPOLLHUP | EPOLLERR) ? PP_GO_IN | PP_GO_OUT : 0;
    uint32_t ready = both | (events & (EPOLLIN | EPOLLRDHUP) ? PP_GO_IN : 0) |
                     (events & EPOLLOUT ? PP_GO_OUT : 0);
    pp_go_lock(&entry->lock);
    if (events & (EPOLLHUP | EPOLLERR | EPOLLRDHUP)) { /* the end brings no edge of its own */
        pp_store_relaxed(&entry->is_stream, false);
        pp_store_relaxed(&entry->is_drained, false);
    }
    if (!entry->readers.head) {
        (void)pp_or(&entry->ready, ready & PP_GO_IN);
    } else if (ready & PP_GO_IN) {
        wake_all(entry, &entry->readers, 0);
    }
    if (!entry->writers.head) {
        (void)pp_or(&entry->ready, ready & PP_GO_OUT);
    } else if (ready & PP_GO_OUT) {
        wake_all(entry, &entry->writers, 0);
    }
    pp_go_unlock(&entry->lock);
}

static uint64_t tag_of(int fd, const struct pp_go_fd *entry)
{
    return (uint64_t)entry->generation << 32 | (uint32_t)fd;
}

void pp_go_poll_ready(const struct epoll_event *events, int n)
{
    for (int i = 0; i < n; i++) {
        uint64_t tag = events[i].data.u64, count;
        if (tag == (uint64_t)(int64_t)WAKE_TAG) {
            (void)pp_sys_call(SYS_read, poller.wake, (long)&count, sizeof(count), 0, 0, 0);
            continue;
        }
        struct pp_go_fd *entry = &poller.table[(uint32_t)tag];
        if (tag_of((int)(uint32_t)tag, entry) == tag) {
            note_edge(entry, events[i].events);
        }
    }
}

void pp_go_poll_now(void)
{
    struct epoll_event events[PP_GO_POLL_BATCH];
    pp_go_poll_ready(events, pp_go_poll_wait(events, PP_GO_POLL_BATCH, 0));
}

/* ---- waiting ---- */

static int register_fd(int fd, struct pp_go_fd *entry)
{
    uint32_t events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    int64_t tag = (int64_t)tag_of(fd, entry);
    int failed = epoll_change(EPOLL_CTL_ADD, fd, events, tag);
    if (failed == -EEXIST) { /* closed elsewhere, and the number came back by dup */
        failed = epoll_change(EPOLL_CTL_MOD, fd, events, tag);
    }
    entry->is_registered = !failed;
    return failed;
}

int pp_go_fd_wait(int fd, struct pp_go_fd *entry, uint32_t direction)
{
    struct pp_go_waiter waiter = { 0 };
    int failed = set_up();
    if (failed) {
        return failed;
    }
    pp_go_lock(&entry->lock);
    if (!entry->is_registered && (failed = register_fd(fd, entry)) != 0) {
        pp_go_unlock(&entry->lock);
        return failed;
    }
    if (pp_load(&entry->ready) & direction) {
        pp_go_fd_expect(entry, direction);
        pp_go_unlock(&entry->lock);
        return 0;
    }
    (void)pp_add_relaxed(&pp_go_sched.io_waiters, 1);
    int result = pp_go_wait(direction == PP_GO_IN ? &entry->readers : &entry->writers,
                            &entry->lock, &waiter, PP_GO_WAIT_IO, entry);
    (void)pp_sub_relaxed(&pp_go_sched.io_waiters, 1);
    return result;
}

void pp_go_fd_forget(struct pp_go_fd *entry)
{
    pp_go_lock(&entry->lock);
    entry->generation++;
    entry->is_registered = entry->is_drained = false;
    pp_store_release(&entry->kind, PP_GO_FD_UNKNOWN);
    pp_store_relaxed(&entry->ready, 0);
    wake_all(entry, &entry->readers, -EBADF);
    wake_all(entry, &entry->writers, -EBADF);
    pp_go_unlock(&entry->lock);
}

/* The descriptors are the parent's as well: closed here, not used. */
void pp_go_poll_after_fork(void)
{
    if (poller.in_use) {
        (void)pp_sys_call(SYS_close, poller.epoll, 0, 0, 0, 0, 0);
        (void)pp_sys_call(SYS_close, poller.wake, 0, 0, 0, 0, 0);
    }
    poller.lock = poller.in_use = 0;
    poller.epoll = poller.wake = -1;
    poller.table = NULL;
}
