/* The wall-clock profile: what threads do and wait for, on and off the processor alike.
 *
 *   ticks at `rate` Hz -> some threads, chosen at random -> their stacks, read as for a dump
 *
 * Each look stands for the time since the tick before, times the threads for each that was looked
 * at. Waiting threads are not disturbed; running ones are asked by a signal.
 *
 * Thread rule: the caller's thread does the looking; one profile at a time is not required, looks
 * are.
 */
#ifndef PP_CAPTURE_WALL_H
#define PP_CAPTURE_WALL_H

#include "runtime/capture/kind.h"

/* A profile under way; all memory is the snapshot's arena's. */
struct pp_wall;

/* Begins, at this rate (0: the default, 100 Hz). NULL without memory. */
struct pp_wall *pp_wall_begin(struct pp_arena *arena, int hz);

/* When the next look is due: looking takes a small part of one processor at most. */
int64_t pp_wall_next_ns(const struct pp_wall *wall);

/* Looks. 0 or an error. */
int pp_wall_tick(struct pp_wall *wall, struct pprof_error *error)
    __attribute__((warn_unused_result));

/* The records: values are looks and nanoseconds, label "state" says what the thread was doing. */
int pp_wall_end(struct pp_wall *wall, struct pp_snapshot *snapshot, struct pprof_error *error)
    __attribute__((warn_unused_result));

#endif
