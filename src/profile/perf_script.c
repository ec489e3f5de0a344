/* What `perf script` prints: for each sample a line about it, its stack, leaf first, and a blank line.
 *
 *   comm  4711/4713 [002] 13651.517948:     250000 cpu-clock:ppp:
 *           7f3a1 leaf+0x25 (/usr/lib/x.so)
 *           116a [unknown] (/usr/lib/x.so)
 *
 * The part in front of the stack's fields may lack thread, processor and period; without a stack
 * the sampled frame stands at the line's end. Sample types and the tag are perf.c's; a frame
 * without a name is named after its file.
 */
#include "profile/stacks.h"

#include "base/err.h"

#include <string.h>

enum { MAX_EVENTS = 32, MAX_NAME = 80 };

struct head {
    struct pp_scan comm, event, frame; /* frame: behind the event, "" when there is a stack */
    int64_t period;
};

struct reader {
    struct pp_stacks s;
    struct pp_scan events[MAX_EVENTS];
    size_t event_count;
    uint32_t comm_key;
};

/* --- a sample's first line ---------------------------------------------------------------- */

static bool next_word(struct pp_scan *rest, struct pp_scan *word)
{
    while (rest->at < rest->end && pp_is_space(*rest->at)) {
        rest->at++;
    }
    *word = (struct pp_scan){ rest->at, rest->at };
    while (word->end < rest->end && !pp_is_space(*word->end)) {
        word->end++;
    }
    rest->at = word->end;
    return pp_scan_len(*word) > 0;
}

/* "13651.517948:" */
static bool is_time(struct pp_scan word)
{
    size_t dots = 0, len = pp_scan_len(word);
    if (len < 4 || word.end[-1] != ':' || !pp_is_digit(word.at[0]) || !pp_is_digit(word.end[-2])) {
        return false;
    }
    for (size_t i = 0; i + 1 < len; i++) {
        dots += word.at[i] == '.';
        if (word.at[i] != '.' && !pp_is_digit(word.at[i])) {
            return false;
        }
    }
    return dots == 1;
}

/* "4711", "4711/4713", "-1" */
static bool is_thread(struct pp_scan word)
{
    bool digit = false;
    for (const char *c = word.at; c < word.end; c++) {
        if (!pp_is_digit(*c) && *c != '/' && *c != '-') {
            return false;
        }
        digit |= pp_is_digit(*c);
    }
    return digit;
}

/* The name in front of thread, processor and time, which may hold blanks. */
static struct pp_scan comm_before(struct pp_scan front)
{
    front = pp_scan_trim(front);
    const char *at = front.end;
    for (int words = 0; words < 2; words++) {
        const char *begin = at;
        while (begin > front.at && !pp_is_space(begin[-1])) {
            begin--;
        }
        struct pp_scan word = { begin, at };
        bool is_processor = words == 0 && pp_scan_len(word) > 2 && word.at[0] == '[';
        if (begin == front.at || !(is_processor || is_thread(word))) {
            break;
        }
        at = pp_scan_trim((struct pp_scan){ front.at, begin }).end;
        words += !is_processor;
    }
    return (struct pp_scan){ front.at, at };
}

/* "cpu-clock:ppp:" is cpu-clock:ppp. */
static bool parse_event(struct pp_scan rest, struct head *h)
{
    struct pp_scan word, number;
    int64_t period;
    if (!next_word(&rest, &word)) {
        return false;
    }
    number = word;
    h->period = 1;
    if (pp_scan_int(number, 10, &period)) {
        h->period = period;
        if (!next_word(&rest, &word)) {
            return false;
        }
    }
    if (pp_scan_len(word) < 2 || word.end[-1] != ':') {
        return false;
    }
    h->event = (struct pp_scan){ word.at, word.end - 1 };
    h->frame = pp_scan_trim(rest);
    return true;
}

static bool parse_head(struct pp_scan line, struct head *h)
{
    struct pp_scan rest = line, word;
    if (!pp_scan_len(line) || pp_is_space(line.at[0]) || line.at[0] == '#') {
        return false;
    }
    while (next_word(&rest, &word)) {
        if (is_time(word)) {
            h->comm = comm_before((struct pp_scan){ line.at, word.at });
            return parse_event(rest, h);
        }
    }
    return false;
}

/* --- frames ------------------------------------------------------------------------------- */

/* "NAME+0x25" without the distance, for "NAME" may hold a plus as well. */
static struct pp_scan without_offset(struct pp_scan name)
{
    const char *plus = name.end;
    while (plus > name.at && plus[-1] != '+') {
        plus--;
    }
    struct pp_scan distance = { plus, name.end };
    bool is_distance = plus > name.at && pp_scan_starts(distance, "0x");
    return is_distance ? pp_scan_trim((struct pp_scan){ name.at, plus - 1 }) : name;
}

/* Splits "NAME (FILE)" at the last parenthesis that opens behind a blank. */
static void split_file(struct pp_scan text, struct pp_scan *name, struct pp_scan *file)
{
    *name = text;
    *file = (struct pp_scan){ text.end, text.end };
    if (!pp_scan_len(text) || text.end[-1] != ')') {
        return;
    }
    for (const char *at = text.end - 1; at > text.at; at--) {
        if (*at == '(' && pp_is_space(at[-1])) {
            *name = pp_scan_trim((struct pp_scan){ text.at, at });
            *file = (struct pp_scan){ at + 1, text.end - 1 };
            return;
        }
    }
}

