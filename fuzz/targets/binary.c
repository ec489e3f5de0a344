/* A binary as the tool reads it: ELF, symbols, DWARF through libdw, instructions. */
#include "tool/symbolize/disasm.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

enum { FUNCTIONS_MAX = 32 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_at(struct pp_module *module, struct pp_arena *arena)
{
    struct pp_code_symbol *symbols;
    size_t count, instructions;
    struct pp_instruction *code;
    const struct pp_frame *frames;
    if (pp_code_list(module, arena, &symbols, &count, NULL)) {
        return;
    }
    for (size_t i = 0; i < count && i < FUNCTIONS_MAX; i++) {
        if (pp_code_read(module, arena, symbols[i].start, symbols[i].end, i % 2, &code,
                         &instructions, NULL)) {
            continue;
        }
        for (size_t k = 0; k < instructions && k < FUNCTIONS_MAX; k++) {
            (void)pp_module_frames(module, code[k].address, &frames);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    struct pp_module *module;
    int fd = memfd_create("binary", MFD_CLOEXEC);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size) {
        return 0;
    }
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    if (pp_module_open(path, 0, &module, NULL) == 0) {
        struct pp_arena arena;
        pp_arena_init(&arena, 0);
        look_at(module, &arena);
        pp_arena_release(&arena);
        pp_module_close(module);
    }
    (void)close(fd);
    return 0;
}
