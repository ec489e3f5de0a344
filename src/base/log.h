/* Words on standard error. One line each, written in one system call, never through stdio. */
#ifndef PP_BASE_LOG_H
#define PP_BASE_LOG_H

/* Writes "pprof: " + text + newline to descriptor 2 (cut at 1 KiB). Not for signal handlers. */
void pp_log(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Silences pp_log (PPROF_QUIET, and children of a profiled program). */
void pp_log_quiet(int quiet);

#endif
