/* Lines typed by a person, or read from a file.
 *
 * On a terminal libedit edits them (loaded when first needed; keys as in ~/.editrc), with the
 * history of history.h and the completions of complete.h; a broken-off line (^C) is an empty one.
 * Without libedit a terminal still gets the prompt. Anything else is read as it is, with neither.
 * Signals of the terminal are as usual between two lines.
 */
#ifndef PP_TOOL_LINE_H
#define PP_TOOL_LINE_H

#include "pprof/profile.h"

#include <stdio.h>

struct pp_line_reader;

/* NULL when memory is out. The profile is what completions know; it outlives the reader. */
struct pp_line_reader *pp_line_open(FILE *input, const struct pprof_profile *profile);

/* The next line without its end, good until the next call; NULL at the end of the input. */
char *pp_line_read(struct pp_line_reader *reader, const char *prompt);

void pp_line_close(struct pp_line_reader *reader);

#endif
