/* Flags of the command line, in the syntax of Go's flag package.
 *
 *   -name  --name  -name=value  -name value        booleans only take =value; "--" and the first
 *   other word end the flags; a repeated flag's last value counts
 */
#ifndef PP_TOOL_FLAGS_H
#define PP_TOOL_FLAGS_H

#include "pprof/error.h"
#include "tool/report/config.h"

#include <stddef.h>

struct pp_flag {
    const char *name;
    enum pp_option_kind kind;
    void *value; /* a pp_option_text, _bool, _int or _real */
};

struct pp_flag_set {
    struct pp_flag *items;
    size_t count;
};

/* Reads the flags of argv[1 ..]; *rest is the index of the first word behind them. Values point
 * into argv. PPROF_ERR_INVALID with a sentence, PPROF_ERR_CANCELED for -h and -help. */
int pp_flags_parse(const struct pp_flag_set *set, int argc, char **argv, int *rest,
                   struct pprof_error *error) PPROF_NODISCARD;

/* Narrower than pp_parse_bool: no yes and no, and case matters. */
bool pp_parse_flag_bool(const char *text, bool *value);

#endif
