/* A program that shows long text page by page. */
#ifndef PP_TOOL_PAGER_H
#define PP_TOOL_PAGER_H

#include <stdbool.h>

/* Shows a file when it has more lines than the terminal on standard output: by $PAGER, which the
 * shell reads ("" and "cat": by none), or by less. Waits until the user leaves it. False when
 * nothing was shown: it is short, there is no terminal, or no pager. */
bool pp_pager_show(int fd);

#endif
