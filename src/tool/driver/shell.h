/* The shell: reports on one profile, one line after another.
 *
 *   name=value      sets an option           top10 -cum foo     a report, with numbers, sorting,
 *   filters o  help  quit   as said                  list f > file      into a file
 *
 * Reports go to standard output, everything else to the message function. Reading lines knows no
 * editing yet; the prompt appears when a terminal asks.
 */
#ifndef PP_TOOL_SHELL_H
#define PP_TOOL_SHELL_H

#include "tool/driver/command.h"

#include <stdio.h>

/* Runs until the input ends or the user leaves. PPROF_ERR_NOMEM, or 0. */
int pp_shell_run(const struct pprof_profile *profile, const struct pp_config *config, FILE *input,
                 pp_message_fn message, void *ctx, struct pprof_error *error) PPROF_NODISCARD;

#endif
