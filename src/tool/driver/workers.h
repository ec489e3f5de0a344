/* Threads for pp_jobs_run. */
#ifndef PP_TOOL_WORKERS_H
#define PP_TOOL_WORKERS_H

/* From now on pp_jobs_run uses all processors that the process may use, at most eight. Where no
 * thread can be started the caller does the work. Before any other thread starts. */
void pp_use_workers(void);

#endif
