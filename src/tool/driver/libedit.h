/* libedit, loaded with dlopen when a terminal first asks for a line: functions as members of one
 * table, as in libdw.h. */
#ifndef PP_TOOL_LIBEDIT_H
#define PP_TOOL_LIBEDIT_H

#include <histedit.h>

#define PP_LIBEDIT_FUNCTIONS(X)                                                                    \
    X(el_init)                                                                                     \
    X(el_end)                                                                                      \
    X(el_gets)                                                                                     \
    X(el_set)                                                                                      \
    X(el_get)                                                                                      \
    X(el_source)                                                                                   \
    X(el_line)                                                                                     \
    X(el_insertstr)                                                                                \
    X(el_deletestr)                                                                                \
    X(history_init)                                                                                \
    X(history_end)                                                                                 \
    X(history)

struct pp_libedit {
#define X(name) __typeof__(&name) name;
    PP_LIBEDIT_FUNCTIONS(X)
#undef X
};

/* The table, or NULL when libedit.so.2 is missing. Loaded once. */
const struct pp_libedit *pp_libedit(void);

#endif
