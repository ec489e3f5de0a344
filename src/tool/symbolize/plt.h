/* What a call through the procedure linkage table reaches, on x86-64. */
#ifndef PP_TOOL_PLT_H
#define PP_TOOL_PLT_H

#include "elf/elf_file.h"

/* The function that the jump at a file virtual address is bound to: the stub's GOT slot, found
 * among the relocations. The name lives in the file; NULL when there is no such stub. */
const char *pp_plt_name(const struct pp_elf *elf, uint64_t address);

#endif
