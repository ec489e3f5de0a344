/* What the shell says about itself: its options with their values, and help. */
#ifndef PP_TOOL_SHELL_HELP_H
#define PP_TOOL_SHELL_HELP_H

#include "pprof/profile.h"
#include "tool/driver/options.h"
#include "tool/symbolize/message.h"

/* The options, sorted, with their values and choices. */
void pp_shell_show_options(const struct pprof_profile *profile, const struct pp_config *config,
                           pp_message_fn message, void *ctx);

/* Help on everything (""), a command, an option, or a choice. False when the name is unknown. */
bool pp_shell_help(const char *name, pp_message_fn message, void *ctx);

/* The option that has a choice of that name, or NULL. */
const struct pp_option *pp_shell_option_of_choice(const char *name);

#endif
