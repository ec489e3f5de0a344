/* When the rules end: code without any (written in assembly, compiled at run time), or a register
 * that nobody saved for us. What is found here is marked as a guess. */
#include "runtime/unwind/module_private.h"
#include "runtime/unwind/unwind_private.h"

#include "base/sys.h"

enum {
    FRAME_MAX_BYTES = 8 << 20,  /* a larger step up is taken for a register with other contents */
    JIT_REACH_BYTES = 64 << 20, /* code made at run time calls its like within this distance */
    SCAN_WORDS = 64,
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

/* The first word further up that can only be a return address. */
static bool by_scan(struct pp_walk *walk)
{
    uint64_t sp = walk->regs.v[PP_REG_SP];
    for (unsigned i = 0; i < SCAN_WORDS; i++) {
        uint64_t to;
        if (!pp_view_read(walk->view, sp + 8ull * i, &to)) {
            return false;
        }
        if (pp_module_holds_sig(to) && follows_call(to)) {
            arrive(walk, to, sp + 8ull * (i + 1), 0, false);
            return true;
        }
    }
    return false;
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
    return by_frame_pointer(walk) || by_scan(walk);
}
