/* Totals of the unwinder, for the page about ourselves. */
#include "runtime/unwind/unwind_private.h"

#include "base/atomic.h"

static struct pp_unwind_stats totals PP_HOT_DATA;

PP_HOT void pp_walk_count_sig(unsigned flags)
{
    pp_add_relaxed(&totals.walks, 1);
    if (flags & PP_UNWIND_LOST) {
        pp_add_relaxed(&totals.lost, 1);
    }
    if (flags & PP_UNWIND_CUT) {
        pp_add_relaxed(&totals.cut, 1);
    }
    if (flags & PP_UNWIND_GUESSED) {
        pp_add_relaxed(&totals.guessed, 1);
    }
}

void pp_unwind_count_rows(int64_t bytes)
{
    pp_add_relaxed(&totals.rows_bytes, (uint64_t)bytes);
}

void pp_unwind_stats(struct pp_unwind_stats *stats)
{
    stats->walks = pp_load_relaxed(&totals.walks);
    stats->lost = pp_load_relaxed(&totals.lost);
    stats->cut = pp_load_relaxed(&totals.cut);
    stats->guessed = pp_load_relaxed(&totals.guessed);
    stats->rows_bytes = pp_load_relaxed(&totals.rows_bytes);
}
