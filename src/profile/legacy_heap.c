/* Heap profiles as text: gperftools (heap, growth, fragmentation), tcmalloc's v2, Go's debug=1.
 *
 *   heap profile: INUSE_N: INUSE_BYTES [ALLOC_N: ALLOC_BYTES] @ KIND/PERIOD
 *      INUSE_N: INUSE_BYTES [ALLOC_N: ALLOC_BYTES] @ 0xADDR 0xADDR ...
 *   MAPPED_LIBRARIES: ...
 */
#include "profile/legacy.h"

#include <string.h>

struct counts {
    struct pp_scan inuse_count, inuse_bytes, alloc_count, alloc_bytes;
};

struct kind {
    bool has_alloc;
    bool is_sampled; /* counts are sampled with `period` bytes between samples */
    int64_t period;
};

/* [-]?digits */
static bool number(struct pp_scan *s, bool is_signed, struct pp_scan *out)
{
    const char *begin = s->at;
    if (is_signed) {
        pp_scan_text(s, "-");
    }
    bool found = pp_scan_run(s, pp_is_digit, out);
    out->at = begin;
    return found;
}

/* number: *number *[ *number: *number *] */
static bool counts(struct pp_scan *s, bool is_signed, struct counts *c)
{
    if (!number(s, is_signed, &c->inuse_count) || !pp_scan_text(s, ":")) {
        return false;
    }
    pp_scan_blanks(s);
    if (!number(s, is_signed, &c->inuse_bytes)) {
        return false;
    }
    pp_scan_blanks(s);
    if (!pp_scan_text(s, "[")) {
        return false;
    }
    pp_scan_blanks(s);
    if (!number(s, false, &c->alloc_count) || !pp_scan_text(s, ":")) {
        return false;
    }
    pp_scan_blanks(s);
    if (!number(s, false, &c->alloc_bytes)) {
        return false;
    }
    pp_scan_blanks(s);
    return pp_scan_text(s, "]");
}

static bool same(struct pp_scan a, struct pp_scan b)
{
    return pp_scan_len(a) == pp_scan_len(b) && memcmp(a.at, b.at, pp_scan_len(a)) == 0;
}

static bool is_kind_char(char c)
{
    return c == '_' || (c >= 'a' && c <= 'z') || pp_is_digit(c);
}

/* What stands behind the @ of the headline. 0, or PPROF_ERR_UNKNOWN. */
static int parse_kind(struct pp_scan s, struct kind *kind)
{
    struct pp_scan name, period;
    pp_scan_blanks(&s);
    pp_scan_run(&s, is_kind_char, &name);
    pp_scan_text(&s, "/");
    if (pp_scan_run(&s, pp_is_digit, &period) && !pp_scan_int(period, 10, &kind->period)) {
        return PPROF_ERR_UNKNOWN;
    }
    if (pp_scan_equal(name, "heapprofile")) {
        kind->period = 1;
    } else if (pp_scan_equal(name, "heap")) {
        kind->is_sampled = true;
        kind->period /= 2;
    } else if (pp_scan_equal(name, "heap_v2") || pp_scan_equal(name, "heapz_v2")) {
        kind->is_sampled = true;
    } else {
        return PPROF_ERR_UNKNOWN;
    }
    return 0;
}

static int parse_headline(struct pp_scan line, struct kind *kind)
{
    struct counts c;
    const char *found = pp_scan_find(line, "heap profile:");
    if (!found) {
        return PPROF_ERR_UNKNOWN;
    }
    struct pp_scan s = { found, line.end };
    pp_scan_text(&s, "heap profile:");
    pp_scan_blanks(&s);
    if (!counts(&s, false, &c)) {
        return PPROF_ERR_UNKNOWN;
    }
    *kind = (struct kind){ 0 };
    if (pp_scan_starts(s, " @ growth") || pp_scan_starts(s, " @ fragmentation")) {
        kind->period = 1;
        return 0;
    }
    kind->has_alloc = (!same(c.alloc_count, c.inuse_count) && !pp_scan_equal(c.alloc_count, "0")) ||
                      (!same(c.alloc_bytes, c.inuse_bytes) && !pp_scan_equal(c.alloc_bytes, "0"));
    pp_scan_blanks(&s);
    return pp_scan_text(&s, "@") ? parse_kind(s, kind) : PPROF_ERR_UNKNOWN;
}

/* exp(x) to the last bit of a double nearly always, without libm, which libpprof does not link. */
static double exponential(double x)
{
    const long double ln2 = 0.693147180559945309417232121458L;
    long double turns = (long double)x / ln2;
    if (turns < -20000 || turns > 20000) {
        return turns < 0 ? 0 : __builtin_inf();
    }
    int power = (int)(turns + (turns < 0 ? -0.5L : 0.5L));
    long double rest = (long double)x - power * ln2, term = 1, sum = 1;
    for (int i = 1; i < 24; i++) {
        term *= rest / i;
        sum += term;
    }
    return (double)__builtin_ldexpl(sum, power);
}

