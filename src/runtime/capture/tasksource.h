/* Task sources: whoever runs tasks (threads today, goroutines later) registers one; the goroutine
 * profile and its dumps know only this interface, so that capture never depends on the scheduler.
 */
#ifndef PP_CAPTURE_TASKSOURCE_H
#define PP_CAPTURE_TASKSOURCE_H

#include "pprof/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct pp_buf;
struct pp_wait_edge; /* deadlock.h */

struct pp_task {
    int64_t id;               /* thread id or goroutine number */
    const char *name;         /* "" when none */
    const char *status;       /* "running", or a wait reason such as "IO wait" */
    int64_t waited_ns;        /* at least so long */
    const struct pp_wait_edge *wait; /* what it waits for; NULL when it runs, or none can tell */
    bool locked_to_thread;
    bool is_thread;           /* and there are other tasks as well */
    const uintptr_t *pcs;     /* pcs[0] exact, then return addresses */
    size_t depth;
    unsigned flags;           /* PP_UNWIND_* */
    uint32_t label_set;
    uintptr_t created_pc;     /* where it was started, a return address; 0 when not known */
    int64_t created_by_id;    /* 0 when not known */
    uintptr_t start_routine;  /* 0 when not known */
};

/* What a source says of a thread: it does not know it; it runs one of its tasks, and the source has
 * filled in who that is (id, name, status, labels, creator; the stack stays); it is idle, and no
 * task. */
enum pp_task_claim { PP_TASK_FOREIGN, PP_TASK_MINE, PP_TASK_NONE };

struct pp_task_source {
    const char *name;
    enum pp_task_claim (*claim)(pid_t tid, struct pp_task *task); /* or NULL */
    int (*walk)(int (*visit)(void *ctx, const struct pp_task *task), void *ctx,
                struct pprof_error *error);
    int64_t (*count)(void);
};

/* Adds a source (at most 4); the struct is kept. Before threads start, or under the init lock. */
int pp_task_source_add(const struct pp_task_source *source);

/* Whether anybody but threads has tasks: then a dump tells them apart. */
bool pp_tasks_differ(void);

/* Asks the sources whose task a thread runs. */
enum pp_task_claim pp_task_claim(pid_t tid, struct pp_task *task);

/* Every task of every source; visit returns non-zero to stop. */
int pp_tasks_walk(int (*visit)(void *ctx, const struct pp_task *task), void *ctx,
                  struct pprof_error *error) __attribute__((warn_unused_result));
int64_t pp_tasks_count(void);

/* Every task as goroutine?debug=2 has it, and who waits for whom in a ring. Between two tasks, when
 * there are PP_TASKS_PIECE bytes or more, `full` may take the buffer away and leave an empty one in
 * *out; non-zero stops. For texts of any length without moving them. */
enum { PP_TASKS_PIECE = 256 << 10 };
int pp_tasks_write(struct pp_buf *out, int (*full)(void *ctx, struct pp_buf *out), void *ctx,
                   struct pprof_error *error) __attribute__((warn_unused_result));

/* One task as goroutine?debug=2 has it (thread_profile.c); the buffer's error. */
int pp_task_write(struct pp_buf *out, const struct pp_task *task);

#endif
