/* When the rules end: code without any (written in assembly, compiled at run time), or a register
 * that nobody saved for us. What is found here is marked as a guess. */
#include "runtime/unwind/module_private.h"
#include "runtime/unwind/unwind_private.h"

#include "base/sys.h"

#include <string.h>

enum {
    FRAME_MAX_BYTES = 8 << 20,  /* a larger step up is taken for a register with other contents */
    JIT_REACH_BYTES = 64 << 20, /* code made at run time calls its like within this distance */
    SCAN_BYTES = 512,
    RECORD_SCAN_BYTES = 4096,
};

static bool is_near(uintptr_t a, uintptr_t b)
{
    return (a > b ? a - b : b - a) < JIT_REACH_BYTES;
}

/* Could `to` be where a frame at pc returns to? */
static bool is_code(uintptr_t to, uintptr_t pc)
{
    if (pp_module_holds_sig(to)) {
        return true;
    }
    return !pp_module_holds_sig(pc) && is_near(to, pc) &&
           pp_sys_readable((const void *)(to & ~(uintptr_t)7));
}

/* Is there a call instruction right before the address? */
PP_NO_SANITIZE static bool follows_call(uintptr_t to)
{
    const uint8_t *code = (const uint8_t *)to;
    if (!pp_sys_readable(code - 8)) {
        return false;
    }
#if defined(__x86_64__)
    if (code[-5] == 0xe8) { /* call rel32 */
        return true;
    }
    for (int len = 2; len <= 7; len++) { /* call r/m64: ff /2 */
        if (code[-len] == 0xff && (code[1 - len] & 0x38) == 0x10) {
            return true;
        }
    }
    return false;
#else
    uint32_t word = *(const uint32_t *)(code - 4);
    return (word & 0xfc000000) == 0x94000000 || (word & 0xfffffc1f) == 0xd63f0000;
#endif
}

static void arrive(struct pp_walk *walk, uint64_t pc, uint64_t sp, uint64_t fp, bool fp_known)
{
    walk->regs.known = 1u << PP_REG_PC | 1u << PP_REG_SP | (unsigned)fp_known << PP_REG_FP;
    walk->regs.v[PP_REG_PC] = pc;
    walk->regs.v[PP_REG_SP] = sp;
    walk->regs.v[PP_REG_FP] = fp;
    walk->is_exact = false;
    walk->flags |= PP_UNWIND_GUESSED;
}

/* { caller's frame pointer, return address } where the frame pointer points. */
static bool by_frame_pointer(struct pp_walk *walk)
{
    uint64_t sp = walk->regs.v[PP_REG_SP];
    uint64_t fp = walk->regs.v[PP_REG_FP];
    uint64_t up;
    uint64_t to;
    if (!(walk->regs.known >> PP_REG_FP & 1) || fp < sp || fp - sp > FRAME_MAX_BYTES ||
        !pp_view_read(walk->view, fp, &up) || !pp_view_read(walk->view, fp + 8, &to)) {
        return false;
    }
    if (to != 0 && (up <= fp || !is_code(to, walk->regs.v[PP_REG_PC]))) {
        return false;
    }
    arrive(walk, to, fp + 16, up, true);
    return true;
}

#if defined(__x86_64__)
/* A function just entered, or one that keeps nothing on the stack. */
static bool by_top_word(struct pp_walk *walk)
{
    uint64_t sp = walk->regs.v[PP_REG_SP];
    uint64_t to;
    if (!walk->is_exact || !pp_view_read(walk->view, sp, &to) || !pp_module_holds_sig(to) ||
        !follows_call(to)) {
        return false;
    }
    uint32_t known = walk->regs.known;
    arrive(walk, to, sp + 8, walk->regs.v[PP_REG_FP], true);
    walk->regs.known |= known;
    return true;
}
#endif

/* Whom the call before `to` leads to, seen from a function that is to be the one called. */
enum callee { CALLS_ANOTHER, CALLS_SOMEBODY, CALLS_THIS };

#if defined(__x86_64__)
/* A jump through the linkage table, as behind a call of another module's function. */
PP_NO_SANITIZE static bool is_stub(const uint8_t *code)
{
    static const uint8_t endbr[] = { 0xf3, 0x0f, 0x1e, 0xfa };
    if (!pp_sys_readable(code) || !pp_sys_readable(code + 8)) {
        return false;
    }
    code += memcmp(code, endbr, sizeof endbr) == 0 ? sizeof endbr : 0;
    code += *code == 0xf2;
    return code[0] == 0xff && code[1] == 0x25;
}

