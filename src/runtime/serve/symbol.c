/* symbol: names for program counters, one line each. */
#include "runtime/serve/serve.h"
#include "runtime/unwind/module.h"

#include <stdint.h>
#include <string.h>

static int digit_of(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'z' ? c - 'a' + 10 : 99;
}

/* strconv.ParseUint(word, 0, 64) but for underscores: 0x, 0o, 0b, 0 (octal) or decimal; 0 when it
 * does not parse. */
static uint64_t parse_pc(const char *word, size_t len)
{
    unsigned base = 10;
    uint64_t value = 0;
    if (len > 1 && word[0] == '0') {
        char mark = word[1] | 0x20;
        base = mark == 'x' ? 16 : mark == 'b' ? 2 : 8;
        size_t skip = mark == 'x' || mark == 'b' || mark == 'o' ? 2 : 1;
        word += skip;
        len -= skip;
    }
    for (size_t i = 0; i < len; i++) {
        unsigned digit = (unsigned)digit_of(word[i]);
        if (digit >= base || value > (UINT64_MAX - digit) / base) {
            return 0;
        }
        value = value * base + digit;
    }
    return value;
}

static void add_symbol(struct pp_buf *out, uint64_t pc)
{
    const char *name;
    uintptr_t entry;
    if (pc && pp_module_symbol((uintptr_t)pc, &name, &entry)) {
        pp_buf_hex(out, pc);
        pp_buf_char(out, ' ');
        pp_buf_str(out, name);
        pp_buf_char(out, '\n');
    }
}

void pp_call_symbol(struct pp_call *call)
{
    const struct pprof_request *request = call->request;
    bool is_post = strcmp(request->method, "POST") == 0;
    const char *at = is_post ? request->body : call->query;
    size_t len = is_post ? request->body_len : strlen(call->query);
    pp_buf_str(&call->body, "num_symbols: 1\n");
    if (!at) {
        return;
    }
    pp_modules_refresh();
    for (const char *end = at + len; at < end;) {
        const char *plus = memchr(at, '+', (size_t)(end - at));
        size_t word = (size_t)((plus ? plus : end) - at);
        add_symbol(&call->body, parse_pc(at, word));
        at += word + 1;
    }
}
