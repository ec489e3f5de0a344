/* Eight bytes for a row of call frame information, where they suffice: pc, sp and fp only. */
#include "runtime/unwind/rows.h"

static bool fit_ra(const struct pp_cfi_rule *from, struct pp_rule *rule)
{
    if (from->kind == PP_CFI_SAME) {
        rule->ra = 0;
        return PP_REG_RA != PP_REG_PC;
    }
    if (from->kind != PP_CFI_OFFSET || from->value >= 0 || from->value < -128 * 8 ||
        from->value % 8 != 0) {
        return false;
    }
    rule->ra = (int8_t)(from->value / 8);
    return true;
}

static bool fit_fp(const struct pp_cfi_rule *from, struct pp_rule *rule)
{
    if (from->kind == PP_CFI_SAME) {
        rule->fp = 0;
        return true;
    }
    if (from->kind != PP_CFI_OFFSET || from->value >= 0 || from->value < INT16_MIN) {
        return false;
    }
    rule->fp = (int16_t)from->value;
    return true;
}

struct pp_rule pp_rule_of_row_sig(const struct pp_cfi_row *row)
{
    struct pp_rule rule = { .cfa = row->cfa.value };
    const struct pp_cfi_rule *sp = &row->regs[PP_REG_SP];
    if (row->regs[PP_REG_RA].kind == PP_CFI_UNDEFINED) {
        return (struct pp_rule){ .kind = PP_RULE_END };
    }
    if (row->cfa.kind != PP_CFI_REGISTER || sp->kind != PP_CFI_VAL_OFFSET || sp->value != 0 ||
        !fit_ra(&row->regs[PP_REG_RA], &rule) || !fit_fp(&row->regs[PP_REG_FP], &rule) ||
        (row->cfa.reg != PP_REG_SP && row->cfa.reg != PP_REG_FP)) {
        return (struct pp_rule){ .kind = PP_RULE_FULL };
    }
    rule.kind = row->cfa.reg == PP_REG_SP ? PP_RULE_SP : PP_RULE_FP;
    return rule;
}