PP_NO_SANITIZE static enum callee callee_of(uintptr_t to, uintptr_t pc)
{
    const uint8_t *code = (const uint8_t *)to;
    struct pp_cfi_section section;
    struct pp_cfi_entry entry;
    int32_t distance;
    if (code[-5] != 0xe8 || !pp_module_cfi_sig(pc, &section) ||
        !pp_cfi_find_sig(&section, pc, &entry)) {
        return CALLS_SOMEBODY;
    }
    memcpy(&distance, code - 4, sizeof distance);
    uintptr_t target = to + (uintptr_t)(intptr_t)distance;
    if (target >= entry.start && target < entry.limit) {
        return CALLS_THIS;
    }
    return is_stub((const uint8_t *)target) ? CALLS_SOMEBODY : CALLS_ANOTHER;
}
#else
static enum callee callee_of(uintptr_t to, uintptr_t pc)
{
    (void)to;
    (void)pc;
    return CALLS_SOMEBODY;
}
#endif

/* Whether a caller's frame, as guessed, would in its turn return behind a call. */
enum sense { NONSENSE, NOT_KNOWN, SENSE };

static enum sense look_ahead(const struct pp_walk *guess)
{
    struct pp_walk ahead = *guess;
    enum pp_cfi_result result = pp_walk_by_rules_sig(&ahead);
    uintptr_t next = ahead.regs.v[PP_REG_PC];
    if (result == PP_CFI_UNKNOWN) {
        return NOT_KNOWN;
    }
    bool is_sound = result == PP_CFI_OK &&
                    (next == 0 || (pp_module_holds_sig(next) && follows_call(next)));
    return is_sound || result == PP_CFI_END ? SENSE : NONSENSE;
}

/* What earlier calls left in a frame's unused places looks like a return address, too; but mostly
 * the call before it led to another function. */
static bool may_return_to(const struct pp_walk *walk, uint64_t to)
{
    return pp_module_holds_sig(to) && follows_call(to) &&
           callee_of(to, walk->regs.v[PP_REG_PC] - !walk->is_exact) != CALLS_ANOTHER;
}

/* { caller's frame pointer, return address } somewhere further up, for a function whose frame
 * pointer nobody knows. The pair brings the caller's, so all above it goes by rules again. */
static bool by_frame_record(struct pp_walk *walk)
{
    uint64_t sp = walk->regs.v[PP_REG_SP], fp, to;
    for (uint64_t at = sp; at < sp + RECORD_SCAN_BYTES; at += 8) {
        if (!pp_view_read(walk->view, at, &fp) || !pp_view_read(walk->view, at + 8, &to)) {
            return false;
        }
        if (fp <= at || fp - at > FRAME_MAX_BYTES || fp % 16 != 0 || !may_return_to(walk, to)) {
            continue;
        }
        struct pp_walk guess = *walk;
        arrive(&guess, to, at + 16, fp, true);
        if (look_ahead(&guess) == SENSE) {
            *walk = guess;
            return true;
        }
    }
    return false;
}

/* The first word further up that may be a return address, and makes a frame that makes sense. */
static bool by_scan(struct pp_walk *walk)
{
    uint64_t sp = walk->regs.v[PP_REG_SP], to;
    for (uint64_t at = sp; at < sp + SCAN_BYTES && pp_view_read(walk->view, at, &to); at += 8) {
        struct pp_walk guess = *walk;
        arrive(&guess, to, at + 8, 0, false);
        if (may_return_to(walk, to) && look_ahead(&guess) != NONSENSE) {
            *walk = guess;
            return true;
        }
    }
    return false;
}

bool pp_walk_is_return_sig(uintptr_t pc)
{
    struct pp_cfi_section section;
    struct pp_cfi_entry entry;
    return follows_call(pc) || (pp_module_cfi_sig(pc - 1, &section) &&
                                pp_cfi_find_sig(&section, pc - 1, &entry) && entry.is_signal);
}

bool pp_walk_guess_sig(struct pp_walk *walk)
{
#if defined(__x86_64__)
    if (by_top_word(walk)) {
        return true;
    }
#elif defined(__aarch64__)
    if (walk->is_exact && (walk->regs.known >> PP_REG_LR & 1) &&
        walk->regs.v[PP_REG_LR] != walk->regs.v[PP_REG_PC] &&
        pp_module_holds_sig(walk->regs.v[PP_REG_LR])) {
        uint32_t known = walk->regs.known;
        arrive(walk, walk->regs.v[PP_REG_LR], walk->regs.v[PP_REG_SP], walk->regs.v[PP_REG_FP],
               true);
        walk->regs.known |= known & ~(1u << PP_REG_LR);
        return true;
    }
#endif
    return by_frame_pointer(walk) || by_frame_record(walk) || by_scan(walk);
}
