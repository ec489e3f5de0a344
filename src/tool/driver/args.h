/* What the command line asks for. */
#ifndef PP_TOOL_ARGS_H
#define PP_TOOL_ARGS_H

#include "tool/driver/command.h"
#include "tool/driver/fetch.h"
#include "tool/driver/options.h"
#include "tool/report/config.h"

enum { PP_ARGS_CHOICES = 16 };

/* A choice of an option, which is a flag of its own (-lines). */
struct pp_args_choice {
    const struct pp_option *option;
    char name[24];
    bool is_set;
};

/* Stays where it was parsed: options point into it, and into argv. */
struct pp_args {
    struct pp_config config;
    const struct pp_command *command; /* NULL: the shell */
    const char *symbol;               /* the command's expression, or NULL */
    const char *const *sources;       /* in argv */
    size_t source_count;
    const char *base; /* "" for none */
    bool is_diff_base;
    struct pp_fetch_options fetch;
    const char *symbolize, *add_comment, *http;
    bool all_frames, no_browser;
    struct pp_args_choice choices[PP_ARGS_CHOICES];
};

/* Reads the whole command line. PPROF_ERR_CANCELED: help was asked for. PPROF_ERR_UNKNOWN: flags
 * are wrong; PPROF_ERR_NOTFOUND: no source; both want the usage shown. PPROF_ERR_INVALID: other
 * mistakes. */
int pp_args_parse(struct pp_args *args, int argc, char **argv, pp_message_fn message, void *ctx,
                  struct pprof_error *error) PPROF_NODISCARD;

/* The flags that stand beside options and commands: name and help, for the usage text. */
struct pp_source_flag {
    const char *name, *help;
};
extern const struct pp_source_flag pp_source_flags[];
extern const size_t pp_source_flag_count;

#endif
