/* The call frame programs: a handful of instructions that edit the current row and move the pc. */
#include "runtime/unwind/cfi.h"
#include "runtime/unwind/cursor.h"

/* Opcodes; the first three carry an operand in their low six bits. */
enum {
    OP_ADVANCE = 0x40, OP_OFFSET = 0x80, OP_RESTORE = 0xc0,
    OP_NOP = 0x00, OP_SET_LOC = 0x01, OP_ADVANCE1 = 0x02, OP_ADVANCE2 = 0x03, OP_ADVANCE4 = 0x04,
    OP_OFFSET_EXTENDED = 0x05, OP_RESTORE_EXTENDED = 0x06, OP_UNDEFINED = 0x07, OP_SAME = 0x08,
    OP_REGISTER = 0x09, OP_REMEMBER = 0x0a, OP_RECALL = 0x0b, OP_DEF_CFA = 0x0c,
    OP_DEF_CFA_REGISTER = 0x0d, OP_DEF_CFA_OFFSET = 0x0e, OP_DEF_CFA_EXPR = 0x0f, OP_EXPR = 0x10,
    OP_OFFSET_EXTENDED_SF = 0x11, OP_DEF_CFA_SF = 0x12, OP_DEF_CFA_OFFSET_SF = 0x13,
    OP_VAL_OFFSET = 0x14, OP_VAL_OFFSET_SF = 0x15, OP_VAL_EXPR = 0x16, OP_RA_SIGN_STATE = 0x2d,
    OP_ARGS_SIZE = 0x2e, OP_NEGATIVE_OFFSET = 0x2f,
};

/* The register a DWARF column stands for, PP_REG_NONE when it is not followed. */
static uint8_t reg_of(uint64_t column)
{
#if defined(__x86_64__)
    static const uint8_t regs[] = {
        PP_REG_NONE, PP_REG_NONE, PP_REG_NONE, PP_REG_BX,  PP_REG_NONE, PP_REG_NONE,
        PP_REG_FP,   PP_REG_SP,   PP_REG_NONE, PP_REG_NONE, PP_REG_R10, PP_REG_R11,
        PP_REG_R12,  PP_REG_R13,  PP_REG_R14,  PP_REG_R15,  PP_REG_PC,
    };
    return column < sizeof(regs) ? regs[column] : PP_REG_NONE;
#elif defined(__aarch64__)
    if (column >= 19 && column <= 28) {
        return (uint8_t)(PP_REG_X19 + (column - 19));
    }
    return column == 29 ? PP_REG_FP : column == 30 ? PP_REG_LR : column == 31 ? PP_REG_SP
                                                                              : PP_REG_NONE;
#endif
}

static void set_rule(struct pp_cfi_run *run, uint64_t column, uint8_t kind, int64_t value)
{
    uint8_t reg = reg_of(column);
    if (reg != PP_REG_NONE) {
        run->row.regs[reg] = (struct pp_cfi_rule){ .kind = kind, .value = (int32_t)value };
    }
}

static void set_cfa(struct pp_cfi_run *run, uint64_t column, int64_t value)
{
    run->row.cfa = (struct pp_cfi_rule){ PP_CFI_REGISTER, reg_of(column), 0, (int32_t)value };
}

/* Reads an expression's length, notes where it is, and passes over it. */
static struct pp_cfi_rule read_expr(struct pp_cfi_run *run, struct pp_cursor *c, uint8_t kind)
{
    uint64_t len = pp_cursor_uleb(c);
    ptrdiff_t start = c->at - run->section->base;
    if (len > UINT16_MAX || start > INT32_MAX) {
        c->bad = true;
    }
    pp_cursor_skip(c, len);
    return (struct pp_cfi_rule){ kind, PP_REG_NONE, (uint16_t)len, (int32_t)start };
}

