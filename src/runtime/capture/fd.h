/* Open descriptors by the stack that opened them.
 *
 *   open, socket, accept, dup2, fopen, ... hook -> slot of the new descriptor (its number)
 *   close, close_range, fclose, ... hook        -> slot emptied, before the real call
 *   request -> /proc/self/fd against the slots  -> records: who opened it, what it is, how old
 *
 * Invariants
 *  - a slot is filled after the kernel gave the number and emptied before it is given back, so two
 *    threads never own the same slot: no lock, and `stack` is stored last.
 *  - a slot is believed only if what is open under its number now is the very file that was noted
 *    (device and inode, and for files without an inode of their own what made them). Closed or
 *    opened behind our back, inherited or received: shown as "opened unseen", never as a guess.
 *  - a vfork child runs in our memory with a table of its own: it changes nothing here.
 */
#ifndef PP_CAPTURE_FD_H
#define PP_CAPTURE_FD_H

#include "runtime/capture/stacktab.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a descriptor is; the names are the values of the label "kind". */
#define PP_FD_KINDS(X)                                                                             \
    X(UNKNOWN, "unknown") X(FILE, "file") X(DIRECTORY, "directory") X(DEVICE, "device")            \
    X(PIPE, "pipe") X(TCP, "tcp") X(UDP, "udp") X(UNIX, "unix") X(NETLINK, "netlink")              \
    X(SOCKET, "socket") X(EVENTFD, "eventfd") X(EPOLL, "epoll") X(TIMERFD, "timerfd")              \
    X(SIGNALFD, "signalfd") X(INOTIFY, "inotify") X(MEMFD, "memfd") X(PIDFD, "pidfd")              \
    X(IO_URING, "io_uring") X(OTHER, "other")

enum pp_fd_kind {
#define X(name, text) PP_FD_##name,
    PP_FD_KINDS(X)
#undef X
    PP_FD_KIND_COUNT
};

/* Reserves the table; from the constructor. Always 0: a process with no room
 * for the table has every descriptor opened unseen, and that is said. */
int pp_fd_init(void);

/* fd was opened just now by the caller of our hook, whose return address is `caller` (NULL: not at
 * hand); anything below 0 is passed through, as is fd itself. `kind` where the call says it, else
 * UNKNOWN. errno stays as it was. Handler-safe. */
int pp_fd_note_sig(int fd, enum pp_fd_kind kind, const void *caller);

/* fd (all from first to last) is about to be closed. Handler-safe. */
void pp_fd_forget_sig(int fd);
void pp_fd_forget_range_sig(unsigned first, unsigned last);
/* Told of each fd that is forgotten, when set: whoever keeps more about them. Handler-safe. */
extern void (*pp_fd_closing)(int fd);

/* In the child after fork: the descriptors are its own now, and still open. */
void pp_fd_after_fork(void);

struct pp_fd_slot {
    pp_stack_id stack; /* PP_STACK_NONE: nothing is known */
    uint32_t born;     /* of age.h */
    uint32_t identity; /* of the file, from device and inode; 0: could not be had */
    uint32_t kind; /* enum pp_fd_kind as the call said */
};

/* What the table says of a number; false when it says nothing. */
bool pp_fd_slot(int fd, struct pp_fd_slot *slot);

/* Device and inode as the table keeps them, and st_mode; 0 when fd is not open. Handler-safe. */
uint32_t pp_fd_identity_sig(int fd, unsigned *mode);

struct pp_fd_stats {
    uint64_t noted, forgotten, lost, bytes_reserved; /* lost: numbers beyond the table */
    bool off;                                        /* no table, or no hooks (libpprof.a) */
};
void pp_fd_stats(struct pp_fd_stats *stats);

/* How many descriptors are open. */
int64_t pp_fd_open_count(void);

#endif
