/* The common walk: compiled rows, with the rule of each pc remembered.
 *
 *   cache entry   { key ^ rule, rule }     key = pc << 16 | generation
 *
 * The rule itself is in the entry, not its number: pc -> rule -> stack word -> pc is a chain of
 * loads that nothing can overlap, and one load less is a quarter of the time. The two words are
 * written without a lock; a torn entry does not match its key. Between a dlopen or dlclose and the
 * next scan the cache is left alone.
 *
 * A module has no rows before the first request or CPU profile, so that starting costs nothing; its
 * rules enter the cache one by one. */
#include "runtime/unwind/module_private.h"
#include "runtime/unwind/rows.h"
#include "runtime/unwind/trail.h"
#include "runtime/unwind/unwind_private.h"

#include "base/atomic.h"

enum { CACHE_BITS = 10, CACHE_ENTRIES = 1 << CACHE_BITS, LOWEST_PC = 4096 };

struct cached {
    uint64_t check, rule;
};

static struct cached cache[CACHE_ENTRIES];

struct epoch {
    uint64_t generation;
    bool is_stale;
};

static inline struct cached *slot_of(uintptr_t pc)
{
    return &cache[(pc ^ pc >> CACHE_BITS) & (CACHE_ENTRIES - 1)];
}

static inline uint64_t bits_of(struct pp_rule rule)
{
    uint64_t bits;
    __builtin_memcpy(&bits, &rule, sizeof(bits));
    return bits;
}

static inline struct pp_rule rule_of(uint64_t bits)
{
    struct pp_rule rule;
    __builtin_memcpy(&rule, &bits, sizeof(rule));
    return rule;
}

/* Of a module whose rows nobody has needed yet: from .eh_frame itself. */
static struct pp_rule interpret(uintptr_t pc)
{
    struct pp_cfi_section section;
    struct pp_cfi_entry entry;
    struct pp_cfi_run run;
    if (!pp_module_cfi_sig(pc, &section) || !pp_cfi_find_sig(&section, pc, &entry) ||
        entry.is_signal || !pp_cfi_seek_sig(&run, &section, &entry, pc)) {
        return pp_rules[PP_RULE_NONE];
    }
    return pp_rule_of_row_sig(&run.row);
}

static __attribute__((noinline)) struct pp_rule look_up(uintptr_t pc, const struct epoch *epoch)
{
    const struct pp_module *module = pp_module_find_sig(pc);
    const struct pp_unwind_rows *rows = module ? pp_load_acquire(&module->rows) : NULL;
    if (!module || (epoch->is_stale && (!rows || !pp_module_confirm_sig(module, pc)))) {
        return pp_rules[PP_RULE_NONE];
    }
    struct pp_rule rule =
        rows ? pp_rules[pp_rows_find(rows, pc - module->start)] : interpret(pc);
    if (!epoch->is_stale && rule.kind != PP_RULE_NONE) {
        struct cached *slot = slot_of(pc);
        pp_store_relaxed(&slot->check, (pc << 16 | epoch->generation) ^ bits_of(rule));
        pp_store_relaxed(&slot->rule, bits_of(rule));
    }
    return rule;
}

static inline struct pp_rule find_rule(uintptr_t pc, const struct epoch *epoch)
{
    const struct cached *slot = slot_of(pc);
    uint64_t bits = pp_load_relaxed(&slot->rule);
    uint64_t key = pp_load_relaxed(&slot->check) ^ bits;
    if (pp_likely(key == (pc << 16 | epoch->generation) && !epoch->is_stale)) {
        return rule_of(bits);
    }
    return look_up(pc, epoch);
}

/* What rows follow, kept in processor registers while they do. */
struct frame {
    uint64_t pc, sp, fp;
    bool is_exact, fp_known;
};

static inline uint64_t strip_signature(uint64_t pc)
{
#if defined(__aarch64__)
    return pc & (((uint64_t)1 << 48) - 1);
#else
    return pc;
#endif
}

