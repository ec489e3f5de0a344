/* The tool's reports, from the command line to the exit status. */
#ifndef PP_TOOL_DRIVER_H
#define PP_TOOL_DRIVER_H

#include "tool/driver/args.h"

/* Everything but the words of subcommand.h. Returns the exit status: 0, or 2 after a mistake. */
int pp_driver_main(int argc, char **argv);

/* "pprof 0.1.0" on standard output; the exit status. */
int pp_version_print(void);

/* Prints the usage text on standard error. */
void pp_usage_print(void);

/* From now on profiles are unpacked and packed by libdeflate. Before any other thread starts. */
void pp_use_fast_gzip(void);

/* From now on profiles in zstd can be read. Before any other thread starts. */
void pp_use_zstd(void);

/* What -http runs: the web page's room stands above this one, so main.c hands it over. */
typedef int (*pp_web_fn)(const struct pp_args *args, struct pprof_error *error);
void pp_driver_use_web(pp_web_fn run);

/* Builds the command's report on a profile and writes it where the options say (output.h). */
int pp_driver_report(const struct pprof_profile *profile, const struct pp_command *command,
                     const char *symbol, const struct pp_config *config, bool in_shell,
                     pp_message_fn message, void *ctx, struct pprof_error *error) PPROF_NODISCARD;

#endif
