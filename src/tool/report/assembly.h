/* An annotated disassembly: the functions of a profile's binaries that match, with each
 * instruction's weight. Built from a graph whose nodes are addresses; in the report's arena.
 */
#ifndef PP_REPORT_ASSEMBLY_H
#define PP_REPORT_ASSEMBLY_H

#include "tool/report/objects.h"
#include "tool/report/report.h"

struct pp_assembly_line {
    uint64_t address; /* in the file */
    const char *text;
    int64_t flat, cum;
    const char *function, *file; /* where it comes from, innermost; "" when unknown */
    int64_t line;
};

struct pp_assembly_routine {
    const char *name;
    const char *const *other_names;
    size_t other_name_count;
    int64_t flat, cum;
    const struct pp_assembly_line *lines;
    size_t line_count;
};

/* Goes through the routines that match the report's expression (or hold the address it is), sorted
 * by name, and hands over each. PPROF_ERR_NOTFOUND when there are none. most: at most so many,
 * those with the highest flat weight first; 0: all. */
typedef void (*pp_assembly_fn)(void *ctx, const struct pp_assembly_routine *routine);
int pp_assembly_each(struct pp_report *report, size_t most, pp_assembly_fn each, void *ctx,
                     struct pprof_error *error) __attribute__((warn_unused_result));

/* The number that an expression is in C's notation; false when it is something else. */
bool pp_assembly_address(const char *symbol, uint64_t *address);

#endif
