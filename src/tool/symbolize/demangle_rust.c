/* Rust names: legacy (_ZN ... 17h<hash>E, with $escapes$) here, v0 (_R) in rust_path.c. */
#include "tool/symbolize/rust.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *code, *text;
} escapes[] = {
    { "SP", "@" }, { "BP", "*" }, { "RF", "&" }, { "LT", "<" },
    { "GT", ">" }, { "LP", "(" }, { "RP", ")" }, { "C", "," },
};

/* "$LT$", "$u20$"; returns the length read, 0 when it is none. */
static size_t put_escape(struct pp_rust *v, const char *p, size_t len)
{
    const char *close = memchr(p + 1, '$', len - 1);
    size_t n = close ? (size_t)(close - p - 1) : 0;
    for (size_t i = 0; n && i < sizeof(escapes) / sizeof(escapes[0]); i++) {
        if (strlen(escapes[i].code) == n && !memcmp(escapes[i].code, p + 1, n)) {
            pp_rust_text(v, escapes[i].text);
            return n + 2;
        }
    }
    if (n < 2 || n > 7 || p[1] != 'u') {
        return 0;
    }
    char *end;
    unsigned long c = strtoul(p + 2, &end, 16);
    if (end != close || c > 0x10ffff || c < 0x20) {
        return 0;
    }
    pp_rust_put_utf8(v, (uint32_t)c);
    return n + 2;
}

static void put_legacy_ident(struct pp_rust *v, const char *p, size_t len)
{
    if (len >= 2 && p[0] == '_' && p[1] == '$') {
        p++;
        len--;
    }
    while (len && !v->bad) {
        size_t n = *p == '$' ? put_escape(v, p, len) : 0;
        if (*p == '$' && n == 0) {
            pp_rust_fail(v);
        } else if (n == 0 && len >= 2 && p[0] == '.' && p[1] == '.') {
            pp_rust_text(v, "::");
            n = 2;
        } else if (n == 0) {
            pp_rust_text_n(v, p, 1);
            n = 1;
        }
        p += n;
        len -= n;
    }
}

/* "17h" and 16 hex digits, not all alike, as a hash is. */
static bool is_hash(const char *p)
{
    unsigned seen = 0;
    if (strncmp(p, "17h", 3) != 0) {
        return false;
    }
    for (int i = 3; i < 19; i++) {
        if (!isxdigit((unsigned char)p[i]) || isupper((unsigned char)p[i])) {
            return false;
        }
        seen |= 1u << pp_rust_digit62(p[i]);
    }
    return __builtin_popcount(seen) >= 5;
}

static bool demangle_legacy(struct pp_buf *out, const char *name)
{
    /* The end is the E behind the hash; LLVM may add ".llvm.123". */
    size_t len = strlen(name);
    const char *suffix = strstr(name, "E.");
    len = suffix ? (size_t)(suffix - name) + 1 : len;
    if (len < 24 || name[len - 1] != 'E' || !is_hash(name + len - 20)) {
        return false;
    }
    struct pp_rust v = { .name = name + 3, .p = name + 3, .end = name + len - 20, .out = out };
    for (bool first = true; v.p < v.end && !v.bad; first = false) {
        uint64_t n = pp_rust_decimal(&v);
        if (n && v.p < v.end && *v.p == '_') { /* google/pprof takes it for a separator, always */
            v.p++;
            n--;
        }
        if (v.bad || n > (uint64_t)(v.end - v.p)) {
            return false;
        }
        pp_rust_text(&v, first ? "" : "::");
        put_legacy_ident(&v, v.p, (size_t)n);
        v.p += v.bad ? 0 : n;
    }
    return !v.bad && !out->err && out->len > 0;
}

bool pp_demangle_rust(struct pp_buf *out, const char *name, enum pp_demangle_mode mode)
{
    bool ok = false;
    if (!strncmp(name, "_R", 2)) {
        ok = pp_rust_v0(out, name, mode);
    } else if (!strncmp(name, "_ZN", 3)) {
        ok = demangle_legacy(out, name);
    }
    if (!ok) {
        pp_buf_reset(out);
    }
    return ok;
}
