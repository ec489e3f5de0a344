/* What the kernel says of one thread under /proc/self/task: read-only, nobody is disturbed. */
#ifndef PP_CAPTURE_THREAD_PROC_H
#define PP_CAPTURE_THREAD_PROC_H

#include "runtime/capture/thread.h"

enum pp_proc_state {
    PP_PROC_GONE,     /* no such thread any more */
    PP_PROC_RUNNING,  /* on a processor or ready to be */
    PP_PROC_BLOCKED,  /* call, sp and pc are known; -1, 0 and 0 where the kernel does not tell */
};

struct pp_proc_look {
    enum pp_proc_state state;
    long call;          /* system call number; -1: none (a page fault, or stopped) */
    uint64_t args[6];
    uintptr_t sp, pc;
    uint64_t line_hash; /* of the whole answer */
};

/* A descriptor of /proc/self/task, or a negative errno value. */
int pp_proc_open(void);
void pp_proc_close(int dir);

/* A field of the text of a stat file, counted from 1 behind the name, which may hold anything; NULL
 * when it is not there. */
enum { PP_STAT_STATE = 3, PP_STAT_START_TICKS = 22, PP_STAT_EXIT_CODE = 52 };
const char *pp_proc_stat_field(const char *stat, int number);

/* The thread ids, at most cap; returns how many there are. */
size_t pp_proc_list(int dir, pid_t *tids, size_t cap);

void pp_proc_look(int dir, pid_t tid, struct pp_proc_look *look);

/* How often the thread was given a processor: unchanged means that it did not run in between. False
 * when the kernel does not say. */
bool pp_proc_turns(int dir, pid_t tid, uint64_t *turns);

/* The thread's name. */
void pp_proc_name(int dir, pid_t tid, char name[16]);

/* Whether the thread blocks this signal (true when that cannot be told). */
bool pp_proc_blocks(int dir, pid_t tid, int signal);

/* What a thread that is in this system call waits for. */
enum pp_wait_reason pp_proc_reason(long call);

#endif
