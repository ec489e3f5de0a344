/* Words on standard error. One line each, written in one system call, never through stdio. */
#ifndef PP_BASE_LOG_H
#define PP_BASE_LOG_H

/* Writes "pprof: " + text + newline to descriptor 2 (cut at 1 KiB). Not for signal handlers. */
void pp_log(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* From now on pp_log writes only while descriptor 2 is the file that it is now: a program may
 * close it and get the number for a file of its own. Never called: it writes always. */
void pp_log_remember(void);

/* Silences pp_log (PPROF_QUIET, and children of a profiled program). */
void pp_log_quiet(int quiet);

#endif
