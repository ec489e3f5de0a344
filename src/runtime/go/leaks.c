/* Goroutines that are still there, as a report: for tests, and at exit. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/sys.h"
#include "runtime/capture/tasksource.h"
#include "runtime/go/go_seen.h"
#include "runtime/go/sched_private.h"
#include "runtime/unwind/module.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { REPORT_MAX = 1000, NAP_NS = 1000000, FAIL_STATUS = 1 };
#define EXIT_WAIT_NS (100 * GO_MS)

PPROF_API uint64_t go_leak_mark(void)
{
    return pp_add(&pp_go_sched.epoch, 1) + 1;
}

/* ---- what is not to be told ---- */

static bool is_function(uintptr_t pc, const char *name)
{
    const char *found;
    uintptr_t entry;
    return pp_module_symbol(pc, &found, &entry) && strcmp(found, name) == 0;
}

static bool is_on_stack(const struct pp_task *task, const char *name)
{
    for (size_t i = 0; i < task->depth; i++) {
        if (is_function(task->pcs[i] - (i > 0), name)) {
            return true;
        }
    }
    return false;
}

static bool matches(const struct pp_task *task, const struct go_leak_ignore *ignore)
{
    if (!ignore->text) {
        return false;
    }
    switch (ignore->kind) {
    case GO_IGNORE_TOP_FUNCTION:
        return task->depth && is_function(task->pcs[0], ignore->text);
    case GO_IGNORE_ANY_FUNCTION:
        return is_on_stack(task, ignore->text) || is_function(task->start_routine, ignore->text);
    case GO_IGNORE_CREATED_BY:
        return task->created_pc && is_function(task->created_pc - 1, ignore->text);
    case GO_IGNORE_NAME:
        return strcmp(task->name, ignore->text) == 0;
    }
    return false;
}

/* ---- looking ---- */

struct search {
    const struct go_leak_ignore *ignores;
    size_t ignore_count, found;
    uint64_t self;
    struct pp_buf *out; /* NULL: only counted */
};

static int visit_task(void *ctx, const struct pp_task *task)
{
    struct search *search = ctx;
    if ((uint64_t)task->id == search->self) {
        return 0;
    }
    for (size_t i = 0; i < search->ignore_count; i++) {
        if (matches(task, &search->ignores[i])) {
            return 0;
        }
    }
    search->found++;
    if (search->out && search->found <= REPORT_MAX) {
        return pp_task_write(search->out, task);
    }
    return 0;
}

static size_t look(uint64_t mark, struct search *search)
{
    search->found = 0;
    pp_go_block_long();
    (void)pp_go_tasks_since((uint32_t)mark, visit_task, search);
    go_block_end();
    return search->found;
}

static size_t report(uint64_t mark, struct search *search, int fd)
{
    struct pp_arena arena;
    struct pp_buf text, head;
    pp_arena_init(&arena, 0);
    pp_buf_init(&text, &arena);
    pp_buf_init(&head, &arena);
    search->out = &text;
    size_t found = look(mark, search);
    pp_buf_printf(&head, "goroutine leak: %zu still there\n\n", found);
    if (found && pp_sys_write_all(fd, head.data, head.len) == 0) {
        (void)pp_sys_write_all(fd, text.data, text.len);
    }
    pp_arena_release(&arena);
    return found;
}

PPROF_API size_t go_leaks(uint64_t mark, const struct go_leak_ignore *ignores, size_t count,
                          int64_t max_wait_ns, int fd)
{
    struct search search = { .ignores = ignores, .ignore_count = count, .self = go_id() };
    int64_t until = pp_go_due(max_wait_ns);
    size_t found;
    struct go_context *before = go_context_enter(NULL); /* it may have ended */
    while ((found = look(mark, &search)) > 0 && go_now() < until) {
        (void)go_sleep(NAP_NS);
    }
    go_context_leave(before);
    return found && fd >= 0 ? report(mark, &search, fd) : found;
}

/* ---- at exit ---- */

static bool exit_fails;

static void at_exit(void)
{
    if (go_leaks(0, NULL, 0, EXIT_WAIT_NS, 2) && exit_fails) {
        (void)fflush(NULL);
        _exit(FAIL_STATUS);
    }
}

void pp_go_leaks_init(void)
{
    const char *asked = secure_getenv("GO_LEAKS");
    if (asked && *asked && strcmp(asked, "0") != 0) {
        exit_fails = strcmp(asked, "fail") == 0;
        (void)atexit(at_exit);
    }
}
