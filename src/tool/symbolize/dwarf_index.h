/* Lines, functions and inlined calls of one file's DWARF, looked up by address.
 *
 *   address --spans of all units--> unit --spans of its functions and inlined calls--> node
 *                                     \--line table, decoded once                       | parent
 *                                                                                       node ...
 *
 * Each unit is read whole when the first of its addresses comes, so that thousands of addresses
 * cost one pass over the units they touch; libdw's own per-address search costs 0.7 ms each.
 *
 * Invariants: strings belong to libdw and live until pp_dwarf_close. One thread at a time.
 */
#ifndef PP_TOOL_DWARF_INDEX_H
#define PP_TOOL_DWARF_INDEX_H

#include "tool/symbolize/symbolize.h"

enum { PP_FRAMES_MAX = 256 };

struct pp_dwarf;

/* Finds the DWARF for a file: in it, by build id or debug link in /usr/lib/debug, by debuginfod
 * when DEBUGINFOD_URLS is set; split and supplementary files as libdw finds them. NULL: none. */
struct pp_dwarf *pp_dwarf_open(struct pp_arena *arena, const char *path);
void pp_dwarf_close(struct pp_dwarf *dwarf);

/* The separate file the DWARF came from, or NULL when it was the file itself. */
const char *pp_dwarf_file(const struct pp_dwarf *dwarf);

/* A split file (.dwo) that frames asked for so far lacked, so that they are without inlined calls;
 * NULL: none. */
const char *pp_dwarf_bare(const struct pp_dwarf *dwarf);

/* Frames at a file virtual address, innermost first, into frames[PP_FRAMES_MAX]. *entry: where the
 * piece of the outermost function that holds the address starts, 0 when it is unknown. */
size_t pp_dwarf_frames(struct pp_dwarf *dwarf, uint64_t address, struct pp_frame *frames,
                       uint64_t *entry);

#endif
