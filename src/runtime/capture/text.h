/* Go's debug=1 text for stacks and count profiles, shared by every kind.
 *
 * Columns are aligned as Go's tabwriter does with minimum width 1, tab width 8, padding 1 and tabs.
 * A frame line is "#\tPC\tNAME+OFFSET\tMODULE:0": files and lines are not known in the process, so
 * the module's path stands where Go has the file, with line 0. Return addresses are printed less 1,
 * as Go does; a pc without a name has only its number.
 *
 * Not for signal handlers, not for malloc hooks (names are read from mapped files).
 */
#ifndef PP_CAPTURE_TEXT_H
#define PP_CAPTURE_TEXT_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pp_snapshot;

/* One line for each pc, aligned; no blank line behind. leaf_is_return: pcs[0] is a return address
 * like the others. hide_leading_ours drops frames of libpprof at the leaf, unless there are no
 * others. */
void pp_text_frames(struct pp_buf *out, const uintptr_t *pcs, size_t n, bool leaf_is_return,
                    bool hide_leading_ours);

/* " 0x.. 0x..": the pcs of one stack as they were captured, each behind a space. */
void pp_text_pcs(struct pp_buf *out, const uintptr_t *pcs, size_t n);

/* The name and offset of one pc as in a frame line; the address looked up is pc, or pc - 1 for a
 * return address. False (nothing appended) when no function is known there. */
bool pp_text_symbol(struct pp_buf *out, uintptr_t pc, bool is_return);

/* A whole count profile: "NAME profile: total N", then for each distinct (stack, labels), highest
 * count first, "%d @ pcs", "# labels: {...}" when there are any, the frames and a blank line.
 * values[0] of each record is its count. */
void pp_text_count_profile(const char *name, const struct pp_snapshot *snapshot,
                           bool leaf_is_return, struct pp_buf *out);

/* Aligns the tab-separated cells of out's text from offset `from` to its end. A cell counts as part
 * of a column when a tab ends it; a column is a run of neighbouring lines that have it. */
void pp_text_align(struct pp_buf *out, size_t from);

#endif
