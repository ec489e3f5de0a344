/* Files behind mappings: where they are, and which package would name what is stripped. */
#ifndef PP_TOOL_BINARY_H
#define PP_TOOL_BINARY_H

#include "elf/elf_file.h"
#include "tool/symbolize/symbolize.h"

/* The separate debug file of an open ELF, by build id and .gnu_debuglink in the places where gdb
 * looks, then (may_ask) from a debuginfod server. Path in the arena, or NULL. */
const char *pp_debug_file(struct pp_arena *arena, const char *path, const struct pp_elf *elf,
                          bool may_ask);

/* The hex build id in the arena, "" when there is none; NULL without memory. */
const char *pp_build_id_of(struct pp_arena *arena, const struct pp_elf *elf);

/* The Debian package that brought a file, from dpkg's lists; NULL when unknown. */
const char *pp_package_of(struct pp_arena *arena, const char *path);

/* The open file of a module. */
const struct pp_elf *pp_module_elf(const struct pp_module *module);

struct pp_symindex;

/* The module's function symbols, of its separate debug file when it is stripped; NULL when there
 * are none. *elf is the file that the names are in. Both live as long as the module. */
const struct pp_symindex *pp_module_symbols(struct pp_module *module, const struct pp_elf **elf);

#endif
