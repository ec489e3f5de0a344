/* The shell: reports on one profile, one line after another.
 *
 *   name=value      sets an option           top10 -cum foo     a report, with numbers, sorting,
 *   filters o  help  quit   as said                  list f > file      into a file
 *
 * Reports go to standard output, everything else to the message function; mistakes are red when
 * standard error is a terminal. Lines are read as line.h says; a report longer than the terminal
 * goes through a pager (output.h).
 */
#ifndef PP_TOOL_SHELL_H
#define PP_TOOL_SHELL_H

#include "tool/driver/command.h"

#include <stdio.h>

/* Builds a report and writes it. 0, or an error with its sentence. */
typedef int (*pp_shell_report_fn)(const struct pprof_profile *profile,
                                  const struct pp_command *command, const char *symbol,
                                  const struct pp_config *config, pp_message_fn message, void *ctx,
                                  struct pprof_error *error);

struct pp_shell {
    const struct pprof_profile *profile;
    const struct pp_config *config; /* to begin with */
    FILE *input;
    pp_shell_report_fn report;
    pp_message_fn message;
    void *ctx; /* of report and message */
};

/* Runs until the input ends or the user leaves. PPROF_ERR_NOMEM, or 0. */
int pp_shell_run(const struct pp_shell *shell, struct pprof_error *error) PPROF_NODISCARD;

#endif
