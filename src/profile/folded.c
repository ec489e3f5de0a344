/* Folded stacks, as flame graph scripts write them: one line each, root first.
 *
 *   main;work;malloc 12
 */
#include "profile/stacks.h"

#include "base/err.h"

#include <string.h>

/* Splits "STACK COUNT" at its last blank. */
static bool parse_line(struct pp_scan line, struct pp_scan *stack, int64_t *count)
{
    line = pp_scan_trim(line);
    const char *digits = line.end;
    while (digits > line.at && (pp_is_digit(digits[-1]) || digits[-1] == '-')) {
        digits--;
    }
    if (digits == line.end || digits == line.at || digits[-1] != ' ') {
        return false;
    }
    *stack = pp_scan_trim((struct pp_scan){ line.at, digits });
    return pp_scan_len(*stack) && pp_scan_int((struct pp_scan){ digits, line.end }, 10, count);
}

static bool is_blank(struct pp_scan line)
{
    return pp_scan_len(pp_scan_trim(line)) == 0;
}

/* Any text could be folded stacks by chance: every line has to be one. */
static bool is_folded(struct pp_scan input)
{
    struct pp_text_lines lines = { .rest = input };
    struct pp_scan stack;
    int64_t count;
    size_t good = 0;
    while (pp_lines_next(&lines)) {
        if (is_blank(lines.line)) {
            continue;
        }
        if (memchr(lines.line.at, 0, pp_scan_len(lines.line)) ||
            !parse_line(lines.line, &stack, &count)) {
            return false;
        }
        good++;
    }
    return good > 0;
}

static void add_line(struct pp_stacks *s, struct pp_scan stack, int64_t count)
{
    struct pp_scan none = { stack.end, stack.end };
    while (stack.at <= stack.end) {
        const char *semicolon = stack.at;
        while (semicolon < stack.end && *semicolon != ';') {
            semicolon++;
        }
        if (semicolon > stack.at) {
            pp_stacks_push_name(s, (struct pp_scan){ stack.at, semicolon }, none, 0);
        }
        stack.at = semicolon + 1;
    }
    pp_stacks_reverse(s);
    pp_stacks_sample(s, &count, NULL, 0);
}

int pp_folded_decode(const void *data, size_t len, size_t memory_cap_bytes,
                     struct pprof_profile **profile, struct pprof_error *error)
{
    struct pp_scan input = { data, (const char *)data + len }, stack;
    struct pp_text_lines lines = { .rest = input };
    struct pp_stacks s;
    int64_t count;
    if (!is_folded(input)) {
        return PPROF_ERR_UNKNOWN;
    }
    if (pp_stacks_init(&s, memory_cap_bytes)) {
        return pp_err_set(error, PPROF_ERR_NOMEM, "reading the profile: out of memory");
    }
    pp_build_sample_type(s.build, "samples", "count");
    while (!s.failed && pp_lines_next(&lines)) {
        if (parse_line(lines.line, &stack, &count)) {
            add_line(&s, stack, count);
        }
    }
    int err = pp_stacks_finish(&s, profile, error);
    pp_stacks_release(&s);
    return err;
}
