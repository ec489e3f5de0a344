/* A shared library that is loaded when first used, with its functions as members of one table.
 *
 *   static struct { __typeof__(&f) f; __typeof__(&g) g; } table;
 *   static struct pp_dynlib lib = { .files = { "libx.so.1" }, .names = names, .table = &table };
 *   if (pp_dynlib_load(&lib)) { table.f(); }
 *
 * Invariants: names ends with NULL and has one entry for each member of the table, in its order.
 * The table does not change once load has returned true. Any thread; never unloaded.
 */
#ifndef PP_TOOL_DYNLIB_H
#define PP_TOOL_DYNLIB_H

#include <stdbool.h>

enum { PP_DYNLIB_FILES = 3 };

struct pp_dynlib {
    const char *files[PP_DYNLIB_FILES]; /* tried in order; NULL ends */
    const char *const *names;
    void *table;
    bool (*check)(void); /* of the loaded table: the right version? NULL: any will do */
    /* guarded by one lock in dynlib.c */
    const char *instead;
    bool tried, loaded;
};

/* Whether the library with all its functions is there; tried once. */
bool pp_dynlib_load(struct pp_dynlib *lib);

/* For tests: the file to load from now on; "" for none, NULL for the usual ones. */
void pp_dynlib_use(struct pp_dynlib *lib, const char *file);

#endif
