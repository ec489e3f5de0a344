/* Settings as JSON: a value or an error with words, and what was read can be written. */
#include "tool/web/json.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct pp_arena arena;
    struct pp_buf out;
    struct pprof_error error = { 0 };
    pp_arena_init(&arena, 64 << 20);
    pp_buf_init(&out, &arena);
    struct pp_json json = pp_json_on(&out);
    const struct pp_json_value *value =
        pp_json_read(&arena, (const char *)data, size, &error);
    if (!value && !*error.detail) {
        abort();
    }
    pp_json_text_n(&json, (const char *)data, size);
    /* NUL is written as an escape that settings may not hold */
    bool is_text = !memchr(data, 0, size) && !out.err && arena.total_bytes < 32 << 20;
    if (is_text && !pp_json_read(&arena, out.data, out.len, NULL)) {
        abort();
    }
    pp_arena_release(&arena);
    return 0;
}
