/* Go's count profiles as text (goroutine, threadcreate, custom ones, ?debug=1):
 *
 *   NAME profile: total N
 *   COUNT @ 0xADDR 0xADDR ...
 *   # comments, which hold the names
 */
#include "profile/legacy.h"

/* ^NAME profile: total N$ */
static bool parse_headline(struct pp_scan line, struct pp_scan *name)
{
    const char *blank = line.at;
    while (blank < line.end && !pp_is_space(*blank)) {
        blank++;
    }
    *name = (struct pp_scan){ line.at, blank };
    struct pp_scan rest = { blank, line.end };
    return name->at < name->end && pp_scan_text(&rest, " profile: total ") &&
           pp_scan_run(&rest, pp_is_digit, NULL) && rest.at == rest.end;
}

static bool is_lower_hex(char c)
{
    return pp_is_digit(c) || (c >= 'a' && c <= 'f');
}

/* ^COUNT @( 0xADDR)+$ */
static bool parse_sample(struct pp_legacy *l, struct pp_scan line)
{
    struct pp_scan count, digits;
    struct pp_legacy_sample *s = pp_legacy_add_sample(l);
    if (!s || !pp_scan_run(&line, pp_is_digit, &count) ||
        !pp_scan_int(count, 0, &s->values[0]) || !pp_scan_text(&line, " @")) {
        return l->nomem;
    }
    uint64_t address;
    do {
        if (!pp_scan_text(&line, " 0x") || !pp_scan_run(&line, is_lower_hex, &digits) ||
            !pp_scan_hex(digits, &address)) {
            return false;
        }
        pp_legacy_add_address(l, address - 1);
    } while (line.at < line.end);
    return true;
}

int pp_legacy_count(struct pp_legacy *l, struct pp_scan input)
{
    struct pp_text_lines lines = { .rest = input };
    struct pp_scan name;
    while (pp_lines_next(&lines) && pp_scan_is_comment(lines.line)) {
    }
    if (!parse_headline(lines.line, &name)) {
        return PPROF_ERR_UNKNOWN;
    }
    pp_legacy_add_type(l, name, pp_scan_of("count"));
    l->period_type = l->types[0];
    l->period = 1;
    while (!l->nomem && pp_lines_next(&lines)) {
        if (pp_scan_starts(lines.line, "---")) {
            break;
        }
        if (!pp_scan_is_comment(lines.line) && !parse_sample(l, lines.line)) {
            return pp_legacy_error(l, "malformed profile format");
        }
    }
    pp_legacy_find_maps(l, &lines);
    return 0;
}
