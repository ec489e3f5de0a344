/* Asking a running thread for its stack: a signal whose handler walks and hands the result over. */
#ifndef PP_CAPTURE_THREAD_DUMP_H
#define PP_CAPTURE_THREAD_DUMP_H

#include "runtime/unwind/unwind.h"

#include <stdint.h>
#include <sys/types.h>

struct pp_dump_result {
    size_t depth;
    unsigned flags;
    uintptr_t pcs[PP_STACK_DEPTH_MAX];
};

/* Chooses the signal (a real-time one that the program leaves alone) and installs the handler; to
 * be called once a walk. 0 when no signal can be had: then nobody is asked. */
int pp_dump_signal_prepare(void);

/* The stack of thread tid, which does not block `signal`. False when it did not answer in time; it
 * will then never write to *result. One call at a time. */
bool pp_dump_ask(pid_t tid, int signal, struct pp_dump_result *result);

/* The handler's part (thread_dump_sig.c). */
struct pp_dump_request {
    uint32_t state; /* enum below; a futex word */
    pid_t tid;
    struct pp_dump_result result;
};
enum { PP_DUMP_IDLE, PP_DUMP_ASKED, PP_DUMP_WALKING, PP_DUMP_DONE };
extern struct pp_dump_request pp_dump_request;
void pp_dump_handler_sig(int signal, void *info, void *context);

void pp_dump_after_fork(void);

#endif
