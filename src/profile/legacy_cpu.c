/* gperftools CPU profiles: words of 32 or 64 bits in either byte order.
 *
 *   0 3 0 period_us 0   (count depth address...)*   0 1 0   /proc/PID/maps as text
 *   0 3 1 ...           the same from a Java agent: lines of "0xADDRESS function (file:line)"
 *   follow
 */
#include "profile/legacy.h"

#include <string.h>

struct words {
    struct pp_scan rest;
    unsigned bytes;
    bool big_endian;
    bool ended;
};

/* 0 and `ended` behind the last whole word. */
static uint64_t next_word(struct words *w)
{
    if (pp_scan_len(w->rest) < w->bytes) {
        w->ended = true;
        w->rest.at = w->rest.end;
        return 0;
    }
    uint64_t value = 0;
    for (unsigned i = 0; i < w->bytes; i++) {
        unsigned place = w->big_endian ? w->bytes - 1 - i : i;
        value |= (uint64_t)(unsigned char)w->rest.at[i] << (8 * place);
    }
    w->rest.at += w->bytes;
    return value;
}

static bool read_header(struct words *w, uint64_t *language, uint64_t *period)
{
    uint64_t zero = next_word(w), words = next_word(w);
    *language = next_word(w);
    *period = next_word(w);
    uint64_t padding = next_word(w);
    return !w->ended && zero == 0 && words == 3 && *language <= 1 && *period > 0 && padding == 0;
}

/* False when a stack is longer than what is left. less: what is taken off every address but the
 * leaf's, to get from a return address into the call. */
static bool read_samples(struct pp_legacy *l, struct words *w, uint64_t less)
{
    while (w->rest.at < w->rest.end && !l->nomem) {
        uint64_t count = next_word(w), depth = next_word(w);
        if (w->ended || depth > pp_scan_len(w->rest) / 4) {
            return false;
        }
        struct pp_legacy_sample *sample = pp_legacy_add_sample(l);
        for (uint64_t i = 0; i < depth; i++) {
            pp_legacy_add_address(l, next_word(w) - (i ? less : 0));
        }
        if (!sample || l->nomem) {
            return true;
        }
        sample->values[0] = (int64_t)count;
        sample->values[1] = (int64_t)(count * (uint64_t)l->period);
        if (count == 0 && depth == 1 && l->addrs[sample->addr_begin] == 0) {
            l->sample_count--;
            l->addr_count--;
            return true;
        }
    }
    return true;
}

/* The second frame that more than half of all samples share, if there is one. */
static uint64_t majority(const struct pp_legacy *l)
{
    uint64_t candidate = 0;
    size_t votes = 0;
    for (size_t i = 0; i < l->sample_count; i++) {
        const struct pp_legacy_sample *s = &l->samples[i];
        if (s->addr_count < 2) {
            continue;
        }
        uint64_t second = l->addrs[s->addr_begin + 1];
        candidate = votes ? candidate : second;
        votes = votes == 0 || candidate == second ? votes + 1 : votes - 1;
    }
    return candidate;
}

static bool has_second(const struct pp_legacy *l, const struct pp_legacy_sample *s,
                       uint64_t address)
{
    return s->addr_count > 1 && l->addrs[s->addr_begin + 1] == address;
}

/* When nearly all samples (all but one in 32) share the second frame, it is the signal
 * handler's. */
static void cut_handler_frame(struct pp_legacy *l)
{
    uint64_t second = majority(l);
    size_t count = 0;
    for (size_t i = 0; i < l->sample_count; i++) {
        count += has_second(l, &l->samples[i], second);
    }
    if (!count || count < l->sample_count - l->sample_count / 32) {
        return;
    }
    for (size_t i = 0; i < l->sample_count; i++) {
        struct pp_legacy_sample *s = &l->samples[i];
        if (has_second(l, s, second)) {
            /* The leaf moves over the frame that goes. */
            l->addrs[s->addr_begin + 1] = l->addrs[s->addr_begin];
            s->addr_begin++;
            s->addr_count--;
        }
    }
}

static int read_profile(struct pp_legacy *l, struct words *w, bool is_java, uint64_t period)
{
    l->period = (int64_t)(period * 1000);
    l->period_type = (struct pp_legacy_type){ pp_scan_of("cpu"), pp_scan_of("nanoseconds") };
    pp_legacy_add_type(l, pp_scan_of("samples"), pp_scan_of("count"));
    pp_legacy_add_type(l, pp_scan_of("cpu"), pp_scan_of("nanoseconds"));
    if (!read_samples(l, w, is_java ? 0 : 1)) {
        return PPROF_ERR_UNKNOWN;
    }
    if (is_java) {
        return pp_legacy_java_lines(l, w->rest);
    }
    cut_handler_frame(l);
    cut_handler_frame(l);
    struct pp_text_lines lines = { .rest = w->rest };
    pp_legacy_read_maps(l, &lines);
    l->cut_doubled_leaf = true;
    return 0;
}

int pp_legacy_cpu(struct pp_legacy *l, struct pp_scan input)
{
    for (unsigned kind = 0; kind < 4; kind++) {
        struct words w = { .rest = input, .bytes = kind < 2 ? 4 : 8, .big_endian = kind & 1 };
        uint64_t language, period;
        if (read_header(&w, &language, &period)) {
            return read_profile(l, &w, language == 1, period);
        }
    }
    return PPROF_ERR_UNKNOWN;
}
