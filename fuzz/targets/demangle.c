/* Names of functions, in every mode. */
#include "tool/symbolize/demangle.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pp_arena arena;
    struct pp_buf out;
    char *name = strndup((const char *)data, size);
    pp_arena_init(&arena, 0);
    pp_buf_init(&out, &arena);
    for (int mode = PP_DEMANGLE_DEFAULT; name && mode <= PP_DEMANGLE_NONE; mode++) {
        (void)pp_demangle_function(&out, name, (enum pp_demangle_mode)mode);
    }
    pp_arena_release(&arena);
    free(name);
    return 0;
}
