/* What the files of `pprof leaks` share: one hunt, from options to report.
 *
 *   options -> (child) -> shots: heap at moments, and at probes between them
 *                      -> threads at the last moment
 *           -> sites: each allocation stack's numbers at every shot -> judge -> findings
 *           -> report
 *
 * All memory is one arena's, but for the profiles, which the hunt frees. One thread.
 */
#ifndef PP_TOOL_LEAKS_H
#define PP_TOOL_LEAKS_H

#include "base/buf.h"
#include "pprof/profile.h"
#include "tool/driver/leaks_judge.h"
#include "tool/driver/preload.h"

#include <limits.h>
#include <stdio.h>
#include <sys/types.h>

enum { PP_SHOTS_MAX = 1000, PP_PROBES = 3 }; /* probes: shots from one moment to the next */

struct pp_shot {
    double at_s; /* since the hunt began */
    struct pprof_profile *profile;
    char *file; /* where it is saved; NULL for a probe */
};

struct pp_child {
    pid_t pid, load;
    bool ended;
    int status; /* as a shell would give it, once ended */
};

struct pp_hunt {
    struct pp_preload_options preload;
    int moments;
    double every_s;
    const char *load, *out;
    bool fail_on_leak;
    int keep; /* leave the program running: 1 yes, 0 no, -1 when on a terminal */
    char **command;     /* NULL: attach */
    const char *target; /* as given */

    struct pp_arena arena;
    struct pp_child child;
    char directory[PATH_MAX];
    const char *url;  /* "http://127.0.0.1:4000/debug/pprof/", NULL while not known */
    const char *name; /* what the report calls the program */
    double began_s;
    struct pp_shot shots[PP_SHOTS_MAX];
    size_t shot_count, first_moment; /* index of the first moment's shot */
    int moments_taken;
    const char *dump;                /* goroutine text of the last moment, NULL when none */
    struct pprof_profile *stacks;    /* the same as a profile, for lines; NULL when none */
};

/* CLOCK_MONOTONIC in seconds since the hunt began. */
double pp_hunt_now(const struct pp_hunt *hunt);
/* One line of progress on standard error. */
void pp_hunt_say(const struct pp_hunt *hunt, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- leaks_take.c: profiles from the process ------------------------------------------------- */

/* The address of the profiles of a target (URL, HOST:PORT or PID) into hunt->url. */
int pp_hunt_resolve(struct pp_hunt *hunt, const char *target, struct pprof_error *error)
    __attribute__((warn_unused_result));
/* Takes the heap now; a moment (and not a probe) is saved. */
int pp_hunt_shoot(struct pp_hunt *hunt, bool is_moment, struct pprof_error *error)
    __attribute__((warn_unused_result));
/* The state that the library wrote at the end of the program, if there is one newer than the last
 * shot; it counts as a moment. */
void pp_hunt_shoot_end(struct pp_hunt *hunt);
/* All threads now, kept in files too. */
int pp_hunt_take_threads(struct pp_hunt *hunt, struct pprof_error *error)
    __attribute__((warn_unused_result));

/* ---- leaks_child.c: the program and its load ------------------------------------------------- */

/* Starts hunt->command under the library; 0 or an exit status. */
int pp_child_start(struct pp_hunt *hunt, struct pprof_error *error)
    __attribute__((warn_unused_result));
/* Starts hunt->load: a file is run as it is, anything else by the shell. */
void pp_child_load(struct pp_hunt *hunt);
/* Sleeps until the hunt's clock shows at_s; false when the program ended before. */
bool pp_child_sleep(struct pp_hunt *hunt, double at_s);
/* Waits for the program's end. */
void pp_child_wait(struct pp_hunt *hunt);
/* Ends the load and, unless `keep`, the program. */
void pp_child_stop(struct pp_hunt *hunt, bool keep);

/* ---- leaks_sites.c: from shots to findings --------------------------------------------------- */

struct pp_frame_text {
    const char *function, *file, *module;
    int64_t line;
    bool is_program; /* not the C library's, the loader's or ours */
};

struct pp_finding {
    const struct pp_frame_text *frames; /* of the stack that grew most, innermost first */
    size_t frame_count, head;           /* head: index of the frame it is named after */
    size_t stacks;                      /* how many stacks end there */
    struct pp_moment last;
    struct pp_judgment judgment;
};

struct pp_findings {
    struct pp_finding *items; /* by verdict, then by size */
    size_t count;
    double period_bytes;
    size_t moments;     /* shots that were judged */
    double from_s, to_s;
    double total_bytes; /* in use at the last shot */
};

int pp_hunt_find(struct pp_hunt *hunt, struct pp_findings *out, struct pprof_error *error)
    __attribute__((warn_unused_result));

/* The frames of one sample, inlined ones expanded, with names from the profile. */
const struct pp_frame_text *pp_sample_frames(struct pp_arena *arena, const struct pprof_profile *p,
                                             size_t sample, size_t *count);

/* ---- leaks_threads.c: who waits where -------------------------------------------------------- */

struct pp_waiters {
    const char *reason; /* "sync.Cond.Wait", "IO wait", "running" */
    double longest_s;   /* negative: not known */
    size_t count;
    long example;       /* a thread id */
    const struct pp_frame_text *frames;
    size_t frame_count, head;
    const char *created_by; /* NULL when not known */
};

/* The next sentence of a dump (hunt->dump, or NULL) about a deadlock, or about a lock whose holder
 * has ended: without its '#', *len bytes of the dump. NULL when there are no more. */
const char *pp_hunt_deadlock(const char **at, size_t *len);

/* Groups of the hunt's threads, longest first. */
int pp_hunt_waiters(struct pp_hunt *hunt, struct pp_waiters **out, size_t *count,
                    struct pprof_error *error) __attribute__((warn_unused_result));

/* ---- leaks_report.c -------------------------------------------------------------------------- */

/* Prints the report; the number of leaks in it, deadlocks among them. */
size_t pp_hunt_report(const struct pp_hunt *hunt, const struct pp_findings *findings,
                      const struct pp_waiters *waiters, size_t waiter_count, FILE *out);

#endif
