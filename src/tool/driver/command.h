/* Commands, which are reports: one row each. A row is a flag of the command line, a word of the
 * shell, and its help.
 */
#ifndef PP_TOOL_COMMAND_H
#define PP_TOOL_COMMAND_H

#include "tool/report/report.h"

/* Which settings a command brings along. */
enum pp_command_cut {
    PP_CUT_PICTURE,  /* at most 80 nodes unless told otherwise */
    PP_CUT_TABLE,    /* no limit on nodes on the command line, 10 in the shell */
    PP_CUT_NOTHING,  /* whole: no trimming at all */
    PP_CUT_EXACT,    /* whole, and address by address */
    PP_CUT_SOURCE,   /* whole, and line by line */
};

struct pp_command {
    const char *name;
    enum pp_format format;
    enum pp_command_cut cut;
    bool takes_symbol;     /* an expression follows */
    const char *extension; /* of the file made when standard output is a terminal; NULL: text */
    const char *convert;   /* what the dot program makes of the report; NULL: nothing */
    const char *viewer;    /* shows the result unless a file is named (viewer.h); NULL: none */
    const char *help;
};

extern const struct pp_command pp_commands[];
extern const size_t pp_command_count;

/* NULL when there is no such command. */
const struct pp_command *pp_command_named(const char *name);

/* The options as the command wants them. */
void pp_command_apply(const struct pp_command *command, struct pp_config *config);

#endif