/* "[libc.so.6]" for a frame of which only the file is known. */
static struct pp_scan name_by_file(struct pp_scan file, char out[MAX_NAME + 2])
{
    const char *base = file.end;
    while (base > file.at && base[-1] != '/') {
        base--;
    }
    size_t len = (size_t)(file.end - base) > MAX_NAME - 1 ? MAX_NAME - 1 : (size_t)(file.end - base);
    bool is_bracketed = len && *base == '[';
    out[0] = '[';
    memcpy(out + !is_bracketed, base, len);
    len += !is_bracketed;
    if (!is_bracketed) {
        out[len++] = ']';
    }
    return (struct pp_scan){ out, out + len };
}

static void push_frame(struct pp_stacks *s, struct pp_scan frame)
{
    struct pp_scan address, name, file, none = { frame.end, frame.end };
    uint64_t value;
    char made[MAX_NAME + 2];
    if (!next_word(&frame, &address) || !pp_scan_hex(address, &value)) {
        return;
    }
    split_file(pp_scan_trim(frame), &name, &file);
    name = without_offset(name);
    if (!pp_scan_len(name) || pp_scan_equal(name, "[unknown]")) {
        name = name_by_file(file, made);
    }
    pp_stacks_push_name(s, name, none, 0);
}

/* --- the text ----------------------------------------------------------------------------- */

static size_t find_event(const struct reader *r, struct pp_scan name)
{
    size_t i = 0;
    while (i < r->event_count && (pp_scan_len(r->events[i]) != pp_scan_len(name) ||
                                  memcmp(r->events[i].at, name.at, pp_scan_len(name)) != 0)) {
        i++;
    }
    return i;
}

/* Events in order of appearance. */
static void find_events(struct reader *r, struct pp_scan input)
{
    struct pp_text_lines lines = { .rest = input };
    struct head h;
    while (pp_lines_next(&lines)) {
        if (parse_head(lines.line, &h) && find_event(r, h.event) == r->event_count &&
            r->event_count < MAX_EVENTS) {
            r->events[r->event_count++] = h.event;
        }
    }
}

static void add_types(struct reader *r)
{
    char name[MAX_NAME + 16] = "";
    for (size_t i = 0; i < r->event_count; i++) {
        struct pp_scan e = r->events[i];
        size_t len = pp_scan_len(e) > MAX_NAME ? MAX_NAME : pp_scan_len(e);
        bool is_clock = pp_scan_starts(e, "cpu-clock") || pp_scan_starts(e, "task-clock");
        memcpy(name, e.at, len);
        memcpy(name + len, "_sample", sizeof("_sample"));
        pp_build_sample_type(r->s.build, name, "count");
        memcpy(name + len, "_event", sizeof("_event"));
        pp_build_sample_type(r->s.build, name, is_clock ? "nanoseconds" : "count");
    }
    pp_build_default_sample_type(r->s.build, name);
}

static void end_sample(struct reader *r, const struct head *h)
{
    int64_t values[2 * MAX_EVENTS] = { 0 };
    size_t event = find_event(r, h->event), len = pp_scan_len(h->comm);
    if (event < r->event_count && r->s.depth) {
        values[2 * event] = 1;
        values[2 * event + 1] = h->period;
        struct pprof_label label = { .key = r->comm_key,
                                     .str = pp_build_string(r->s.build, h->comm.at, len) };
        pp_stacks_sample(&r->s, values, &label, len != 0);
    }
    r->s.depth = 0;
}

static void read_samples(struct reader *r, struct pp_scan input)
{
    struct pp_text_lines lines = { .rest = input };
    struct head h = { .period = 0 }, next;
    bool is_open = false;
    while (!r->s.failed && pp_lines_next(&lines)) {
        if (parse_head(lines.line, &next)) {
            if (is_open) {
                end_sample(r, &h);
            }
            h = next;
            is_open = true;
            push_frame(&r->s, h.frame);
        } else if (is_open) {
            push_frame(&r->s, pp_scan_trim(lines.line));
        }
    }
    if (is_open) {
        end_sample(r, &h);
    }
}

/* The first line that says something has to be a sample's. */
static bool is_script(struct pp_scan input)
{
    struct pp_text_lines lines = { .rest = input };
    struct head h;
    while (pp_lines_next(&lines)) {
        if (!pp_scan_is_comment(lines.line)) {
            return parse_head(lines.line, &h);
        }
    }
    return false;
}

int pp_perf_script_decode(const void *data, size_t len, size_t memory_cap_bytes,
                          struct pprof_profile **profile, struct pprof_error *error)
{
    struct pp_scan input = { data, (const char *)data + len };
    struct reader r = { .event_count = 0 };
    if (!is_script(input)) {
        return PPROF_ERR_UNKNOWN;
    }
    if (pp_stacks_init(&r.s, memory_cap_bytes)) {
        return pp_err_set(error, PPROF_ERR_NOMEM, "reading the profile: out of memory");
    }
    find_events(&r, input);
    add_types(&r);
    r.comm_key = pp_build_cstr(r.s.build, "comm");
    read_samples(&r, input);
    int err = pp_stacks_finish(&r.s, profile, error);
    pp_stacks_release(&r.s);
    return err;
}