/* One frame up, for rules that are numbers. False leaves everything as it was. A rule without a
 * return address in memory (a leaf of aarch64) is the interpreter's. */
static inline bool climb(struct frame *frame, struct pp_stack_view *view,
                         const struct pp_rule *rule)
{
    bool by_fp = rule->kind == PP_RULE_FP;
    uint64_t cfa = (by_fp ? frame->fp : frame->sp) + (uint64_t)(int64_t)rule->cfa;
    uint64_t fp = frame->fp;
    uint64_t pc;
    if (pp_unlikely((by_fp && !frame->fp_known) || cfa <= frame->sp || rule->ra == 0 ||
                    !pp_view_read(view, cfa + (uint64_t)(rule->ra * 8ll), &pc))) {
        return false;
    }
    if (rule->fp) {
        if (pp_unlikely(!pp_view_read(view, cfa + (uint64_t)(int64_t)rule->fp, &fp))) {
            return false;
        }
        frame->fp_known = true;
    }
    frame->pc = strip_signature(pc);
    frame->sp = cfa;
    frame->fp = fp;
    frame->is_exact = false;
    return true;
}

/* A walk and the trail it may come upon. */
struct passage {
    struct pp_trail *trail; /* NULL: none */
    uint32_t at;   /* its frames below this one lie no lower than the walk stands */
    uint32_t kept; /* frames that were followed to the outermost; 0 as long as none were */
    struct pp_stack_view *view;
    uintptr_t *pcs;
    size_t count, max;
};

static inline void note(struct pp_trail *trail, uint64_t sp, const struct pp_trail_frame *seen)
{
    if (trail->fresh_count < PP_TRAIL_MAX) {
        trail->fresh_low = trail->fresh_count ? trail->fresh_low : sp;
        trail->fresh_high = sp;
        trail->fresh[trail->fresh_count++] = *seen;
    }
}

/* Whether a walk passed here before. */
static inline bool meets(struct passage *walk, const struct frame *frame)
{
    const struct pp_trail *trail = walk->trail;
    uint64_t below = trail->base - frame->sp;
    uint32_t low = (uint32_t)trail->base;
    while (walk->at > 0 && low - trail->frames[walk->at - 1].sp > below) {
        walk->at--;
    }
    const struct pp_trail_frame *seen = &trail->frames[walk->at ? walk->at - 1 : 0];
    return walk->at > 0 && low - seen->sp == below && seen->pc == frame->pc &&
           (seen->fp == frame->fp || !seen->needs_fp);
}

/* Goes on along the trail, from its frame number `at`, while the stack says what it said. */
static PP_HOT void follow(struct passage *walk, struct frame *frame)
{
    struct frame here = *frame;
    for (; walk->at > 1 && walk->count + 1 < walk->max; walk->at--) {
        const struct pp_trail_frame *up = &walk->trail->frames[walk->at - 2];
        uint64_t sp = here.sp + (up->sp - (uint32_t)here.sp), pc, fp = here.fp;
        if (!pp_view_read(walk->view, sp + (uint64_t)(up->ra * 8ll), &pc) ||
            strip_signature(pc) != up->pc ||
            (up->fp_slot &&
             !pp_view_read(walk->view, sp + (uint64_t)(int64_t)up->fp_slot, &fp)) ||
            (fp != up->fp && up->needs_fp)) {
            break;
        }
        walk->pcs[walk->count++] = here.pc;
        here = (struct frame){ up->pc, sp, fp, false, true };
    }
    *frame = here;
}

