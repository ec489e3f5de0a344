/* Blocking bugs that were found in large Go programs, each reduced to its pattern and written anew
 * for our interface. A process runs either the broken or the fixed form of all of them.
 *
 * A line at which a goroutine of the broken form waits for ever is marked with the bug's name and
 * what it waits for; tests/cli/go_kernels.t wants exactly these, and none of the fixed form. */
#ifndef TESTS_KERNELS_H
#define TESTS_KERNELS_H

#include <pprof/go.h>

struct kernel {
    const char *name; /* project/number of the issue or change */
    go_fn run;        /* begins it; argument NULL */
};

extern const struct kernel cockroach_kernels[], etcd_kernels[], grpc_kernels[],
    kubernetes_kernels[], moby_kernels[], other_kernels[];

/* Which form. */
extern bool fixed;

/* What is sent where only that matters; and where what comes is thrown away. */
static const int one = 1;

/* There is one processor here: all others run until they wait. */
static inline void let_others(void)
{
    for (int i = 0; i < 20; i++) {
        go_yield();
    }
}

static inline struct go_chan *chan_with_room(size_t room)
{
    return go_chan_new(sizeof(int), room);
}

#endif