static void set_expr(struct pp_cfi_run *run, struct pp_cursor *c, uint8_t kind)
{
    uint8_t reg = reg_of(pp_cursor_uleb(c));
    struct pp_cfi_rule rule = read_expr(run, c, kind);
    if (reg != PP_REG_NONE) {
        run->row.regs[reg] = rule;
    }
}

static void set_register(struct pp_cfi_run *run, struct pp_cursor *c)
{
    uint8_t reg = reg_of(pp_cursor_uleb(c));
    uint8_t from = reg_of(pp_cursor_uleb(c));
    if (reg != PP_REG_NONE) {
        run->row.regs[reg] = (struct pp_cfi_rule){ PP_CFI_REGISTER, from, 0, 0 };
    }
}

static void restore(struct pp_cfi_run *run, uint64_t column)
{
    uint8_t reg = reg_of(column);
    if (reg != PP_REG_NONE) {
        run->row.regs[reg] = run->initial.regs[reg];
    }
}

static bool remember(struct pp_cfi_run *run)
{
    if (run->depth == PP_CFI_STATES) {
        return false;
    }
    run->states[run->depth++] = run->row;
    return true;
}

static bool recall(struct pp_cfi_run *run)
{
    if (run->depth == 0) {
        return false;
    }
    run->row = run->states[--run->depth];
    return true;
}

static void advance(struct pp_cfi_run *run, uint64_t units)
{
    run->next = run->loc + (uintptr_t)(units * run->entry->code_align);
}

static uint64_t read_factored(const struct pp_cfi_run *run, struct pp_cursor *c)
{
    return pp_cursor_uleb(c) * (uint64_t)run->entry->data_align;
}

static int64_t read_factored_signed(const struct pp_cfi_run *run, struct pp_cursor *c)
{
    return (int64_t)((uint64_t)pp_cursor_sleb(c) * (uint64_t)run->entry->data_align);
}

/* One instruction without an operand in its opcode. long: table */
static bool execute(struct pp_cfi_run *run, struct pp_cursor *c, uint8_t op)
{
    uint64_t column;
    switch (op) {
    case OP_NOP:
        return true;
    case OP_ADVANCE1:
        advance(run, pp_cursor_u8(c));
        return true;
    case OP_ADVANCE2:
        advance(run, pp_cursor_u16(c));
        return true;
    case OP_ADVANCE4:
        advance(run, pp_cursor_u32(c));
        return true;
    case OP_OFFSET_EXTENDED:
        column = pp_cursor_uleb(c);
        set_rule(run, column, PP_CFI_OFFSET, (int64_t)read_factored(run, c));
        return true;
    case OP_OFFSET_EXTENDED_SF:
        column = pp_cursor_uleb(c);
        set_rule(run, column, PP_CFI_OFFSET, read_factored_signed(run, c));
        return true;
    case OP_NEGATIVE_OFFSET:
        column = pp_cursor_uleb(c);
        set_rule(run, column, PP_CFI_OFFSET, -(int64_t)read_factored(run, c));
        return true;
    case OP_RESTORE_EXTENDED:
        restore(run, pp_cursor_uleb(c));
        return true;
    case OP_UNDEFINED:
        set_rule(run, pp_cursor_uleb(c), PP_CFI_UNDEFINED, 0);
        return true;
    case OP_SAME:
        set_rule(run, pp_cursor_uleb(c), PP_CFI_SAME, 0);
        return true;
    case OP_REGISTER:
        set_register(run, c);
        return true;
    case OP_REMEMBER:
        return remember(run);
    case OP_RECALL:
        return recall(run);
    case OP_DEF_CFA:
        column = pp_cursor_uleb(c);
        set_cfa(run, column, (int64_t)pp_cursor_uleb(c));
        return true;
    case OP_DEF_CFA_SF:
        column = pp_cursor_uleb(c);
        set_cfa(run, column, read_factored_signed(run, c));
        return true;
    case OP_DEF_CFA_REGISTER:
        set_cfa(run, pp_cursor_uleb(c), run->row.cfa.value);
        return true;
    case OP_DEF_CFA_OFFSET:
        run->row.cfa.value = (int32_t)pp_cursor_uleb(c);
        return true;
    case OP_DEF_CFA_OFFSET_SF:
        run->row.cfa.value = (int32_t)read_factored_signed(run, c);
        return true;
    case OP_DEF_CFA_EXPR:
        run->row.cfa = read_expr(run, c, PP_CFI_EXPR);
        return true;
    case OP_EXPR:
        set_expr(run, c, PP_CFI_EXPR);
        return true;
    case OP_VAL_EXPR:
        set_expr(run, c, PP_CFI_VAL_EXPR);
        return true;
    case OP_VAL_OFFSET:
        column = pp_cursor_uleb(c);
        set_rule(run, column, PP_CFI_VAL_OFFSET, (int64_t)read_factored(run, c));
        return true;
    case OP_VAL_OFFSET_SF:
        column = pp_cursor_uleb(c);
        set_rule(run, column, PP_CFI_VAL_OFFSET, read_factored_signed(run, c));
        return true;
    case OP_ARGS_SIZE:
        pp_cursor_uleb(c);
        return true;
    case OP_RA_SIGN_STATE: /* aarch64: signed return addresses are stripped when read */
        return true;
    default:
        return false;
    }
}

