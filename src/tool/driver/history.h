/* Lines of the shell kept between runs, one a line, the newest last:
 * $XDG_STATE_HOME/pprof/history, by default ~/.local/state/pprof/history, for its owner alone (0600
 * in a folder of 0700). Each line is added when it was typed, so that shells side by side keep
 * theirs. Where the file cannot be used there is no history, and nobody hears of it.
 */
#ifndef PP_TOOL_HISTORY_H
#define PP_TOOL_HISTORY_H

enum { PP_HISTORY_LINES = 1000 };

/* Hands over the kept lines, oldest first. When the file has grown far beyond PP_HISTORY_LINES, it
 * is cut to them. */
void pp_history_load(void (*each)(void *ctx, const char *line), void *ctx);

/* Adds a line; what holds a newline is left out. */
void pp_history_add(const char *line);

#endif
