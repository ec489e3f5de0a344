/* Where a report goes.
 *
 *   report -> text -+-> standard output, or a pager when it is longer than the terminal
 *                   +-> a named file, or profileNNN.EXTENSION
 *                   +-> dot -> ...
 *                   +-> a file of its own -> a viewer
 */
#ifndef PP_TOOL_OUTPUT_H
#define PP_TOOL_OUTPUT_H

#include "tool/driver/command.h"

/* Writes a built report as the command and the option "output" say. In the shell: what is not text
 * goes to a file even when standard output is none of a terminal, viewers are not waited for, and
 * a pager shows what is too long for the terminal. A report that fails on the way leaves no file
 * behind when its command takes an expression, or a program draws it. */
int pp_output_write(struct pp_report *report, const struct pp_command *command, bool in_shell,
                    struct pprof_error *error) PPROF_NODISCARD;

#endif
