#include "profile/unit.h"

#include <string.h>

/* Names, aliases and factors are google/pprof's: scripts parse them. */
const struct pp_unit pp_units[] = {
    { PP_UNIT_BYTES, "B", { "b", "byte" }, 1 },
    { PP_UNIT_BYTES, "kB", { "kb", "kbyte", "kilobyte" }, 0x1p10 },
    { PP_UNIT_BYTES, "MB", { "mb", "mbyte", "megabyte" }, 0x1p20 },
    { PP_UNIT_BYTES, "GB", { "gb", "gbyte", "gigabyte" }, 0x1p30 },
    { PP_UNIT_BYTES, "TB", { "tb", "tbyte", "terabyte" }, 0x1p40 },
    { PP_UNIT_BYTES, "PB", { "pb", "pbyte", "petabyte" }, 0x1p50 },
    { PP_UNIT_TIME, "ns", { "ns", "nanosecond" }, 1 },
    { PP_UNIT_TIME, "us", { "us", "\xce\xbcs", "microsecond" }, 1e3 },
    { PP_UNIT_TIME, "ms", { "ms", "millisecond" }, 1e6 },
    { PP_UNIT_TIME, "s", { "s", "sec", "second" }, 1e9 },
    { PP_UNIT_TIME, "hrs", { "hour", "hr" }, 3.6e12 },
    { PP_UNIT_GCU, "n*GCU", { "nanogcu" }, 1e-9 },
    { PP_UNIT_GCU, "u*GCU", { "microgcu" }, 1e-6 },
    { PP_UNIT_GCU, "m*GCU", { "milligcu" }, 1e-3 },
    { PP_UNIT_GCU, "GCU", { "gcu" }, 1 },
    { PP_UNIT_GCU, "k*GCU", { "kilogcu" }, 1e3 },
    { PP_UNIT_GCU, "M*GCU", { "megagcu" }, 1e6 },
    { PP_UNIT_GCU, "G*GCU", { "gigagcu" }, 1e9 },
    { PP_UNIT_GCU, "T*GCU", { "teragcu" }, 1e12 },
    { PP_UNIT_GCU, "P*GCU", { "petagcu" }, 1e15 },
    { .name = NULL },
};

enum { LONGEST = 16 };

/* Lower case, one plural s less. False when it is longer than any unit's name. */
static bool simplify(const char *text, char out[LONGEST])
{
    size_t len = strnlen(text, LONGEST);
    if (len == LONGEST) {
        return false;
    }
    for (size_t i = 0; i <= len; i++) {
        bool upper = text[i] >= 'A' && text[i] <= 'Z';
        out[i] = (char)(text[i] + (upper ? 'a' - 'A' : 0));
    }
    if (len > 2 && out[len - 1] == 's') {
        out[len - 1] = '\0';
    }
    return true;
}

static bool is_alias(const struct pp_unit *unit, const char *text)
{
    for (int i = 0; i < 3 && unit->aliases[i]; i++) {
        if (strcmp(unit->aliases[i], text) == 0) {
            return true;
        }
    }
    return false;
}

const struct pp_unit *pp_unit_find(const char *text)
{
    char simple[LONGEST];
    if (!simplify(text, simple)) {
        return NULL;
    }
    for (const struct pp_unit *unit = pp_units; unit->name; unit++) {
        if (is_alias(unit, simple)) {
            return unit;
        }
    }
    return NULL;
}

bool pp_unit_ratio(const char *from, const char *to, double *ratio)
{
    const struct pp_unit *a = pp_unit_find(from), *b = pp_unit_find(to);
    if (a && b && a->family == b->family) {
        *ratio = a->factor / b->factor;
        return true;
    }
    *ratio = 1;
    return strcmp(from, to) == 0;
}
