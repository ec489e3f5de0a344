/* The code of one binary: its functions with all their names, and its instructions as text.
 *
 *   pp_code_list: symbol index + aliases --> pp_code_symbol { [start, end), names }
 *   pp_code_read: [begin, end) --bytes of the file, Capstone--> pp_instruction { address, text }
 *
 * Addresses are file virtual addresses. x86-64 and aarch64. Thread rule as for pp_module.
 */
#ifndef PP_TOOL_DISASM_H
#define PP_TOOL_DISASM_H

#include "tool/symbolize/symbolize.h"

struct pp_code_symbol {
    uint64_t start, end; /* [start, end) */
    const char *const *names; /* as linked; the one that people use first, the others sorted */
    size_t name_count;
};

/* All functions in address order, in the arena. PPROF_ERR_NOTFOUND when the file names none. */
int pp_code_list(struct pp_module *module, struct pp_arena *arena, struct pp_code_symbol **symbols,
                 size_t *count, struct pprof_error *error) __attribute__((warn_unused_result));

/* Where the function that holds the address starts; false when none is known to. */
bool pp_code_function(struct pp_module *module, uint64_t address, uint64_t *start);

struct pp_instruction {
    uint64_t address;
    uint32_t length;  /* bytes */
    const char *text; /* mnemonic, operands, and behind a jump or call "<function+0x12>" */
};

enum { PP_CODE_MAX = 8 << 20 }; /* bytes for one call */

/* The instructions that start in [begin, end), as far as the file has code there; bytes that are no
 * instruction become ".byte". Errors: PPROF_ERR_UNSUPPORTED (no Capstone: the sentence says what to
 * install; or another processor's code), PPROF_ERR_NOTFOUND (no code there), PPROF_ERR_LIMIT,
 * PPROF_ERR_NOMEM. */
int pp_code_read(struct pp_module *module, struct pp_arena *arena, uint64_t begin, uint64_t end,
                 bool intel_syntax, struct pp_instruction **instructions, size_t *count,
                 struct pprof_error *error) __attribute__((warn_unused_result));

#endif
