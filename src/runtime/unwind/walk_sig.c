/* Walking by the rules as they stand in .eh_frame, all registers followed. Slower than compiled
 * rows (0.17 us a frame) but it understands everything: signal frames, expressions, frames whose
 * base is neither the stack nor the frame pointer. */
#include "runtime/unwind/module_private.h"
#include "runtime/unwind/unwind_private.h"

#include "base/atomic.h"

enum { LOWEST_PC = 4096 };

PP_HOT void pp_walk_init_sig(struct pp_walk *walk, const struct pp_regs *regs, bool all_known,
                             struct pp_stack_view *view, uintptr_t *pcs, size_t max)
{
    *walk = (struct pp_walk){ .view = view, .is_exact = true, .pcs = pcs, .max = max };
    uint64_t *v = walk->regs.v;
    v[PP_REG_PC] = regs->pc;
    v[PP_REG_SP] = regs->sp;
    v[PP_REG_FP] = regs->fp;
#if defined(__x86_64__)
    v[PP_REG_BX] = regs->rbx;
    v[PP_REG_R12] = regs->r12;
    v[PP_REG_R13] = regs->r13;
    v[PP_REG_R14] = regs->r14;
    v[PP_REG_R15] = regs->r15;
    v[PP_REG_R10] = regs->r10;
    v[PP_REG_R11] = regs->r11;
#elif defined(__aarch64__)
    const uint64_t from[] = { regs->x19, regs->x20, regs->x21, regs->x22, regs->x23,
                              regs->x24, regs->x25, regs->x26, regs->x27, regs->x28 };
    for (unsigned i = 0; i < 10; i++) {
        v[PP_REG_X19 + i] = from[i];
    }
    v[PP_REG_LR] = regs->lr;
#endif
    walk->regs.known = all_known ? (1u << PP_REG_COUNT) - 1 : 1u << PP_REG_PC | 1u << PP_REG_SP;
    walk->is_own = all_known && view->delta == 0;
}

/* Return addresses carry a signature in their high bits where pointer authentication is on. */
static void strip_signature(struct pp_cfi_regs *regs)
{
#if defined(__aarch64__)
    regs->v[PP_REG_PC] &= ((uint64_t)1 << 48) - 1;
#else
    (void)regs;
#endif
}

enum pp_cfi_result pp_walk_by_rules_sig(struct pp_walk *walk)
{
    struct pp_cfi_section section;
    struct pp_cfi_entry entry;
    struct pp_cfi_run run;
    uintptr_t pc = walk->regs.v[PP_REG_PC] - !walk->is_exact;
    if (!pp_module_cfi_sig(pc, &section) || !pp_cfi_find_sig(&section, pc, &entry) ||
        !pp_cfi_seek_sig(&run, &section, &entry, pc)) {
        return PP_CFI_FAIL;
    }
    uint64_t sp = walk->regs.v[PP_REG_SP], at = walk->regs.v[PP_REG_PC];
    struct pp_cfi_regs up = walk->regs;
    enum pp_cfi_result result = pp_cfi_apply_sig(&section, &run.row, walk->view, &up);
    if (result != PP_CFI_OK) {
        return result;
    }
    strip_signature(&up);
    /* Frames lie one above the other; a leaf of aarch64 has none of its own. What a signal
     * interrupted may lie anywhere, but not where the walk stands. */
    bool moved = up.v[PP_REG_SP] > sp || (PP_REG_RA != PP_REG_PC && up.v[PP_REG_SP] == sp);
    bool stays = up.v[PP_REG_SP] == sp && up.v[PP_REG_PC] == at;
    if (stays || (!entry.is_signal && !moved)) {
        return PP_CFI_FAIL;
    }
    walk->regs = up;
    walk->is_exact = entry.is_signal;
    return PP_CFI_OK;
}

/* The loader's entry runs constructors before the program's own start: nothing called it, and glibc
 * gives it no rules. */
static bool is_loader_entry(const struct pp_walk *walk)
{
    struct pp_cfi_section section;
    struct pp_cfi_entry entry;
    uintptr_t pc = walk->regs.v[PP_REG_PC] - !walk->is_exact;
    const struct pp_module *module = pp_module_find_sig(pc);
    return module && module->is_loader && pp_module_cfi_sig(pc, &section) &&
           !pp_cfi_find_sig(&section, pc, &entry);
}

static bool step(struct pp_walk *walk)
{
    enum pp_cfi_result result = pp_walk_by_rules_sig(walk);
    if (result == PP_CFI_END || (result == PP_CFI_FAIL && is_loader_entry(walk))) {
        walk->flags |= PP_UNWIND_COMPLETE;
        return false;
    }
    if (result == PP_CFI_UNKNOWN && walk->is_partial) {
        walk->is_starved = true;
        return false;
    }
    if (result != PP_CFI_OK && !pp_walk_guess_sig(walk)) {
        walk->flags |= PP_UNWIND_LOST;
        return false;
    }
    if (walk->regs.v[PP_REG_PC] == 0) {
        walk->flags |= PP_UNWIND_COMPLETE;
        return false;
    }
    bool is_doubtful = walk->flags & PP_UNWIND_GUESSED && !walk->is_exact;
    if (walk->regs.v[PP_REG_PC] < LOWEST_PC ||
        (is_doubtful && !pp_walk_is_return_sig(walk->regs.v[PP_REG_PC]))) {
        walk->flags |= PP_UNWIND_LOST;
        return false;
    }
    return true;
}

void pp_walk_run_sig(struct pp_walk *walk)
{
    do {
        if (walk->count == walk->max) {
            walk->flags |= PP_UNWIND_CUT;
            return;
        }
        walk->pcs[walk->count++] = walk->regs.v[PP_REG_PC];
    } while (step(walk));
}

PP_HOT size_t pp_walk_sig(const struct pp_regs *regs, bool all_known, struct pp_stack_view *view,
                          uintptr_t *pcs, size_t max, unsigned *flags)
{
    struct pp_walk walk;
    pp_walk_init_sig(&walk, regs, all_known, view, pcs, max);
    if (!pp_walk_rows_sig(&walk)) {
        walk.is_partial = all_known && walk.count > 0;
        pp_walk_run_sig(&walk);
    }
    if (walk.is_starved) {
        pp_walk_init_sig(&walk, regs, all_known, view, pcs, max);
        pp_walk_run_sig(&walk);
    }
    pp_walk_count_sig(walk.flags);
    *flags = walk.flags;
    return walk.count;
}
