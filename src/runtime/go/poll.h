/* Descriptors that goroutines wait for.
 *
 *   table by descriptor (reserved, a page comes with use) -> { lock, what is ready, queues }
 *   one epoll descriptor; each descriptor registered once, edge-triggered, for both directions
 *
 * Invariants
 *  - an entry's `ready` bit is cleared before the system call that may use it up, and set by an
 *    edge that finds nobody waiting: an edge between the two is not lost.
 *  - go_close forgets the registration before the number can be used again; so does close, where
 *    the library stands in front of it.
 */
#ifndef PP_GO_POLL_H
#define PP_GO_POLL_H

#include "runtime/go/wait.h"

enum { PP_GO_IN = 1, PP_GO_OUT = 2 };
enum pp_go_fd_kind {
    PP_GO_FD_UNKNOWN,
    PP_GO_FD_POLLED,
    PP_GO_FD_FILE,
    PP_GO_FD_SHARED, /* standard input and output: others who use them do not expect EAGAIN */
};

struct pp_go_fd {
    uint32_t lock;
    uint8_t kind;       /* enum pp_go_fd_kind */
    bool is_registered;
    bool is_stream;     /* a read that got less than it asked for has got all */
    bool is_drained;    /* the last read got all: only an edge brings more */
    uint32_t ready;     /* PP_GO_IN, PP_GO_OUT; atomic */
    uint32_t generation; /* one more at each go_close */
    struct pp_go_queue readers, writers;
};

/* The entry of fd, or NULL when fd is negative or beyond the table. */
struct pp_go_fd *pp_go_fd_get(int fd);
/* What fd is; a descriptor that can be polled is made non-blocking. Or a negative errno value. */
int pp_go_fd_prepare(int fd, struct pp_go_fd *entry);
/* Says that fd is new and non-blocking, and whether it is a stream. */
void pp_go_fd_fresh(int fd, bool is_stream);
/* Whether reading now would find nothing. */
static inline bool pp_go_fd_is_empty(const struct pp_go_fd *entry)
{
    return pp_load_relaxed(&entry->is_drained) && pp_load_relaxed(&entry->is_registered) &&
           !(pp_load_acquire(&entry->ready) & PP_GO_IN);
}
/* Before a system call in that direction. */
static inline void pp_go_fd_expect(struct pp_go_fd *entry, uint32_t direction)
{
    if (pp_load_relaxed(&entry->ready) & direction) {
        (void)__atomic_fetch_and(&entry->ready, ~direction, __ATOMIC_SEQ_CST);
    }
}
/* Waits until fd may be ready again: 0, -EBADF (closed meanwhile), -ECANCELED, -ETIMEDOUT, ... */
int pp_go_fd_wait(int fd, struct pp_go_fd *entry, uint32_t direction);
/* Wakes all who wait for it, and forgets it. */
void pp_go_fd_forget(struct pp_go_fd *entry);

#endif