static bool step(struct pp_cfi_run *run, struct pp_cursor *c)
{
    uint8_t op = pp_cursor_u8(c);
    switch (op & 0xc0) {
    case OP_ADVANCE:
        advance(run, op & 0x3f);
        return true;
    case OP_OFFSET:
        set_rule(run, op & 0x3f, PP_CFI_OFFSET, (int64_t)read_factored(run, c));
        return true;
    case OP_RESTORE:
        restore(run, op & 0x3f);
        return true;
    default:
        return execute(run, c, op);
    }
}

static void init_row(struct pp_cfi_row *row)
{
    memset(row, 0, sizeof(*row));
    row->cfa.kind = PP_CFI_UNDEFINED;
    row->regs[PP_REG_SP] = (struct pp_cfi_rule){ .kind = PP_CFI_VAL_OFFSET };
#if defined(__x86_64__)
    row->regs[PP_REG_R10].kind = PP_CFI_UNDEFINED; /* not preserved by calls */
    row->regs[PP_REG_R11].kind = PP_CFI_UNDEFINED;
#endif
}

bool pp_cfi_start_sig(struct pp_cfi_run *run, const struct pp_cfi_section *section,
                      const struct pp_cfi_entry *entry)
{
    run->section = section;
    run->entry = entry;
    run->depth = 0;
    run->loc = run->next = entry->start;
    init_row(&run->row);
    run->initial = run->row;
    struct pp_cursor c = { entry->common, entry->common_end, false };
    while (c.at < c.end) {
        if (!step(run, &c) || c.bad || run->next != run->loc) {
            return false;
        }
    }
    run->initial = run->row;
    run->at = entry->own;
    return true;
}

bool pp_cfi_next_sig(struct pp_cfi_run *run)
{
    struct pp_cursor c = { run->at, run->entry->own_end, false };
    run->loc = run->next;
    if (run->loc >= run->entry->limit) {
        return false;
    }
    while (c.at < c.end && run->next == run->loc) {
        if (!step(run, &c) || c.bad) {
            return false;
        }
    }
    run->at = c.at;
    if (run->next == run->loc || run->next > run->entry->limit) {
        run->next = run->entry->limit;
    }
    return run->next > run->loc;
}

bool pp_cfi_seek_sig(struct pp_cfi_run *run, const struct pp_cfi_section *section,
                     const struct pp_cfi_entry *entry, uintptr_t pc)
{
    if (!pp_cfi_start_sig(run, section, entry)) {
        return false;
    }
    while (pp_cfi_next_sig(run)) {
        if (pc < run->next) {
            return pc >= run->loc;
        }
    }
    return false;
}
