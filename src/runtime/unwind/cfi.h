/* Call frame information (.eh_frame) read in place: finding the entry of a pc, running its program
 * row by row, and applying a row to a set of registers.
 *
 *   .eh_frame_hdr [ sorted { pc, entry } ] -> entry (FDE) -> common part (CIE) + own instructions
 *
 * Everything is checked against the section's bounds: damaged tables give `false`, never a fault.
 * All functions are handler-safe; they read only the section and, through the view, the stack.
 */
#ifndef PP_UNWIND_CFI_H
#define PP_UNWIND_CFI_H

#include "runtime/unwind/regs.h"
#include "runtime/unwind/view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The registers followed through frames. PP_REG_RA is where a frame's return address is computed:
 * on x86-64 the pc itself, on aarch64 the link register. */
#if defined(__x86_64__)
enum {
    PP_REG_SP, PP_REG_FP, PP_REG_BX, PP_REG_R12, PP_REG_R13, PP_REG_R14, PP_REG_R15, PP_REG_R10,
    PP_REG_R11, PP_REG_PC, PP_REG_COUNT, PP_REG_RA = PP_REG_PC,
};
#elif defined(__aarch64__)
enum {
    PP_REG_SP, PP_REG_FP, PP_REG_X19, PP_REG_X20, PP_REG_X21, PP_REG_X22, PP_REG_X23, PP_REG_X24,
    PP_REG_X25, PP_REG_X26, PP_REG_X27, PP_REG_X28, PP_REG_LR, PP_REG_PC, PP_REG_COUNT,
    PP_REG_RA = PP_REG_LR,
};
#endif
enum { PP_REG_NONE = 255 };

/* Register values on the way up; bit r of known says that v[r] is one. */
struct pp_cfi_regs {
    uint64_t v[PP_REG_COUNT];
    uint32_t known;
};

enum pp_cfi_kind {
    PP_CFI_SAME,       /* the caller's value is still in the register */
    PP_CFI_UNDEFINED,  /* lost; for the return address: the outermost frame */
    PP_CFI_OFFSET,     /* in memory at CFA + value */
    PP_CFI_VAL_OFFSET, /* is CFA + value */
    PP_CFI_REGISTER,   /* in register reg; for the CFA: register reg + value */
    PP_CFI_EXPR,       /* in memory at the address an expression gives; for the CFA: its value */
    PP_CFI_VAL_EXPR,   /* the expression's value */
};

struct pp_cfi_rule {
    uint8_t kind;
    uint8_t reg;       /* PP_REG_*, PP_REG_NONE for one that is not followed */
    uint16_t expr_len;
    int32_t value;     /* offset, or where the expression starts, from the section's base */
};

struct pp_cfi_row {
    struct pp_cfi_rule cfa;
    struct pp_cfi_rule regs[PP_REG_COUNT];
};

/* Bytes that hold .eh_frame_hdr and .eh_frame; address is where base is (or was) at run time. */
struct pp_cfi_section {
    const uint8_t *base, *limit;
    uintptr_t address;
    uintptr_t hdr; /* runtime address of .eh_frame_hdr */
};

struct pp_cfi_entry {
    uintptr_t start, limit; /* pcs it speaks for */
    const uint8_t *common, *common_end;
    const uint8_t *own, *own_end;
    uint64_t code_align;
    int64_t data_align;
    bool is_signal; /* the frame of a signal trampoline: the pc above it is exact */
};

enum { PP_CFI_STATES = 4 }; /* nested remember_state; compilers use one or two */

struct pp_cfi_run {
    const struct pp_cfi_section *section;
    const struct pp_cfi_entry *entry;
    const uint8_t *at;
    uintptr_t loc, next; /* row holds for [loc, next) */
    struct pp_cfi_row row, initial, states[PP_CFI_STATES];
    unsigned depth;
};

/* Number of entries in the sorted table; 0 when there is no usable one. */
size_t pp_cfi_count_sig(const struct pp_cfi_section *section);
/* Entry i of the table. */
bool pp_cfi_at_sig(const struct pp_cfi_section *section, size_t i, struct pp_cfi_entry *entry);
/* The entry that speaks for pc. */
bool pp_cfi_find_sig(const struct pp_cfi_section *section, uintptr_t pc,
                     struct pp_cfi_entry *entry);

/* Starts an entry's program; pp_cfi_next_sig then gives row after row in run->row until it returns
 * false: at the end, or because of something malformed or unknown. */
bool pp_cfi_start_sig(struct pp_cfi_run *run, const struct pp_cfi_section *section,
                      const struct pp_cfi_entry *entry);
bool pp_cfi_next_sig(struct pp_cfi_run *run);
/* Runs to the row that holds for pc. */
bool pp_cfi_seek_sig(struct pp_cfi_run *run, const struct pp_cfi_section *section,
                     const struct pp_cfi_entry *entry, uintptr_t pc);

enum pp_cfi_result {
    PP_CFI_OK,
    PP_CFI_END,       /* the return address is undefined: outermost frame */
    PP_CFI_UNKNOWN,   /* the CFA needs a register whose value is not known */
    PP_CFI_FAIL,      /* unreadable memory or an expression that is not understood */
};

/* Steps from a frame to its caller: regs becomes the caller's registers (only on PP_CFI_OK). */
enum pp_cfi_result pp_cfi_apply_sig(const struct pp_cfi_section *section,
                                    const struct pp_cfi_row *row, struct pp_stack_view *view,
                                    struct pp_cfi_regs *regs);

#endif
