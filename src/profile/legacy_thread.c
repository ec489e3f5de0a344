/* Thread dumps of the threadz handler:
 *
 *   --- threadz 1 ---
 *   --- Thread 7f79 (name: main/14748) stack: ---
 *     PC: 0x... name            or 0xADDR 0xADDR ..., or "same as previous thread"
 *   --- Memory map: ---
 */
#include "profile/legacy.h"

#include <string.h>

/* --- threadz N --- anywhere in the line */
static bool is_headline(struct pp_scan line)
{
    const char *found;
    while ((found = pp_scan_find(line, "--- threadz "))) {
        struct pp_scan s = { found + strlen("--- threadz "), line.end };
        if (pp_scan_run(&s, pp_is_digit, NULL) && pp_scan_starts(s, " ---")) {
            return true;
        }
        line.at = found + 1;
    }
    return false;
}

/* /DIGITS) stack: --- somewhere behind the name */
static bool has_thread_tail(struct pp_scan s)
{
    const char *found;
    while ((found = pp_scan_find(s, "/"))) {
        struct pp_scan tail = { found + 1, s.end };
        if (pp_scan_run(&tail, pp_is_digit, NULL) && pp_scan_starts(tail, ") stack: ---")) {
            return true;
        }
        s.at = found + 1;
    }
    return false;
}

/* --- Thread HEX (name: NAME/ID) stack: --- */
static bool is_thread(struct pp_scan line)
{
    const char *found;
    while ((found = pp_scan_find(line, "--- Thread "))) {
        struct pp_scan s = { found + strlen("--- Thread "), line.end };
        if (pp_scan_run(&s, pp_is_hex, NULL) && pp_scan_text(&s, " (name: ")) {
            return has_thread_tail(s); /* what does not follow here follows no later start either */
        }
        line.at = found + 1;
    }
    return false;
}

/* Reads up to the next headline or the last line, which *last becomes. A stack that repeats the one
 * before, or is empty, counts that one again. */
static int parse_stack(struct pp_legacy *l, struct pp_text_lines *lines, struct pp_scan *last)
{
    bool same = false;
    struct pp_legacy_sample *s = pp_legacy_add_sample(l);
    while (s && pp_lines_next(lines)) {
        *last = pp_scan_trim(lines->line);
        if (pp_scan_starts(*last, "---")) {
            break;
        }
        if (pp_scan_find(*last, "same as previous thread")) {
            same = true;
            continue;
        }
        l->line = *last;
        if (pp_legacy_add_addresses(l, *last, 0)) {
            return PPROF_ERR_FORMAT;
        }
    }
    if (!s) {
        return 0;
    }
    s->values[0] = 1;
    for (size_t i = 1; i < s->addr_count; i++) {
        l->addrs[s->addr_begin + i]--; /* return addresses, but for the leaf */
    }
    if (same || !s->addr_count) {
        l->addr_count = s->addr_begin;
        l->sample_count--;
        if (l->sample_count) {
            s[-1].values[0]++;
        }
    }
    return 0;
}

/* The first thread's line, or the memory map's, behind the headline. */
static void skip_introduction(struct pp_text_lines *lines)
{
    while (pp_lines_next(lines) && !pp_legacy_is_map_headline(lines->line) &&
           !pp_scan_starts(lines->line, "-")) {
    }
}

int pp_legacy_thread(struct pp_legacy *l, struct pp_scan input)
{
    struct pp_text_lines lines = { .rest = input };
    while (pp_lines_next(&lines) && pp_scan_is_comment(lines.line)) {
    }
    if (is_headline(lines.line)) {
        skip_introduction(&lines);
    } else if (!is_thread(lines.line)) {
        return PPROF_ERR_UNKNOWN;
    }
    pp_legacy_add_type(l, pp_scan_of("thread"), pp_scan_of("count"));
    l->period_type = l->types[0];
    l->period = 1;
    struct pp_scan line = lines.line;
    while (!l->nomem && !pp_legacy_is_map_headline(line) &&
           !pp_scan_starts(line, "---- no stack trace for")) {
        struct pp_scan next = { line.end, line.end };
        int err = is_thread(line) ? parse_stack(l, &lines, &next) : PPROF_ERR_UNKNOWN;
        if (err) {
            return err;
        }
        line = next;
    }
    pp_legacy_find_maps(l, &lines);
    l->cut_doubled_leaf = true;
    return 0;
}
