/* Capstone, loaded with dlopen when the first instruction is to be shown: functions as members of
 * one table, as in libdw.h. */
#ifndef PP_TOOL_LIBCAPSTONE_H
#define PP_TOOL_LIBCAPSTONE_H

#include <capstone/capstone.h>

#define PP_LIBCAPSTONE_FUNCTIONS(X)                                                                \
    X(cs_version)                                                                                  \
    X(cs_open)                                                                                     \
    X(cs_close)                                                                                    \
    X(cs_option)                                                                                   \
    X(cs_strerror)                                                                                 \
    X(cs_malloc)                                                                                   \
    X(cs_free)                                                                                     \
    X(cs_disasm_iter)                                                                              \
    X(cs_insn_group)

struct pp_libcapstone {
#define X(name) __typeof__(&name) name;
    PP_LIBCAPSTONE_FUNCTIONS(X)
#undef X
};

/* The table, or NULL when the library is missing or of another version than the header that this
 * was built with (its structures differ). Loaded once. Any thread. */
const struct pp_libcapstone *pp_libcapstone(void);

/* The name that was looked for, "libcapstone.so.4". */
const char *pp_libcapstone_name(void);

/* For tests: the library to load from now on; "" for none, NULL for the usual one. */
void pp_libcapstone_use(const char *file);

#endif
