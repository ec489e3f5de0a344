/* Goroutine dumps (debug=2, also what a Go program prints when it panics, and debug=3 of ours):
 *
 *   goroutine 7 [chan receive, 2 minutes, locked to thread]:
 *   main.worker(0xc000012345, {0x1, 0x2})
 *           /src/main.go:12 +0x1d
 *   created by main.main in goroutine 1
 *           /src/main.go:7 +0x4c
 *
 * One sample for each stack, state and time of waiting; the creator is no caller and is left out.
 */
#include "profile/stacks.h"

#include "base/err.h"

#include <string.h>

struct dump {
    struct pp_stacks s;
    struct pprof_label labels[2]; /* state, wait */
    size_t label_count;
    bool open; /* a goroutine's frames are being read */
    struct pp_scan function;
};

/* ^goroutine N ...[STATE...]: */
static bool parse_headline(struct pp_scan line, struct pp_scan *inside)
{
    if (!pp_scan_text(&line, "goroutine ") || !pp_scan_run(&line, pp_is_digit, NULL)) {
        return false;
    }
    const char *bracket = pp_scan_find(line, "[");
    if (!bracket || line.at >= line.end || *line.at != ' ' || pp_scan_len(line) < 4) {
        return false;
    }
    const char *end = line.end - 1;
    while (end > bracket && *end != ']') {
        end--;
    }
    *inside = (struct pp_scan){ bracket + 1, end };
    return end > bracket && end + 1 < line.end && end[1] == ':';
}

/* "2 minutes", "5 seconds" */
static bool parse_wait(struct pp_scan part, int64_t *count, struct pp_scan *unit)
{
    struct pp_scan digits;
    part = pp_scan_trim(part);
    if (!pp_scan_run(&part, pp_is_digit, &digits) || !pp_scan_int(digits, 10, count) ||
        !pp_scan_blanks(&part)) {
        return false;
    }
    *unit = part;
    return pp_scan_equal(part, "minutes") || pp_scan_equal(part, "seconds");
}

static void begin(struct dump *d, struct pp_scan inside)
{
    bool first = true;
    d->open = true;
    d->label_count = 0;
    while (inside.at <= inside.end) {
        const char *comma = inside.at;
        int64_t count;
        struct pp_scan unit;
        while (comma < inside.end && *comma != ',') {
            comma++;
        }
        struct pp_scan part = { inside.at, comma };
        if (first) {
            d->labels[d->label_count++] = (struct pprof_label){
                .key = pp_build_cstr(d->s.build, "state"),
                .str = pp_build_string(d->s.build, part.at, pp_scan_len(part)) };
        } else if (d->label_count == 1 && parse_wait(part, &count, &unit)) {
            d->labels[d->label_count++] = (struct pprof_label){
                .key = pp_build_cstr(d->s.build, "wait"), .num = count,
                .unit = pp_build_string(d->s.build, unit.at, pp_scan_len(unit)) };
        }
        first = false;
        inside.at = comma + 1;
    }
}

static void end(struct dump *d)
{
    int64_t one = 1;
    if (d->open) {
        struct pprof_label *labels = d->labels;
        bool named = labels[0].str != 0;
        pp_stacks_sample(&d->s, &one, labels + !named, d->label_count - !named);
    }
    d->open = false;
    d->function.at = d->function.end = NULL;
}

/* Arguments hold braces but no parentheses. */
static struct pp_scan without_arguments(struct pp_scan name)
{
    const char *at = name.end;
    if (at == name.at || at[-1] != ')') {
        return name;
    }
    while (at > name.at && at[-1] != '(') {
        at--;
    }
    return at > name.at + 1 ? (struct pp_scan){ name.at, at - 1 } : name;
}

/* "FILE:LINE +0x1d" */
static void add_frame(struct dump *d, struct pp_scan place)
{
    const char *plus = pp_scan_find(place, " +0x");
    int64_t line = 0;
    place = pp_scan_trim((struct pp_scan){ place.at, plus ? plus : place.end });
    const char *colon = place.end;
    while (colon > place.at && colon[-1] != ':') {
        colon--;
    }
    if (colon > place.at && pp_scan_int((struct pp_scan){ colon, place.end }, 10, &line)) {
        place.end = colon - 1;
    }
    pp_stacks_push_name(&d->s, d->function, place, line < 0 ? 0 : line);
    d->function.at = d->function.end = NULL;
}

static void add_line(struct dump *d, struct pp_scan line)
{
    struct pp_scan inside;
    if (parse_headline(line, &inside)) {
        end(d);
        begin(d, inside);
    } else if (!pp_scan_len(pp_scan_trim(line))) {
        end(d);
    } else if (d->open && pp_is_space(*line.at) && d->function.at) {
        add_frame(d, line);
    } else if (d->open && !pp_is_space(*line.at) && !pp_scan_starts(line, "created by ") &&
               !pp_scan_starts(line, "...")) {
        d->function = without_arguments(line);
    }
}

int pp_dump_decode(const void *data, size_t len, size_t memory_cap_bytes,
                   struct pprof_profile **profile, struct pprof_error *error)
{
    struct pp_text_lines lines = { .rest = { data, (const char *)data + len } };
    struct dump d = { .open = false };
    struct pp_scan inside;
    while (pp_lines_next(&lines) && !pp_scan_len(pp_scan_trim(lines.line)) &&
           lines.rest.at < lines.rest.end) {
    }
    if (!parse_headline(lines.line, &inside)) {
        return PPROF_ERR_UNKNOWN;
    }
    if (pp_stacks_init(&d.s, memory_cap_bytes)) {
        return pp_err_set(error, PPROF_ERR_NOMEM, "reading the profile: out of memory");
    }
    pp_build_sample_type(d.s.build, "goroutine", "count");
    do {
        add_line(&d, lines.line);
    } while (!d.s.failed && pp_lines_next(&lines));
    end(&d);
    int err = pp_stacks_finish(&d.s, profile, error);
    pp_stacks_release(&d.s);
    return err;
}
