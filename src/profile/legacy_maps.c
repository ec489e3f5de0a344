/* The memory map behind an older profile: /proc/PID/maps, or a brief form
 *
 *   start-end [perm] file [(@offset)] [build id]
 *
 * with NAME=value lines whose $NAME later lines may use, and with log prefixes cut off. */
#include "profile/legacy.h"

#include <string.h>

/* Names are few and short, so that looking for each at every $ costs little; what they are replaced
 * by may make a text of a few bytes endless. */
enum { MAX_MAPS = 65536, MAX_ATTRIBUTES = 32, MAX_NAME = 64, MAX_EXPANDED = 16 << 20 };

struct attribute {
    struct pp_scan name, value;
};

struct attributes {
    struct attribute items[MAX_ATTRIBUTES];
    size_t count;
    size_t expanded; /* bytes of all lines with replacements */
};

bool pp_legacy_is_map_headline(struct pp_scan line)
{
    return pp_scan_find(line, "--- Memory map: ---") || pp_scan_find(line, "MAPPED_LIBRARIES:");
}

/* A log line is `...file:123] message`, with no bracket before that one. */
static struct pp_scan without_log_prefix(struct pp_scan line)
{
    struct pp_scan s = line;
    while (s.at < s.end && *s.at != '[' && *s.at != ']') {
        s.at++;
    }
    const char *digits = s.at;
    while (digits > line.at && pp_is_digit(digits[-1])) {
        digits--;
    }
    bool is_log = s.at < s.end && *s.at == ']' && digits < s.at && digits - line.at >= 2 &&
                  digits[-1] == ':' && s.at + 1 < s.end && pp_is_space(s.at[1]);
    return is_log ? (struct pp_scan){ s.at + 2, line.end } : line;
}

static bool is_perm(char c)
{
    return c == '-' || c == 'r' || c == 'w' || c == 'x' || c == 'p';
}

static bool is_word(char c)
{
    return !pp_is_space(c);
}

/* \s+ and a run of `in`; takes nothing when there is no such run. */
static bool spaced_run(struct pp_scan *s, bool (*in)(char c), struct pp_scan *run)
{
    struct pp_scan at = *s;
    if (!pp_scan_space(&at) || !pp_scan_run(&at, in, run)) {
        *run = (struct pp_scan){ s->at, s->at };
        return false;
    }
    *s = at;
    return true;
}

static bool hex_run(struct pp_scan *s, struct pp_scan *run)
{
    struct pp_scan at = *s;
    if (pp_scan_text(&at, "0x") && pp_scan_run(&at, pp_is_hex, run)) {
        *s = at;
        return true;
    }
    return pp_scan_run(s, pp_is_hex, run);
}

/* start, an optional blank or dash, end, an optional colon. Without a second number the last digit
 * of the first one is it, as a regular expression would have it. */
static bool range(struct pp_scan *s, struct pp_scan *start, struct pp_scan *limit)
{
    pp_scan_space(s);
    if (!hex_run(s, start)) {
        return false;
    }
    struct pp_scan after = *s;
    if (s->at < s->end && (*s->at == '-' || pp_is_space(*s->at))) {
        s->at++;
    }
    pp_scan_space(s);
    if (!hex_run(s, limit)) {
        if (pp_scan_len(*start) < 2) {
            return false;
        }
        *s = after;
        *limit = (struct pp_scan){ start->end - 1, start->end };
        start->end--;
    }
    pp_scan_text(s, ":");
    return true;
}

/* The rest of a /proc/PID/maps line: perm, offset, device, inode, file. */
static bool proc_rest(struct pp_scan s, struct pp_scan *perm, struct pp_scan *offset,
                      struct pp_scan *file)
{
    struct pp_scan run;
    spaced_run(&s, is_perm, perm);
    struct pp_scan after_perm = s;
    if (!spaced_run(&s, pp_is_hex, offset) || (s.at < s.end && *s.at == ':')) {
        s = after_perm;
        *offset = (struct pp_scan){ s.at, s.at };
    }
    if (!spaced_run(&s, pp_is_hex, &run) || !pp_scan_text(&s, ":") ||
        !pp_scan_run(&s, pp_is_hex, NULL) || !spaced_run(&s, pp_is_digit, &run)) {
        return false;
    }
    spaced_run(&s, is_word, file);
    return true;
}

