/* Applying a row: from a frame's registers to its caller's. */
#include "runtime/unwind/cfi.h"
#include "runtime/unwind/cursor.h"

enum { EXPR_STACK = 8, EXPR_STEPS = 64 };

struct machine {
    struct pp_cursor c;
    struct pp_stack_view *view;
    const struct pp_cfi_regs *regs;
    enum pp_cfi_result result;
    unsigned depth;
    uint64_t stack[EXPR_STACK];
};

static void push(struct machine *m, uint64_t value)
{
    if (m->depth == EXPR_STACK) {
        m->result = PP_CFI_FAIL;
        return;
    }
    m->stack[m->depth++] = value;
}

static uint64_t pop(struct machine *m)
{
    if (m->depth == 0) {
        m->result = PP_CFI_FAIL;
        return 0;
    }
    return m->stack[--m->depth];
}

/* Columns as an expression names them: on x86-64 the pc (16) may be used as a value too. */
static uint8_t breg_of(unsigned column)
{
#if defined(__x86_64__)
    switch (column) {
    case 3:
        return PP_REG_BX;
    case 6:
        return PP_REG_FP;
    case 7:
        return PP_REG_SP;
    case 10:
        return PP_REG_R10;
    case 11:
        return PP_REG_R11;
    case 16:
        return PP_REG_PC;
    default:
        return column >= 12 && column <= 15 ? (uint8_t)(PP_REG_R12 + column - 12) : PP_REG_NONE;
    }
#elif defined(__aarch64__)
    if (column >= 19 && column <= 28) {
        return (uint8_t)(PP_REG_X19 + column - 19);
    }
    return column == 29 ? PP_REG_FP : column == 30 ? PP_REG_LR : column == 31 ? PP_REG_SP
                                                                              : PP_REG_NONE;
#endif
}

static void push_reg(struct machine *m, unsigned column)
{
    uint8_t reg = breg_of(column);
    uint64_t offset = (uint64_t)pp_cursor_sleb(&m->c);
    if (reg == PP_REG_NONE || !(m->regs->known >> reg & 1)) {
        m->result = PP_CFI_UNKNOWN;
        return;
    }
    push(m, m->regs->v[reg] + offset);
}

static void deref(struct machine *m)
{
    uint64_t value = 0;
    if (!pp_view_read(m->view, pop(m), &value)) {
        m->result = PP_CFI_FAIL;
    }
    push(m, value);
}

/* Constants and stack shuffles. long: table */
static bool run_simple(struct machine *m, uint8_t op)
{
    struct pp_cursor *c = &m->c;
    uint64_t a;
    uint64_t b;
    switch (op) {
    case 0x06: /* deref */
        deref(m);
        return true;
    case 0x08: /* const1u */
        push(m, pp_cursor_u8(c));
        return true;
    case 0x09: /* const1s */
        push(m, (uint64_t)(int64_t)(int8_t)pp_cursor_u8(c));
        return true;
    case 0x0a: /* const2u */
        push(m, pp_cursor_u16(c));
        return true;
    case 0x0b: /* const2s */
        push(m, (uint64_t)(int64_t)(int16_t)pp_cursor_u16(c));
        return true;
    case 0x0c: /* const4u */
        push(m, pp_cursor_u32(c));
        return true;
    case 0x0d: /* const4s */
        push(m, (uint64_t)(int64_t)(int32_t)pp_cursor_u32(c));
        return true;
    case 0x0e: /* const8u */
    case 0x0f: /* const8s */
        push(m, pp_cursor_u64(c));
        return true;
    case 0x10: /* constu */
        push(m, pp_cursor_uleb(c));
        return true;
    case 0x11: /* consts */
        push(m, (uint64_t)pp_cursor_sleb(c));
        return true;
    case 0x12: /* dup */
        a = pop(m);
        push(m, a);
        push(m, a);
        return true;
    case 0x13: /* drop */
        pop(m);
        return true;
    case 0x14: /* over */
        a = pop(m);
        b = pop(m);
        push(m, b);
        push(m, a);
        push(m, b);
        return true;
    case 0x16: /* swap */
        a = pop(m);
        b = pop(m);
        push(m, a);
        push(m, b);
        return true;
    case 0x1f: /* neg */
        push(m, -pop(m));
        return true;
    case 0x20: /* not */
        push(m, ~pop(m));
        return true;
    case 0x23: /* plus_uconst */
        a = pp_cursor_uleb(c);
        push(m, pop(m) + a);
        return true;
    default:
        return false;
    }
}

