/* Programs of others, started and waited for. */
#ifndef PP_TOOL_PROGRAM_H
#define PP_TOOL_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Starts argv with input and output in place of the descriptors 0 and 1 (negative: ours); its
 * signals are as usual, whatever we ignore. 0 or an errno value. */
int pp_program_start(char *const argv[], int in, int out, pid_t *pid);

/* Waits until a deadline (monotonic; 0: none). False when it passed: the child is ended then.
 * *status as waitpid gives it. */
bool pp_program_wait(pid_t pid, int64_t deadline_ns, int *status);

/* Forgets children that have ended and that nobody waited for. */
void pp_program_reap(void);

#endif
