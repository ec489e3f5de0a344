/* Compiling .eh_frame into rows: every entry's program is run to its end, each of its rows becomes
 * one of the few hundred distinct rules, and neighbours with equal rules become one. Two passes
 * over the same entries: count, then fill memory of exactly that size. */
#include "runtime/unwind/rows.h"

#include "base/sys.h"
#include "runtime/unwind/cfi.h"
#include "runtime/unwind/unwind_private.h"

#include <errno.h>
#include <string.h>

enum {
    GAP_BYTES = 16,           /* padding between functions takes the rule before it */
    RULE_SLOTS = 1 << 17,     /* hash table of the rules, twice as large as they can be many */
};

/* The first PP_RULE_FULL + 1 rules are the kinds that have no numbers: index equals kind. */
struct pp_rule pp_rules[PP_RULES_MAX] = {
    [PP_RULE_NONE] = { .kind = PP_RULE_NONE },
    [PP_RULE_END] = { .kind = PP_RULE_END },
    [PP_RULE_FULL] = { .kind = PP_RULE_FULL },
};
static size_t rule_count = PP_RULE_FULL + 1;
static uint16_t rule_slots[RULE_SLOTS]; /* 0: empty */
static size_t rows_bytes;

enum { ROWS_CAP_BYTES = 256 << 20 };

struct sink {
    uintptr_t start; /* the module's; offsets count from here */
    size_t count;
    uintptr_t done;  /* everything below is spoken for */
    uint16_t last;
    uint32_t *offsets; /* NULL while counting */
    uint16_t *rules;
};

static uint16_t intern(struct pp_rule rule)
{
    uint64_t bits;
    memcpy(&bits, &rule, sizeof(bits));
    size_t slot = (size_t)(bits * 0x9e3779b97f4a7c15u >> 47);
    for (;; slot = (slot + 1) % RULE_SLOTS) {
        uint16_t at = rule_slots[slot];
        if (at == 0) {
            break;
        }
        if (memcmp(&pp_rules[at], &rule, sizeof(rule)) == 0) {
            return at;
        }
    }
    if (rule_count == PP_RULES_MAX) {
        return PP_RULE_FULL;
    }
    pp_rules[rule_count] = rule;
    rule_slots[slot] = (uint16_t)rule_count;
    return (uint16_t)rule_count++;
}

static uint16_t compile(const struct pp_cfi_row *row)
{
    struct pp_rule rule = pp_rule_of_row_sig(row);
    bool is_number = rule.kind == PP_RULE_SP || rule.kind == PP_RULE_FP;
    return is_number ? intern(rule) : rule.kind;
}

static void emit(struct sink *sink, uintptr_t pc, uint16_t rule)
{
    if (rule == sink->last) {
        return;
    }
    if (sink->offsets) {
        sink->offsets[sink->count] = (uint32_t)(pc - sink->start);
        sink->rules[sink->count] = rule;
    }
    sink->count++;
    sink->last = rule;
}

static void emit_entry(struct sink *sink, const struct pp_cfi_section *section,
                       const struct pp_cfi_entry *entry)
{
    struct pp_cfi_run run;
    uintptr_t reached = entry->start;
    if (!entry->is_signal && pp_cfi_start_sig(&run, section, entry)) {
        while (pp_cfi_next_sig(&run)) {
            emit(sink, run.loc, compile(&run.row));
            reached = run.next;
        }
    }
    if (reached < entry->limit) {
        emit(sink, reached, PP_RULE_FULL);
    }
}

static bool is_inside(const struct pp_cfi_entry *entry, const struct pp_module *module)
{
    return entry->start >= module->start && entry->limit <= module->limit &&
           entry->start < entry->limit && entry->limit - module->start < UINT32_MAX;
}

static void emit_all(struct sink *sink, const struct pp_cfi_section *section,
                     const struct pp_module *module)
{
    size_t count = pp_cfi_count_sig(section);
    for (size_t i = 0; i < count; i++) {
        struct pp_cfi_entry entry;
        if (!pp_cfi_at_sig(section, i, &entry) || !is_inside(&entry, module) ||
            entry.start < sink->done) {
            continue;
        }
        if (entry.start - sink->done > GAP_BYTES) {
            emit(sink, sink->done, PP_RULE_NONE);
        }
        emit_entry(sink, section, &entry);
        sink->done = entry.limit;
    }
    emit(sink, sink->done, PP_RULE_NONE);
}

static size_t emit_rows(const struct pp_cfi_section *section, const struct pp_module *module,
                        uint32_t *offsets, uint16_t *rules)
{
    struct sink sink = { .start = module->start, .done = module->start, .last = UINT16_MAX,
                         .offsets = offsets, .rules = rules };
    emit_all(&sink, section, module);
    return sink.count;
}

/* buckets[b]: how many rows start before page b + 0; the bisection for that page begins there. */
static void fill_buckets(uint32_t *buckets, size_t bucket_count, const uint32_t *offsets,
                         size_t count)
{
    size_t row = 0;
    for (size_t b = 0; b <= bucket_count; b++) {
        while (row < count && offsets[row] < (uint64_t)b << PP_ROWS_BUCKET_BITS) {
            row++;
        }
        buckets[b] = (uint32_t)row;
    }
}

static struct pp_unwind_rows *make_rows(const struct pp_cfi_section *section,
                                        const struct pp_module *module)
{
    size_t count = emit_rows(section, module, NULL, NULL);
    size_t buckets = ((module->limit - module->start) >> PP_ROWS_BUCKET_BITS) + 1;
    size_t bytes = sizeof(struct pp_unwind_rows) + (buckets + 1) * sizeof(uint32_t) +
                   count * (sizeof(uint32_t) + sizeof(uint16_t));
    struct pp_unwind_rows *rows =
        rows_bytes + bytes <= ROWS_CAP_BYTES && count > 1 ? pp_sys_map(bytes) : NULL;
    if (!rows) {
        return NULL;
    }
    uint32_t *bucket_at = (uint32_t *)(rows + 1);
    uint32_t *offset_at = bucket_at + buckets + 1;
    uint16_t *rule_at = (uint16_t *)(offset_at + count);
    emit_rows(section, module, offset_at, rule_at);
    fill_buckets(bucket_at, buckets, offset_at, count);
    *rows = (struct pp_unwind_rows){ count, bytes, buckets, bucket_at, offset_at, rule_at };
    rows_bytes += bytes;
    pp_unwind_count_rows((int64_t)bytes);
    return rows;
}

struct pp_unwind_rows *pp_rows_build(const struct pp_module *module)
{
    size_t size = module->eh_limit - module->eh_low;
    if (!module->eh_frame_hdr) {
        return NULL;
    }
    uint8_t *copy = pp_sys_reserve(size);
    struct pp_cfi_section section = { (const uint8_t *)module->eh_low,
                                      (const uint8_t *)module->eh_limit, module->eh_low,
                                      (uintptr_t)module->eh_frame_hdr };
    ssize_t got = copy ? pp_sys_copy_safe(copy, section.base, size) : -1;
    if (got > 0) {
        section.base = copy;
        section.limit = copy + got;
    } else if (got == -EFAULT) {
        section.limit = section.base; /* it is gone */
    }
    struct pp_unwind_rows *rows = make_rows(&section, module);
    if (copy) {
        pp_sys_unmap(copy, size);
    }
    return rows;
}
