/* Compiled unwind rules: for each stretch of code, how its caller's pc, sp and fp are found.
 *
 *   module rows   buckets[ offset >> 12 ] -> first row of that page of code
 *                 offsets[] u32, sorted, from the module's start    rules[] u16 -> pp_rules[]
 *   pp_rules[]    8 bytes each, shared by all modules: a few hundred are all there are
 *
 * 6 bytes a row and 4 a page of code. Stretches that need more than sp and fp (signal frames,
 * expressions, frames based on other registers) say so, and the interpreter takes over.
 *
 * Invariants
 *  - rows and rules never change once published and are never freed: readers hold no lock.
 *  - they are built outside of handlers, from a copy of the tables that the kernel makes, so that a
 *    module that is unloaded meanwhile cannot cause a fault.
 */
#ifndef PP_UNWIND_ROWS_H
#define PP_UNWIND_ROWS_H

#include "runtime/unwind/cfi.h"
#include "runtime/unwind/module.h"

enum pp_rule_kind {
    PP_RULE_NONE, /* no call frame information here */
    PP_RULE_SP,   /* CFA = sp + cfa */
    PP_RULE_FP,   /* CFA = fp + cfa */
    PP_RULE_END,  /* the outermost frame */
    PP_RULE_FULL, /* only the interpreter can tell */
};

struct pp_rule {
    int32_t cfa;
    int16_t fp;  /* where the caller's frame pointer is, from the CFA; 0: still in the register */
    int8_t ra;   /* where the return address is, in words from the CFA; 0: still in the register */
    uint8_t kind;
};

enum { PP_RULES_MAX = 1 << 16, PP_ROWS_BUCKET_BITS = 12 };

extern struct pp_rule pp_rules[PP_RULES_MAX];

struct pp_unwind_rows {
    size_t count, bytes;
    size_t bucket_count;
    const uint32_t *buckets; /* bucket_count + 1 of them */
    const uint32_t *offsets;
    const uint16_t *rules;
};

/* Compiles the rows of a module; NULL when it has none or memory is short. Not in a handler; one
 * thread at a time (the module room's lock). */
struct pp_unwind_rows *pp_rows_build(const struct pp_module *module);

/* The rule that a row comes to: SP, FP, END or FULL. Handler-safe. */
struct pp_rule pp_rule_of_row_sig(const struct pp_cfi_row *row);

/* The rule (an index into pp_rules) for pc, which lies in the module. Handler-safe. */
static inline uint16_t pp_rows_find(const struct pp_unwind_rows *rows, uintptr_t offset)
{
    size_t bucket = offset >> PP_ROWS_BUCKET_BITS;
    if (bucket >= rows->bucket_count) {
        return PP_RULE_NONE;
    }
    size_t low = rows->buckets[bucket]; /* rows below low start at or before the offset */
    size_t high = rows->buckets[bucket + 1];
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (rows->offsets[middle] <= offset) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low ? rows->rules[low - 1] : PP_RULE_NONE;
}

#endif
