/* What shows goroutines to the outside, for the scheduler's files. */
#ifndef PP_GO_SEEN_H
#define PP_GO_SEEN_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pp_g;
struct pp_task;
struct pp_wait_edge;

/* ---- overflow.c, overflow_sig.c: a stack that ran into its guard ---- */

extern struct sigaction pp_go_overflow_before; /* the program's */
void pp_go_overflow_sig(int signal, siginfo_t *info, void *context);

/* Once; and an alternate signal stack for the calling worker. */
void pp_go_overflow_init(void);
void pp_go_overflow_thread(void);

/* ---- go_tasks.c: the task source behind the goroutine profile ---- */

/* Once. */
void pp_go_tasks_init(void);
/* Long work for a dump naps now and then, last at *since_ns: else it uses up the kernel's slices of
 * some ms, in which whoever shares its processor stands still. To yield would not do: who was
 * passed over has a right to several slices in a row then. */
void pp_go_share(int64_t *since_ns);
/* Leaves our own frames out of g's stack, at the leaf and at the root; pcs[0] lies in a call then,
 * or is where g began if nothing else is left. Returns the new depth. */
size_t pp_go_drop_ours(const struct pp_g *g, uintptr_t *pcs, size_t depth);
/* Goroutines started after so many leak marks, those that run without a stack; visit returns
 * non-zero to stop. */
int pp_go_tasks_since(uint32_t epoch, int (*visit)(void *ctx, const struct pp_task *task),
                      void *ctx);

/* ---- go_wanted.c ---- */

/* What is known of owners in one walk; all zero at first. */
struct pp_go_wanted_walk {
    uint64_t owner;
    bool has_ended;
    unsigned looks;
};

/* What a parked goroutine that was seen at `seq` waits for, and who holds that, if it is a lock; pc
 * is where it waits (a return address). Any thread. */
bool pp_go_wanted(const struct pp_g *g, uint32_t seq, uintptr_t pc,
                  struct pp_go_wanted_walk *walk, struct pp_wait_edge *edge);

/* ---- waited.c ---- */

/* g is about to be readied after so long: it is to call pp_go_waited if that is counted. */
void pp_go_note_late(struct pp_g *g, int64_t waited_ns);
/* The caller's wait has ended after so long: for the block profile. */
void pp_go_waited(const struct pp_g *g, int64_t waited_ns);

/* ---- leaks.c ---- */

/* Once: what the environment asks for at exit. */
void pp_go_leaks_init(void);

/* ---- deadlock.c ---- */

/* Called by the monitor when nothing has run for a while: reports and ends the process when nothing
 * ever can. */
void pp_go_deadlock_check(void);

#endif
