/* Source lines with their instructions and weights, for functions that match: what weblist shows.
 *
 *   samples -> weights by address; addresses of interest -> ranges of code -> instructions
 *   instruction --frames--> each frame of interest: file, line, and the calls inlined below it
 *   lines of a file -> functions: neighbours of one name merged, a few lines of context around
 *
 * In the report's arena.
 */
#ifndef PP_REPORT_WEBLIST_H
#define PP_REPORT_WEBLIST_H

#include "tool/report/objects.h"
#include "tool/report/report.h"

struct pp_web_call {
    const char *file;
    int64_t line;
};

struct pp_web_instruction {
    uint64_t address; /* in the binary's file */
    const char *text; /* "": an address without a binary */
    const char *file; /* of the innermost frame; "" when unknown */
    int64_t line;
    int64_t flat, cum;
    bool starts_block; /* does not follow the one before in memory */
    const struct pp_web_call *calls; /* inlined into this line, outermost first */
    size_t call_count;
};

struct pp_web_line {
    int64_t number; /* 0: not known */
    int64_t flat, cum;
    const struct pp_web_instruction *instructions;
    size_t count;
};

struct pp_web_function {
    const char *name, *file; /* file "": not known */
    int64_t begin, end;      /* lines [begin, end) to show */
    int64_t flat, cum;
    const struct pp_web_line *lines; /* those with instructions, by number */
    size_t line_count;
};

struct pp_weblist {
    const struct pp_web_function
        *functions; /* by file, then line; those without weight are left out */
    size_t count;
};

/* PPROF_ERR_NOTFOUND when no function matches the report's expression. */
int pp_weblist_build(struct pp_report *report, struct pp_weblist *list, struct pprof_error *error)
    __attribute__((warn_unused_result));

/* --- between the files of weblist ------------------------------------------------------------- */

/* One instruction as one frame of interest sees it. */
struct pp_web_entry {
    const char *file;  /* interned: equal files have equal pointers */
    int64_t line;
    uint64_t address;
    uint64_t next_address; /* of what follows in memory */
    const char *function; /* as linked */
    struct pp_web_instruction instruction;
};

/* Groups entries (sorted by the call) into functions. */
int pp_weblist_group(struct pp_arena *arena, struct pp_web_entry *entries, size_t count,
                     struct pp_weblist *list) __attribute__((warn_unused_result));

#endif