/* Two operands, one result: a op b, b being on top. */
static bool run_binary(struct machine *m, uint8_t op)
{
    uint64_t b = pop(m);
    uint64_t a = pop(m);
    switch (op) {
    case 0x1a:
        push(m, a & b);
        return true;
    case 0x1c:
        push(m, a - b);
        return true;
    case 0x1e:
        push(m, a * b);
        return true;
    case 0x21:
        push(m, a | b);
        return true;
    case 0x22:
        push(m, a + b);
        return true;
    case 0x24:
        push(m, b < 64 ? a << b : 0);
        return true;
    case 0x25:
        push(m, b < 64 ? a >> b : 0);
        return true;
    case 0x27:
        push(m, a ^ b);
        return true;
    case 0x29:
        push(m, a == b);
        return true;
    case 0x2a:
        push(m, (int64_t)a >= (int64_t)b);
        return true;
    case 0x2b:
        push(m, (int64_t)a > (int64_t)b);
        return true;
    case 0x2c:
        push(m, (int64_t)a <= (int64_t)b);
        return true;
    case 0x2d:
        push(m, (int64_t)a < (int64_t)b);
        return true;
    case 0x2e:
        push(m, a != b);
        return true;
    default:
        return false;
    }
}

static void run_op(struct machine *m, uint8_t op)
{
    if (op >= 0x30 && op <= 0x4f) { /* lit0..lit31 */
        push(m, op - 0x30);
    } else if (op >= 0x70 && op <= 0x8f) { /* breg0..breg31 */
        push_reg(m, op - 0x70u);
    } else if (op != 0x96 && !run_simple(m, op) && !run_binary(m, op)) { /* 0x96: nop */
        m->result = PP_CFI_FAIL;
    }
}

/* An expression's value; for registers' rules the CFA is on the stack to begin with. */
static enum pp_cfi_result evaluate(const struct pp_cfi_section *section,
                                   const struct pp_cfi_rule *rule, struct pp_stack_view *view,
                                   const struct pp_cfi_regs *regs, const uint64_t *cfa,
                                   uint64_t *value)
{
    const uint8_t *start = section->base + rule->value;
    struct machine m = { .c = { start, start + rule->expr_len, false }, .view = view,
                         .regs = regs, .result = PP_CFI_OK };
    if (cfa) {
        push(&m, *cfa);
    }
    for (unsigned i = 0; m.c.at < m.c.end && m.result == PP_CFI_OK; i++) {
        if (i == EXPR_STEPS) {
            return PP_CFI_FAIL;
        }
        run_op(&m, pp_cursor_u8(&m.c));
    }
    if (m.c.bad) {
        return PP_CFI_FAIL;
    }
    if (m.result == PP_CFI_OK) {
        *value = pop(&m);
    }
    return m.result;
}

static enum pp_cfi_result find_cfa(const struct pp_cfi_section *section,
                                   const struct pp_cfi_rule *rule, struct pp_stack_view *view,
                                   const struct pp_cfi_regs *regs, uint64_t *cfa)
{
    if (rule->kind == PP_CFI_EXPR) {
        return evaluate(section, rule, view, regs, NULL, cfa);
    }
    if (rule->kind != PP_CFI_REGISTER) {
        return PP_CFI_FAIL;
    }
    if (rule->reg == PP_REG_NONE || !(regs->known >> rule->reg & 1)) {
        return PP_CFI_UNKNOWN;
    }
    *cfa = regs->v[rule->reg] + (uint64_t)(int64_t)rule->value;
    return PP_CFI_OK;
}

static bool load(struct pp_stack_view *view, uint64_t address, uint64_t *value)
{
    return pp_view_read(view, address, value);
}

