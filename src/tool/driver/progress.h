/* One line on standard error for whoever waits at a terminal: after a second "reading: 1 s",
 * redrawn each second, wiped before anything else is written. Without a terminal nothing happens.
 *
 * Invariants: at most one wait at a time counts; a begin inside of another wait only changes the
 * words. Everything may be called by any thread.
 */
#ifndef PP_TOOL_PROGRESS_H
#define PP_TOOL_PROGRESS_H

/* A wait begins; words must stay until its end. */
void pp_progress_begin(const char *words);

/* Wipes the line, so that other text can be written; it may come back a second later. */
void pp_progress_wipe(void);

/* The wait is over. Once too often is fine. */
void pp_progress_end(void);

#endif
