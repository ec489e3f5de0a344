/* Text in columns: cells that end in a tab.
 *
 *   "name:\t 7\tms\n"     a column reaches over the adjacent lines that have it; its cells are
 *   "b:\t 12\ts\n"        right-aligned and one blank wider than the widest. What stands behind a
 *   "free text\n"         line's last tab is in no column.
 *
 * Invariants: width is in characters; time is linear in the text.
 */
#ifndef PP_REPORT_TABS_H
#define PP_REPORT_TABS_H

#include "base/arena.h"
#include "tool/report/out.h"

/* Puts the text, made of whole lines. 0 or PPROF_ERR_NOMEM, with nothing put. */
int pp_tabs_put(struct pp_arena *arena, struct pp_out *out, const char *text, size_t len)
    __attribute__((warn_unused_result));

#endif
