/* The kind "fd": what is open now, by who opened it. The truth is /proc/self/fd; the table says
 * only where each came from. Without /proc every number is asked for by itself. */
#include "runtime/capture/fd.h"

#include "base/err.h"
#include "base/sys.h"
#include "runtime/capture/age.h"
#include "runtime/capture/kind.h"
#include "runtime/capture/label.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *const kind_names[PP_FD_KIND_COUNT] = {
#define X(name, text) text,
    PP_FD_KINDS(X)
#undef X
};

/* ---- which are open ------------------------------------------------------------------------- */

typedef int visit_fn(void *ctx, int fd);

struct directory_entry {
    uint64_t inode;
    int64_t offset;
    uint16_t length;
    uint8_t type;
    char name[];
};

/* The number, or -1 for "." and "..". */
static int parse_name(const char *name)
{
    int fd = 0;
    for (; *name; name++) {
        if (*name < '0' || *name > '9' || fd > 1 << 28) {
            return -1;
        }
        fd = fd * 10 + (*name - '0');
    }
    return fd;
}

static int visit_block(const char *block, long size, int directory, visit_fn *visit, void *ctx)
{
    int result = 0;
    for (long at = 0; at < size && !result;) {
        struct directory_entry entry;
        memcpy(&entry, block + at, sizeof entry);
        int fd = parse_name(block + at + offsetof(struct directory_entry, name));
        if (fd >= 0 && fd != directory) {
            result = visit(ctx, fd);
        }
        at += entry.length;
    }
    return result;
}

static int visit_proc(int directory, visit_fn *visit, void *ctx)
{
    char block[4096] __attribute__((aligned(8)));
    int result = 0;
    long size;
    while (!result && (size = pp_sys_call(SYS_getdents64, directory, (long)block, sizeof block, 0,
                                          0, 0)) > 0) {
        result = visit_block(block, size, directory, visit, ctx);
    }
    return result;
}

/* Up to the hard limit, since the soft one may have been lowered: at most 1 Mi questions of 60 ns.
 */
static int visit_numbers(visit_fn *visit, void *ctx)
{
    struct rlimit limit = { .rlim_max = 0 };
    pp_sys_call(SYS_prlimit64, 0, RLIMIT_NOFILE, 0, (long)&limit, 0, 0);
    int count = limit.rlim_max < 1 << 20 ? (int)limit.rlim_max : 1 << 20, result = 0;
    for (int fd = 0; fd < count && !result; fd++) {
        if (pp_sys_call(SYS_fcntl, fd, F_GETFD, 0, 0, 0, 0) >= 0) {
            result = visit(ctx, fd);
        }
    }
    return result;
}

static int visit_open(visit_fn *visit, void *ctx)
{
    int directory = (int)pp_sys_call(SYS_openat, AT_FDCWD, (long)"/proc/self/fd",
                                     O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0, 0, 0);
    if (directory < 0) {
        return visit_numbers(visit, ctx);
    }
    int result = visit_proc(directory, visit, ctx);
    pp_sys_close(directory);
    return result;
}

static int count_one(void *ctx, int fd)
{
    (void)fd;
    ++*(int64_t *)ctx;
    return 0;
}

int64_t pp_fd_open_count(void)
{
    int64_t count = 0;
    (void)visit_open(count_one, &count);
    return count;
}

/* ---- what each is --------------------------------------------------------------------------- */

static int socket_option(int fd, int option)
{
    int value = -1;
    socklen_t size = sizeof value;
    long failed = pp_sys_call(SYS_getsockopt, fd, SOL_SOCKET, option, (long)&value, (long)&size, 0);
    return failed ? -1 : value;
}

static enum pp_fd_kind socket_kind(int fd)
{
    switch (socket_option(fd, SO_DOMAIN)) {
    case AF_UNIX:
        return PP_FD_UNIX;
    case AF_NETLINK:
        return PP_FD_NETLINK;
    case AF_INET:
    case AF_INET6:
        switch (socket_option(fd, SO_PROTOCOL)) {
        case IPPROTO_TCP:
            return PP_FD_TCP;
        case IPPROTO_UDP:
            return PP_FD_UDP;
        }
    }
    return PP_FD_SOCKET;
}

