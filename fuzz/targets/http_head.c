/* Request heads, query parameters, addresses and Host headers. */
#include "base/http.h"
#include "base/http_address.h"
#include "base/http_parse.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void parse_head(const uint8_t *data, size_t size)
{
    struct pp_http_head head;
    char *copy = malloc(size ? size : 1);
    memcpy(copy, data, size);
    size_t end = pp_http_head_end(copy, size);
    if (end > size) {
        abort();
    }
    if (end && pp_http_parse_head(copy, end, &head) == 0) {
        if (!head.method || !head.path || !head.query || head.body_len > PP_HTTP_BODY_MAX) {
            abort();
        }
    }
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pp_arena arena;
    struct pp_http_address address;
    char *text = strndup((const char *)data, size);
    parse_head(data, size);
    if (text) {
        pp_arena_init(&arena, 0);
        (void)pp_http_param(&arena, text, "seconds");
        pp_arena_release(&arena);
        if (pp_http_address_parse(text, &address, NULL) != 0) {
            (void)!pp_http_address_parse("localhost:1", &address, NULL);
        }
        (void)pp_http_host_is_ours(&address, text);
    }
    free(text);
    return 0;
}