/* The caller's value of one register; false when it cannot be known. */
static bool find_reg(const struct pp_cfi_section *section, const struct pp_cfi_rule *rule,
                     unsigned reg, uint64_t cfa, struct pp_stack_view *view,
                     const struct pp_cfi_regs *regs, uint64_t *value)
{
    uint64_t address;
    switch (rule->kind) {
    case PP_CFI_SAME:
        *value = regs->v[reg];
        return regs->known >> reg & 1;
    case PP_CFI_OFFSET:
        return load(view, cfa + (uint64_t)(int64_t)rule->value, value);
    case PP_CFI_VAL_OFFSET:
        *value = cfa + (uint64_t)(int64_t)rule->value;
        return true;
    case PP_CFI_REGISTER:
        if (rule->reg == PP_REG_NONE) {
            return false;
        }
        *value = regs->v[rule->reg];
        return regs->known >> rule->reg & 1;
    case PP_CFI_EXPR:
        return evaluate(section, rule, view, regs, &cfa, &address) == PP_CFI_OK &&
               load(view, address, value);
    case PP_CFI_VAL_EXPR:
        return evaluate(section, rule, view, regs, &cfa, value) == PP_CFI_OK;
    default:
        return false;
    }
}

#if defined(__x86_64__)
/* gcc's epilogue of a function that realigned the stack pops rbp, but its rule goes on to say that
 * the caller's is at the address in rbp, up to and including the return. Where the frame's base is
 * found without rbp, that is true only while rbp points into the frame. */
static bool is_popped_fp(const struct pp_cfi_section *section, const struct pp_cfi_row *row,
                         const struct pp_cfi_regs *regs, uint64_t cfa)
{
    static const uint8_t at_fp[2] = { 0x76, 0x00 }; /* breg6 + 0 */
    const struct pp_cfi_rule *fp = &row->regs[PP_REG_FP];
    return row->cfa.kind == PP_CFI_REGISTER && row->cfa.reg != PP_REG_FP &&
           fp->kind == PP_CFI_EXPR && fp->expr_len == sizeof(at_fp) &&
           memcmp(section->base + fp->value, at_fp, sizeof(at_fp)) == 0 &&
           regs->v[PP_REG_FP] - regs->v[PP_REG_SP] >= cfa - regs->v[PP_REG_SP];
}
#else
static bool is_popped_fp(const struct pp_cfi_section *section, const struct pp_cfi_row *row,
                         const struct pp_cfi_regs *regs, uint64_t cfa)
{
    (void)cfa;
    (void)section;
    (void)row;
    (void)regs;
    return false;
}
#endif

enum pp_cfi_result pp_cfi_apply_sig(const struct pp_cfi_section *section,
                                    const struct pp_cfi_row *row, struct pp_stack_view *view,
                                    struct pp_cfi_regs *regs)
{
    uint64_t cfa = 0;
    if (row->regs[PP_REG_RA].kind == PP_CFI_UNDEFINED) {
        return PP_CFI_END;
    }
    enum pp_cfi_result result = find_cfa(section, &row->cfa, view, regs, &cfa);
    if (result != PP_CFI_OK) {
        return result;
    }
    struct pp_cfi_regs up = { .known = 0 };
    for (unsigned reg = 0; reg < PP_REG_COUNT; reg++) {
        if (find_reg(section, &row->regs[reg], reg, cfa, view, regs, &up.v[reg])) {
            up.known |= 1u << reg;
        }
    }
    if (is_popped_fp(section, row, regs, cfa)) {
        up.v[PP_REG_FP] = regs->v[PP_REG_FP];
        up.known = (up.known & ~(1u << PP_REG_FP)) | (regs->known & 1u << PP_REG_FP);
    }
    if (!(up.known >> PP_REG_RA & 1) || !(up.known >> PP_REG_SP & 1)) {
        return PP_CFI_FAIL;
    }
    up.v[PP_REG_PC] = up.v[PP_REG_RA];
    up.known |= 1u << PP_REG_PC;
    *regs = up;
    return PP_CFI_OK;
}