static int64_t truncate_to_int(double x)
{
    return x >= 0x1p63 || x < -0x1p63 || x != x ? INT64_MIN : (int64_t)x;
}

void pp_legacy_unsample(int64_t *count, int64_t *size, int64_t rate)
{
    if (!*count || !*size) {
        *count = 0;
        *size = 0;
    } else if (rate > 1) {
        double mean = (double)*size / (double)*count;
        double scale = 1 / (1 - exponential(-mean / (double)rate));
        *count = truncate_to_int((double)*count * scale);
        *size = truncate_to_int((double)*size * scale);
    }
}

/* One pair of numbers; block_bytes is set unless the count is 0. */
static int pair(struct pp_legacy *l, const struct kind *kind, struct pp_scan count_text,
                struct pp_scan size_text, const char *what, int64_t values[2], int64_t *block_bytes)
{
    int64_t count, size;
    int err = pp_legacy_int(l, "malformed sample: ", count_text, 10, &count);
    err = err ? err : pp_legacy_int(l, "malformed sample: ", size_text, 10, &size);
    if (err) {
        return err;
    }
    if (!count && size) {
        return pp_legacy_error(l, "%s count was 0 but %s bytes was %lld", what, what,
                               (long long)size);
    }
    if (count) {
        *block_bytes = count == -1 ? (int64_t)(0 - (uint64_t)size) : size / count;
        if (kind->is_sampled) {
            pp_legacy_unsample(&count, &size, kind->period);
        }
    }
    values[0] = count;
    values[1] = size;
    return 0;
}

static bool is_address_char(char c)
{
    return c == ' ' || c == 'x' || pp_is_digit(c) || (c >= 'a' && c <= 'f');
}

/* Looks for the counts anywhere in the line, as the expression that defines the format does. */
static bool find_sample(struct pp_scan line, struct counts *c, struct pp_scan *addresses)
{
    while (line.at < line.end) {
        struct pp_scan s = line;
        if (counts(&s, true, c) && pp_scan_text(&s, " @")) {
            pp_scan_run(&s, is_address_char, addresses);
            return true;
        }
        /* Starting inside of a run of digits fails as its start does. */
        if (!pp_scan_run(&line, pp_is_digit, NULL)) {
            line.at++;
        }
    }
    return false;
}

static int parse_sample(struct pp_legacy *l, const struct kind *kind, struct pp_scan line)
{
    struct counts c;
    struct pp_scan addresses;
    l->line = line;
    if (!find_sample(line, &c, &addresses)) {
        return pp_legacy_error(l, "unexpected number of sample values: got 0, want 6");
    }
    struct pp_legacy_sample *s = pp_legacy_add_sample(l);
    if (!s) {
        return 0;
    }
    int64_t *values = s->values;
    int err = 0;
    if (kind->has_alloc) {
        err = pair(l, kind, c.alloc_count, c.alloc_bytes, "allocation", values, &s->bytes);
        values += 2;
    }
    if (!err) {
        err = pair(l, kind, c.inuse_count, c.inuse_bytes, "inuse", values, &s->bytes);
    }
    s->has_bytes = true;
    return err ? err : pp_legacy_add_addresses(l, addresses, 1);
}

static void add_types(struct pp_legacy *l, const struct kind *kind)
{
    struct pp_scan count = pp_scan_of("count"), bytes = pp_scan_of("bytes");
    if (kind->has_alloc) {
        pp_legacy_add_type(l, pp_scan_of("alloc_objects"), count);
        pp_legacy_add_type(l, pp_scan_of("alloc_space"), bytes);
    }
    pp_legacy_add_type(l, pp_scan_of(kind->has_alloc ? "inuse_objects" : "objects"), count);
    pp_legacy_add_type(l, pp_scan_of(kind->has_alloc ? "inuse_space" : "space"), bytes);
    l->period_type = (struct pp_legacy_type){ pp_scan_of("space"), bytes };
    l->period = kind->period;
}

int pp_legacy_heap(struct pp_legacy *l, struct pp_scan input)
{
    struct pp_text_lines lines = { .rest = input };
    struct kind kind;
    if (!pp_lines_next(&lines) || parse_headline(lines.line, &kind)) {
        return PPROF_ERR_UNKNOWN;
    }
    add_types(l, &kind);
    while (!l->nomem && pp_lines_next(&lines)) {
        struct pp_scan line = pp_scan_trim(lines.line);
        if (pp_legacy_is_map_headline(line)) {
            break;
        }
        int err = pp_scan_is_comment(line) ? 0 : parse_sample(l, &kind, line);
        if (err) {
            return err;
        }
    }
    pp_legacy_find_maps(l, &lines);
    return 0;
}
