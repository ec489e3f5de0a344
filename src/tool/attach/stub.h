/* The code that runs on the borrowed thread (stub.S), and what it reads and writes.
 *
 *   block [ functions | answers | frame: as a signal's | texts, request ] ... stack, downwards
 *
 * It loads the library (unless that is there), calls its function, puts errno back and ends as a
 * signal handler does: rt_sigreturn restores every register, the vector state and the signal mask
 * from the frame. So a tool that is killed at any moment leaves a thread that finishes by itself.
 */
#ifndef PP_TOOL_ATTACH_STUB_H
#define PP_TOOL_ATTACH_STUB_H

#include <stdint.h>

struct pp_stub_block {
    uint64_t dlopen;         /* 0: `entry` is an address */
    uint64_t dlerror;        /* 0: none */
    uint64_t errno_location;
    uint64_t flags;
    uint64_t path;
    uint64_t entry;          /* in the file, or in memory */
    uint64_t request;        /* its argument */
    uint64_t handle;         /* answer of dlopen */
    uint64_t frame;          /* the stack pointer for rt_sigreturn */
    uint64_t called;         /* 1: the function came back */
    char error[256];         /* of dlerror */
};

extern const char pp_stub_start[], pp_stub_end[];

#endif
