/* Units of measure that can be converted into each other: bytes, times, GCUs.
 *
 * A unit is known by its aliases, in any case, with or without a plural s. */
#ifndef PP_PROFILE_UNIT_H
#define PP_PROFILE_UNIT_H

#include <stdbool.h>

enum pp_unit_family { PP_UNIT_BYTES, PP_UNIT_TIME, PP_UNIT_GCU };

struct pp_unit {
    enum pp_unit_family family;
    const char *name; /* as printed */
    const char *aliases[3];
    double factor; /* of the family's B, ns, GCU */
};

/* NULL for a unit that belongs to no family. */
const struct pp_unit *pp_unit_find(const char *text);

/* How many of `to` one of `from` is. False when the two are not of one family and not the same. */
bool pp_unit_ratio(const char *from, const char *to, double *ratio);

/* The table, ordered by family and size; it ends with a NULL name. */
extern const struct pp_unit pp_units[];

#endif
