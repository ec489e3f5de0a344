/* Lock contention as text, from C++ ("--- contentionz") and Go ("--- mutex:", "--- contention:"):
 *
 *   key = value ...
 *   DELAY COUNT @ 0xADDR ...
 *   --- Memory map: ---
 */
#include "profile/legacy.h"

#include <string.h>

static bool set_number(struct pp_scan value, int64_t *out)
{
    return pp_scan_int(value, 0, out);
}

/* False for what this format does not have: then it is another one. */
static bool parse_attribute(struct pp_legacy *l, struct pp_scan key, struct pp_scan value,
                            int64_t *cpu_hz)
{
    int64_t ms;
    if (pp_scan_equal(key, "cycles/second")) {
        return set_number(value, cpu_hz);
    }
    if (pp_scan_equal(key, "sampling period")) {
        return set_number(value, &l->period);
    }
    if (pp_scan_equal(key, "ms since reset")) {
        bool good = set_number(value, &ms);
        l->duration_nanos = good ? (int64_t)((uint64_t)ms * 1000000) : 0;
        return good;
    }
    return pp_scan_equal(key, "discarded samples");
}

/* Leaves lines.line at the first line that is no attribute. */
static bool parse_attributes(struct pp_legacy *l, struct pp_text_lines *lines, int64_t *cpu_hz)
{
    while (pp_lines_next(lines)) {
        struct pp_scan line = pp_scan_trim(lines->line);
        if (pp_scan_is_comment(line)) {
            continue;
        }
        const char *equals = pp_scan_find(line, "=");
        if (pp_scan_starts(line, "---") || !equals) {
            break;
        }
        struct pp_scan key = { line.at, equals }, value = { equals + 1, line.end };
        if (!parse_attribute(l, pp_scan_trim(key), pp_scan_trim(value), cpu_hz)) {
            return false;
        }
    }
    return true;
}

/* Two runs of digits before " @". One run alone gives its last digit to the second number, as the
 * expression that defines the format would. */
static bool two_numbers(struct pp_scan *s, struct pp_scan *first, struct pp_scan *second)
{
    if (!pp_scan_run(s, pp_is_digit, first)) {
        return false;
    }
    pp_scan_blanks(s);
    if (!pp_scan_run(s, pp_is_digit, second)) {
        if (s->at != first->end || pp_scan_len(*first) < 2) {
            return false;
        }
        *second = (struct pp_scan){ first->end - 1, first->end };
        first->end--;
    }
    return pp_scan_text(s, " @");
}

static bool find_sample(struct pp_scan line, struct pp_scan *delay, struct pp_scan *count,
                        struct pp_scan *addresses)
{
    while (line.at < line.end) {
        *addresses = line;
        if (two_numbers(addresses, delay, count)) {
            return true;
        }
        /* Starting inside of a run of digits fails as its start does. */
        if (!pp_scan_run(&line, pp_is_digit, NULL)) {
            line.at++;
        }
    }
    return false;
}

static bool is_address_char(char c)
{
    return c == ' ' || c == 'x' || pp_is_digit(c) || (c >= 'a' && c <= 'f');
}

static int64_t to_ns(int64_t cycles, int64_t period, int64_t cpu_hz)
{
    double ns = (double)cycles * (double)period / ((double)cpu_hz / 1e9);
    return ns >= 0x1p63 || ns < -0x1p63 ? INT64_MIN : (int64_t)ns;
}

static int parse_sample(struct pp_legacy *l, struct pp_scan line, int64_t cpu_hz)
{
    struct pp_scan delay_text, count_text, rest, addresses;
    int64_t delay, count;
    if (!find_sample(line, &delay_text, &count_text, &rest)) {
        return PPROF_ERR_UNKNOWN;
    }
    l->line = line;
    int err = pp_legacy_int(l, "malformed sample: ", delay_text, 10, &delay);
    err = err ? err : pp_legacy_int(l, "malformed sample: ", count_text, 10, &count);
    if (err) {
        return err;
    }
    if (l->period > 0) {
        delay = cpu_hz > 0 ? to_ns(delay, l->period, cpu_hz) : delay;
        count = (int64_t)((uint64_t)count * (uint64_t)l->period);
    }
    struct pp_legacy_sample *s = pp_legacy_add_sample(l);
    if (!s) {
        return 0;
    }
    s->values[0] = count;
    s->values[1] = delay;
    pp_scan_run(&rest, is_address_char, &addresses);
    return pp_legacy_add_addresses(l, addresses, 1);
}

int pp_legacy_contention(struct pp_legacy *l, struct pp_scan input)
{
    struct pp_text_lines lines = { .rest = input };
    pp_lines_next(&lines);
    if (!pp_scan_starts(lines.line, "--- contentionz ") &&
        !pp_scan_starts(lines.line, "--- mutex:") &&
        !pp_scan_starts(lines.line, "--- contention:")) {
        return PPROF_ERR_UNKNOWN;
    }
    pp_legacy_add_type(l, pp_scan_of("contentions"), pp_scan_of("count"));
    pp_legacy_add_type(l, pp_scan_of("delay"), pp_scan_of("nanoseconds"));
    l->period_type = l->types[0];
    l->period = 1;
    int64_t cpu_hz = 0;
    if (!parse_attributes(l, &lines, &cpu_hz)) {
        return PPROF_ERR_UNKNOWN;
    }
    do {
        struct pp_scan line = pp_scan_trim(lines.line);
        if (pp_scan_starts(line, "---")) {
            break;
        }
        int err = pp_scan_is_comment(line) ? 0 : parse_sample(l, line, cpu_hz);
        if (err) {
            return err;
        }
    } while (!l->nomem && pp_lines_next(&lines));
    pp_legacy_find_maps(l, &lines);
    return 0;
}