/* The walk has come to a frame by this rule. */
static inline void arrive(struct passage *walk, struct frame *frame, const struct pp_rule *rule)
{
    struct pp_trail *trail = walk->trail;
    struct pp_trail_frame seen = {
        .pc = frame->pc, .fp = frame->fp, .sp = (uint32_t)frame->sp,
        .fp_slot = rule->fp, .ra = rule->ra,
    };
    if (trail->fresh_count) {
        trail->fresh[trail->fresh_count - 1].by_fp = rule->kind == PP_RULE_FP;
    }
    if (!meets(walk, frame)) {
        note(trail, frame->sp, &seen);
        return;
    }
    uint32_t met = walk->at;
    uint64_t sp = frame->sp;
    follow(walk, frame);
    seen.by_fp = trail->frames[met - 1].by_fp;
    if (walk->at == 1) {
        seen.needs_fp = trail->frames[met - 1].needs_fp;
        trail->frames[met - 1] = seen; /* the rule that led here need not be the one before */
        walk->kept = met;
        return;
    }
    note(trail, sp, &seen);
    for (uint32_t i = met - 1; i >= walk->at; i--) {
        sp += trail->frames[i - 1].sp - (uint32_t)sp;
        note(trail, sp, &trail->frames[i - 1]);
    }
    walk->at--;
}

/* The interpreter goes on from here; only what rows follow is known of the registers, unless not
 * one frame was climbed. */
static bool hand_over(struct pp_walk *walk, const struct frame *frame, size_t count)
{
    walk->count = count;
    if (count == 0) {
        return false;
    }
    walk->is_exact = frame->is_exact;
    walk->regs.v[PP_REG_PC] = frame->pc;
    walk->regs.v[PP_REG_SP] = frame->sp;
    walk->regs.v[PP_REG_FP] = frame->fp;
    walk->regs.known = 1u << PP_REG_PC | 1u << PP_REG_SP |
                       (unsigned)frame->fp_known << PP_REG_FP;
    return false;
}

static bool finish(struct pp_walk *walk, size_t count, unsigned flags)
{
    walk->count = count;
    walk->flags |= flags;
    return true;
}

static PP_HOT bool run(struct pp_walk *walk, struct passage *passage, const struct epoch *epoch)
{
    struct frame frame = { walk->regs.v[PP_REG_PC], walk->regs.v[PP_REG_SP],
                           walk->regs.v[PP_REG_FP], walk->is_exact,
                           walk->regs.known >> PP_REG_FP & 1 };
    while (passage->count < passage->max) {
        uintptr_t pc = frame.pc;
        const struct pp_rule rule = find_rule(pc - !frame.is_exact, epoch);
        if (pp_unlikely(rule.kind == PP_RULE_END)) {
            passage->pcs[passage->count++] = pc;
            return finish(walk, passage->count, PP_UNWIND_COMPLETE);
        }
        if (pp_unlikely((rule.kind != PP_RULE_SP && rule.kind != PP_RULE_FP) ||
                        !climb(&frame, passage->view, &rule))) {
            if (passage->trail && passage->trail->fresh_count && !passage->kept) {
                passage->trail->fresh[passage->trail->fresh_count - 1].by_fp = true;
            }
            return hand_over(walk, &frame, passage->count);
        }
        passage->pcs[passage->count++] = pc;
        if (pp_unlikely(frame.pc < LOWEST_PC)) {
            return finish(walk, passage->count,
                          frame.pc ? PP_UNWIND_LOST : PP_UNWIND_COMPLETE);
        }
        if (passage->trail && !passage->kept) {
            arrive(passage, &frame, &rule);
        }
    }
    return finish(walk, passage->count, PP_UNWIND_CUT);
}

PP_HOT bool pp_walk_rows_sig(struct pp_walk *walk)
{
    uint32_t generation = pp_modules_generation_sig();
    const struct epoch epoch = { .generation = generation & UINT16_MAX,
                                 .is_stale = pp_modules_is_stale_sig() };
    struct passage passage = { .view = walk->view, .pcs = walk->pcs, .max = walk->max };
    if (walk->is_own && !epoch.is_stale) {
        passage.trail = pp_trail_enter_sig(generation);
    }
    if (!passage.trail) {
        return run(walk, &passage, &epoch);
    }
    passage.at = passage.trail->count;
    bool is_over = run(walk, &passage, &epoch);
    pp_trail_leave_sig(passage.trail, passage.kept);
    return is_over;
}