static void brief_rest(struct pp_scan s, struct pp_scan *perm, struct pp_scan *offset,
                       struct pp_legacy_map *map)
{
    spaced_run(&s, is_perm, perm);
    spaced_run(&s, is_word, &map->file);
    struct pp_scan at = s;
    if (pp_scan_space(&at) && pp_scan_text(&at, "(@") && pp_scan_run(&at, pp_is_hex, offset) &&
        pp_scan_text(&at, ")")) {
        s = at;
    } else {
        *offset = (struct pp_scan){ s.at, s.at };
    }
    spaced_run(&s, pp_is_hex, &map->build_id);
}

/* False when the line is no mapping. is_code: it is one that can hold code. */
static bool parse_map(struct pp_scan line, struct pp_legacy_map *map, bool *is_code)
{
    struct pp_scan start, limit, perm, offset;
    *map = (struct pp_legacy_map){ .build_id = { line.end, line.end } };
    if (!range(&line, &start, &limit)) {
        return false;
    }
    if (!proc_rest(line, &perm, &offset, &map->file)) {
        brief_rest(line, &perm, &offset, map);
    }
    *is_code = perm.at == perm.end || memchr(perm.at, 'x', pp_scan_len(perm));
    return !*is_code || (pp_scan_hex(start, &map->start) && pp_scan_hex(limit, &map->limit) &&
                         (offset.at == offset.end || pp_scan_hex(offset, &map->offset)));
}

static const struct attribute *attribute_at(const struct attributes *a, struct pp_scan s)
{
    for (size_t i = 0; i < a->count; i++) {
        size_t len = pp_scan_len(a->items[i].name);
        if (pp_scan_len(s) > len && memcmp(s.at + 1, a->items[i].name.at, len) == 0) {
            return &a->items[i];
        }
    }
    return NULL;
}

/* The line with every $NAME that is known replaced; as it is when that gets too long. */
static struct pp_scan substitute(struct pp_legacy *l, struct attributes *a, struct pp_scan line)
{
    const struct pp_scan whole = line;
    if (!a->count || line.at == line.end || !memchr(line.at, '$', pp_scan_len(line))) {
        return line;
    }
    struct pp_buf out;
    pp_buf_init(&out, &l->arena);
    while (line.at < line.end && a->expanded + out.len < MAX_EXPANDED) {
        const struct attribute *found = *line.at == '$' ? attribute_at(a, line) : NULL;
        if (found) {
            pp_buf_append(&out, found->value.at, pp_scan_len(found->value));
            line.at += 1 + pp_scan_len(found->name);
        } else {
            pp_buf_char(&out, *line.at++);
        }
    }
    l->nomem |= out.err != 0;
    a->expanded += out.len;
    bool is_whole = !out.err && out.data && line.at == line.end;
    return is_whole ? (struct pp_scan){ out.data, out.data + out.len } : whole;
}

static void add_attribute(struct attributes *a, struct pp_scan line)
{
    const char *equals = pp_scan_find(line, "=");
    if (!equals || a->count == MAX_ATTRIBUTES) {
        return;
    }
    struct attribute made = { pp_scan_trim((struct pp_scan){ line.at, equals }),
                              pp_scan_trim((struct pp_scan){ equals + 1, line.end }) };
    if (pp_scan_len(made.name) <= MAX_NAME) {
        a->items[a->count++] = made;
    }
}

static void add_map(struct pp_legacy *l, const struct pp_legacy_map *map)
{
    if (l->map_count == MAX_MAPS ||
        pp_arena_reserve(&l->arena, &l->maps, &l->map_cap, l->map_count, sizeof(*l->maps))) {
        l->nomem |= l->map_count < MAX_MAPS;
        return;
    }
    l->maps[l->map_count++] = *map;
}

void pp_legacy_read_maps(struct pp_legacy *l, struct pp_text_lines *lines)
{
    struct attributes *attributes = pp_arena_alloc(&l->arena, sizeof(*attributes));
    l->nomem |= !attributes;
    while (!l->nomem && pp_lines_next(lines)) {
        struct pp_legacy_map map;
        bool is_code;
        struct pp_scan line = substitute(l, attributes, without_log_prefix(lines->line));
        if (!parse_map(line, &map, &is_code)) {
            add_attribute(attributes, line);
        } else if (is_code) {
            add_map(l, &map);
        }
    }
}

void pp_legacy_find_maps(struct pp_legacy *l, struct pp_text_lines *lines)
{
    while (!pp_legacy_is_map_headline(lines->line) && pp_lines_next(lines)) {
    }
    pp_legacy_read_maps(l, lines);
}