/* By the link's text: files without an inode of their own, and memory files. */
static enum pp_fd_kind linked_kind(int fd, enum pp_fd_kind otherwise)
{
    static const struct {
        const char *text;
        enum pp_fd_kind kind;
    } links[] = {
        { "anon_inode:[eventfd]", PP_FD_EVENTFD },     { "anon_inode:[eventpoll]", PP_FD_EPOLL },
        { "anon_inode:[timerfd]", PP_FD_TIMERFD },     { "anon_inode:[signalfd]", PP_FD_SIGNALFD },
        { "anon_inode:[pidfd]", PP_FD_PIDFD },         { "pidfd:", PP_FD_PIDFD },
        { "anon_inode:inotify", PP_FD_INOTIFY },       { "/memfd:", PP_FD_MEMFD },
        { "anon_inode:[io_uring]", PP_FD_IO_URING },
    };
    char path[32] = "/proc/self/fd/", target[32];
    size_t len = strlen(path);
    char digits[12];
    int count = 0;
    for (int rest = fd; rest || !count; rest /= 10) {
        digits[count++] = (char)('0' + rest % 10);
    }
    while (count) {
        path[len++] = digits[--count];
    }
    path[len] = '\0';
    long got = pp_sys_call(SYS_readlinkat, AT_FDCWD, (long)path, (long)target, sizeof target - 1, 0,
                           0);
    target[got > 0 ? got : 0] = '\0';
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
        if (strncmp(target, links[i].text, strlen(links[i].text)) == 0) {
            return links[i].kind;
        }
    }
    return got > 0 ? otherwise : PP_FD_UNKNOWN;
}

static enum pp_fd_kind kind_now(int fd, unsigned mode)
{
    switch (mode & S_IFMT) {
    case S_IFREG:
        return linked_kind(fd, PP_FD_FILE) == PP_FD_MEMFD ? PP_FD_MEMFD : PP_FD_FILE;
    case S_IFDIR:
        return PP_FD_DIRECTORY;
    case S_IFCHR:
    case S_IFBLK:
        return PP_FD_DEVICE;
    case S_IFIFO:
        return PP_FD_PIPE;
    case S_IFSOCK:
        return socket_kind(fd);
    default:
        return linked_kind(fd, PP_FD_OTHER);
    }
}

/* ---- records -------------------------------------------------------------------------------- */

/* Label sets are asked for once a kind: the table of sets is small. */
struct collect {
    struct pp_snapshot *snapshot;
    int64_t now_ns;
    int err;
    uint32_t sets[PP_FD_KIND_COUNT][2]; /* [1]: opened unseen; 0: not made yet */
};

static uint32_t label_set(struct collect *collect, enum pp_fd_kind kind, bool unseen)
{
    uint32_t *set = &collect->sets[kind][unseen];
    if (!*set) {
        const struct pprof_label_pair pairs[] = { { "kind", kind_names[kind] },
                                                  { "opened", "unseen" } };
        bool full;
        *set = pp_label_set_extend(0, pairs, unseen ? 2 : 1, &full);
    }
    return *set;
}

/* Whether the file under this number is the one that was noted. Files without an inode of their own
 * all look alike: what made them must fit too. */
static bool is_same_file(const struct pp_fd_slot *slot, uint32_t identity, enum pp_fd_kind now)
{
    bool kind_fits = slot->kind == PP_FD_UNKNOWN || now == PP_FD_UNKNOWN || slot->kind == now;
    return slot->identity == identity && kind_fits;
}

static int add_fd(void *ctx, int fd)
{
    struct collect *collect = ctx;
    struct pp_fd_slot slot;
    unsigned mode;
    struct pp_record record = { .stack = PP_STACK_NONE, .values = { 1 }, .raw = { 1 } };
    uint32_t identity = pp_fd_identity_sig(fd, &mode);
    if (!identity) {
        return 0; /* closed meanwhile */
    }
    enum pp_fd_kind kind = kind_now(fd, mode);
    bool seen = pp_fd_slot(fd, &slot) && is_same_file(&slot, identity, kind);
    if (seen) {
        record.stack = slot.stack;
        record.has_age = true;
        record.age_s = pp_age_floor_s(pp_age_class(pp_age_since(slot.born, collect->now_ns)));
        kind = kind == PP_FD_UNKNOWN ? (enum pp_fd_kind)slot.kind : kind;
    }
    record.label_set = label_set(collect, kind, !seen);
    collect->err = pp_snapshot_add(collect->snapshot, &record);
    return collect->err;
}

static int collect_fds(const struct pp_kind *kind, struct pp_snapshot *snapshot,
                       struct pprof_error *error)
{
    (void)kind;
    struct collect collect = { .snapshot = snapshot, .now_ns = pp_sys_monotonic_coarse_ns() };
    snapshot->time_ns = pp_sys_wall_ns();
    snapshot->period = 1;
    (void)visit_open(add_fd, &collect);
    return collect.err ? pp_err_set(error, collect.err, "no memory to list the descriptors") : 0;
}

static int64_t count_open(const struct pp_kind *kind)
{
    (void)kind;
    return pp_fd_open_count();
}

const struct pp_kind pp_kind_fd = {
    .name = "fd",
    .description = "Descriptors that are open now (files, sockets, pipes, ...) by who opened them",
    .values = { { "fd", "count" } },
    .value_count = 1,
    .period = { "fd", "count" },
    .collect = collect_fds,
    .count = count_open,
    .leaf_is_return = true,
};
