/* The three relocations by which a module refers to a function of another one. */
#ifndef PP_BASE_SYS_RELOC_H
#define PP_BASE_SYS_RELOC_H

#include <elf.h>

#if defined(__aarch64__)
enum {
    PP_RELOC_CALL = R_AARCH64_JUMP_SLOT,  /* called through the linkage table */
    PP_RELOC_TABLE = R_AARCH64_GLOB_DAT,  /* called through the offset table, or its address taken */
    PP_RELOC_DATA = R_AARCH64_ABS64,      /* its address in initialized data */
};
#else
enum {
    PP_RELOC_CALL = R_X86_64_JUMP_SLOT,
    PP_RELOC_TABLE = R_X86_64_GLOB_DAT,
    PP_RELOC_DATA = R_X86_64_64,
};
#endif

#endif
