/* The common walk: compiled rows, with the rule of each pc remembered.
 *
 *   cache word   [ pc without its low 10 bits : 37 | generation : 11 | rule : 16 ]
 *
 * One 64-bit word is read and written whole, so no lock and no torn entry. The slot is the pc's low bits
 * mixed with its higher ones, from which the low bits follow again: the word plus its place hold the
 * whole pc. Between a dlopen or dlclose and the next scan the cache is left alone. */
#include "runtime/unwind/module_private.h"
#include "runtime/unwind/rows.h"
#include "runtime/unwind/unwind_private.h"

#include "base/atomic.h"

enum { CACHE_BITS = 10, CACHE_WORDS = 1 << CACHE_BITS, TAG_SHIFT = 27, LOWEST_PC = 4096 };

static uint64_t cache[CACHE_WORDS];

struct epoch {
    uint64_t bits; /* the generation, where a cache word has it */
    bool is_stale;
};

static size_t slot_of(uintptr_t pc)
{
    return (pc ^ pc >> CACHE_BITS ^ pc >> 2 * CACHE_BITS) & (CACHE_WORDS - 1);
}

static uint64_t word_of(uintptr_t pc, const struct epoch *epoch)
{
    return (uint64_t)(pc >> CACHE_BITS) << TAG_SHIFT | epoch->bits;
}

static __attribute__((noinline)) uint16_t look_up(uintptr_t pc, const struct epoch *epoch)
{
    const struct pp_module *module = pp_module_find_sig(pc);
    const struct pp_unwind_rows *rows = module ? pp_load_acquire(&module->rows) : NULL;
    if (!rows || (epoch->is_stale && !pp_module_confirm_sig(module, pc))) {
        return PP_RULE_NONE;
    }
    uint16_t rule = pp_rows_find(rows, pc - module->start);
    if (!epoch->is_stale) {
        pp_store_relaxed(&cache[slot_of(pc)], word_of(pc, epoch) | rule);
    }
    return rule;
}

static inline uint16_t find_rule(uintptr_t pc, const struct epoch *epoch)
{
    uint64_t word = pp_load_relaxed(&cache[slot_of(pc)]);
    if (pp_likely((word ^ word_of(pc, epoch)) <= UINT16_MAX && !epoch->is_stale)) {
        return (uint16_t)word;
    }
    return look_up(pc, epoch);
}

/* One frame up, for rules that are numbers. False leaves everything as it was. */
static inline bool climb(struct pp_walk *walk, const struct pp_rule *rule)
{
    uint64_t *v = walk->regs.v;
    bool by_fp = rule->kind == PP_RULE_FP;
    uint64_t pc;
    uint64_t fp = v[PP_REG_FP];
    uint64_t cfa = v[by_fp ? PP_REG_FP : PP_REG_SP] + (uint64_t)(int64_t)rule->cfa;
    if (by_fp && !(walk->regs.known >> PP_REG_FP & 1)) {
        return false;
    }
#if defined(__aarch64__)
    if (rule->ra == 0) {
        return false; /* a leaf: the interpreter knows the link register */
    }
#endif
    if (cfa <= v[PP_REG_SP] || !pp_view_read(walk->view, cfa + (uint64_t)(rule->ra * 8ll), &pc)) {
        return false;
    }
    if (rule->fp) {
        if (!pp_view_read(walk->view, cfa + (uint64_t)(int64_t)rule->fp, &fp)) {
            return false;
        }
        walk->regs.known |= 1u << PP_REG_FP;
    }
#if defined(__aarch64__)
    pc &= ((uint64_t)1 << 48) - 1;
#endif
    v[PP_REG_PC] = pc;
    v[PP_REG_SP] = cfa;
    v[PP_REG_FP] = fp;
    walk->is_exact = false;
    return true;
}

/* From here on only what rows follow is known of the registers. */
static bool hand_over(struct pp_walk *walk)
{
    if (!walk->is_exact) {
        walk->regs.known &= 1u << PP_REG_PC | 1u << PP_REG_SP | 1u << PP_REG_FP;
    }
    return false;
}

bool pp_walk_rows_sig(struct pp_walk *walk)
{
    struct epoch epoch = { .bits = (uint64_t)(pp_modules_generation_sig() & 0x7ff) << 16,
                           .is_stale = pp_modules_is_stale_sig() };
    while (walk->count < walk->max) {
        uintptr_t pc = walk->regs.v[PP_REG_PC];
        const struct pp_rule *rule = &pp_rules[find_rule(pc - !walk->is_exact, &epoch)];
        if (rule->kind == PP_RULE_END) {
            walk->pcs[walk->count++] = pc;
            walk->flags |= PP_UNWIND_COMPLETE;
            return true;
        }
        if ((rule->kind != PP_RULE_SP && rule->kind != PP_RULE_FP) || !climb(walk, rule)) {
            return hand_over(walk);
        }
        walk->pcs[walk->count++] = pc;
        if (walk->regs.v[PP_REG_PC] < LOWEST_PC) {
            walk->flags |= walk->regs.v[PP_REG_PC] ? PP_UNWIND_LOST : PP_UNWIND_COMPLETE;
            return true;
        }
    }
    walk->flags |= PP_UNWIND_CUT;
    return true;
}
