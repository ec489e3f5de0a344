/* What the module files share among themselves. */
#ifndef PP_UNWIND_MODULE_PRIVATE_H
#define PP_UNWIND_MODULE_PRIVATE_H

#include "base/arena.h"
#include "elf/elf_file.h"
#include "runtime/unwind/cfi.h"
#include "runtime/unwind/module.h"

/* Non-zero from a dlopen/dlclose until the scan after it; and a count that changes with it. Here
 * for dlopen_stubs.S, which writes them. */
extern uint32_t pp_modules_stale, pp_modules_generation;

/* Publishes a new array (which lives for ever); NULL items are not allowed. */
void pp_modules_publish(const struct pp_modules *modules);

/* True from a dlopen/dlclose until the scan after it. Handler-safe. */
bool pp_modules_is_stale_sig(void);
void pp_modules_clear_stale(void);

/* Changes whenever what was learned about pcs may no longer hold. Handler-safe. */
uint32_t pp_modules_generation_sig(void);

/* The loader's own lock-free lookup, _dl_find_object; NULL when this libc has none. */
void pp_module_set_lookup(void *function);

/* The call frame information that speaks for pc: from the module list when that is fresh, else from
 * the loader. False when neither knows. Handler-safe. */
bool pp_module_cfi_sig(uintptr_t pc, struct pp_cfi_section *section);

/* Whether the module is still what lies at pc, after a dlopen or dlclose that no scan has followed
 * yet. Handler-safe. */
bool pp_module_confirm_sig(const struct pp_module *module, uintptr_t pc);

/* Whether pc lies in executable memory of some module, listed or not. Handler-safe. */
bool pp_module_holds_sig(uintptr_t pc);

/* An ELF image (memory of the arena) with the dynamic symbols that the module has in memory. 0 or
 * PPROF_ERR_*. Not in a handler. */
int pp_module_image(const struct pp_module *module, struct pp_arena *arena, struct pp_elf *elf)
    __attribute__((warn_unused_result));

/* As pp_modules_fork_child, for the symbol indexes. */
void pp_module_symbol_fork_child(void);

#endif
