/* Rust names: legacy (_ZN ... 17h<hash>E, with $escapes$) and v0 (_R, RFC 2603).
 *
 * v0 is a grammar that prints while it reads; parts that are not shown are read with `mute` set.
 * Back references make a short name expand without end, so output, steps and depth are capped.
 */
#include "tool/symbolize/demangle.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 250, STEPS_MAX = 100000, TEXT_MAX_BYTES = 65536, IDENT_MAX = 512 };

struct v0 {
    const char *name, *p, *end; /* name: behind "_R"; back references count from there */
    struct pp_buf *out;
    unsigned mute, depth, steps;
    uint64_t lifetimes; /* bound around here */
    bool bare_generics; /* "<>" in place of "<T>" */
    bool bad;
};

static void read_path(struct v0 *v, bool in_value);
static void read_type(struct v0 *v);
static void read_const(struct v0 *v);

static void fail(struct v0 *v)
{
    v->bad = true;
    v->p = v->end;
}

static void text_n(struct v0 *v, const char *text, size_t len)
{
    if (v->mute || v->bad) {
        return;
    }
    if (v->out->len + len > TEXT_MAX_BYTES) {
        fail(v);
        return;
    }
    pp_buf_append(v->out, text, len);
}

static void text(struct v0 *v, const char *words)
{
    text_n(v, words, strlen(words));
}

static void number(struct v0 *v, uint64_t value)
{
    char digits[24];
    text_n(v, digits, (size_t)snprintf(digits, sizeof(digits), "%" PRIu64, value));
}

static char peek(const struct v0 *v)
{
    return v->p < v->end ? *v->p : '\0';
}

static bool take(struct v0 *v, char c)
{
    if (peek(v) != c || v->p >= v->end) {
        return false;
    }
    v->p++;
    return true;
}

/* Enters one level of the grammar; false when the name is over a cap. */
static bool enter(struct v0 *v)
{
    if (v->bad || v->depth >= DEPTH_MAX || v->steps >= STEPS_MAX) {
        fail(v);
        return false;
    }
    v->depth++;
    v->steps++;
    return true;
}

static int digit62(char c)
{
    if (isdigit((unsigned char)c)) {
        return c - '0';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'Z' ? c - 'A' + 36 : -1;
}

/* "_" is 0, "0_" is 1. */
static uint64_t base62(struct v0 *v)
{
    if (take(v, '_')) {
        return 0;
    }
    uint64_t value = 0;
    while (!v->bad && !take(v, '_')) {
        int digit = digit62(peek(v));
        if (digit < 0 || value > (UINT64_MAX - 63) / 62) {
            fail(v);
            return 0;
        }
        value = value * 62 + (uint64_t)digit;
        v->p++;
    }
    return value + 1;
}

/* A number behind a tag: 0 when the tag is missing. */
static uint64_t tagged62(struct v0 *v, char tag)
{
    return take(v, tag) ? base62(v) + 1 : 0;
}

static uint64_t decimal(struct v0 *v)
{
    uint64_t value = 0;
    if (!isdigit((unsigned char)peek(v))) {
        fail(v);
    }
    if (take(v, '0')) {
        return 0;
    }
    while (isdigit((unsigned char)peek(v))) {
        value = value * 10 + (uint64_t)(*v->p++ - '0');
        if (value > (uint64_t)(v->end - v->name)) {
            fail(v);
        }
    }
    return value;
}

/* --- identifiers ------------------------------------------------------------------------------ */

struct ident {
    const char *ptr;
    size_t len;
    bool punycode;
};

static struct ident read_ident(struct v0 *v)
{
    struct ident ident = {.ptr = v->p};
    ident.punycode = take(v, 'u');
    uint64_t len = decimal(v);
    (void)take(v, '_');
    if (v->bad || len > (uint64_t)(v->end - v->p)) {
        fail(v);
        return ident;
    }
    ident.ptr = v->p;
    ident.len = (size_t)len;
    v->p += len;
    return ident;
}

static void put_utf8(struct v0 *v, uint32_t c)
{
    char out[4];
    size_t n = 0;
    if (c < 0x80) {
        out[n++] = (char)c;
    } else if (c < 0x800) {
        out[n++] = (char)(0xc0 | c >> 6);
    } else if (c < 0x10000) {
        out[n++] = (char)(0xe0 | c >> 12);
        out[n++] = (char)(0x80 | (c >> 6 & 63));
    } else {
        out[n++] = (char)(0xf0 | c >> 18);
        out[n++] = (char)(0x80 | (c >> 12 & 63));
        out[n++] = (char)(0x80 | (c >> 6 & 63));
    }
    if (c >= 0x80) {
        out[n++] = (char)(0x80 | (c & 63));
    }
    text_n(v, out, n);
}

static uint32_t adapt(uint32_t delta, uint32_t points, bool first)
{
    uint32_t k = 0;
    delta = first ? delta / 700 : delta / 2;
    delta += delta / points;
    for (; delta > 455; k += 36) {
        delta /= 35;
    }
    return k + 36 * delta / (delta + 38);
}

/* One variable-length integer of punycode (RFC 3492); false when it is malformed. */
static bool puny_delta(const char **p, const char *end, uint32_t bias, uint32_t *delta)
{
    uint64_t value = 0, weight = 1;
    for (uint32_t k = 36;; k += 36) {
        if (*p >= end || value > UINT32_MAX || weight > UINT32_MAX) {
            return false;
        }
        char c = *(*p)++;
        uint32_t digit = isdigit((unsigned char)c) ? (uint32_t)(c - '0') + 26 : (uint32_t)(c - 'a');
        uint32_t t = k <= bias ? 1 : k >= bias + 26 ? 26 : k - bias;
        if (digit >= 36) {
            return false;
        }
        value += digit * weight;
        if (digit < t) {
            *delta = (uint32_t)value;
            return value <= UINT32_MAX;
        }
        weight *= 36 - t;
    }
}

static size_t puny_decode(const struct ident *ident, uint32_t *points)
{
    const char *split = memrchr(ident->ptr, '_', ident->len);
    const char *p = split ? split + 1 : ident->ptr, *end = ident->ptr + ident->len;
    size_t n = split ? (size_t)(split - ident->ptr) : 0;
    uint32_t c = 128, at = 0, bias = 72, delta;
    if (n > IDENT_MAX) {
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        points[i] = (unsigned char)ident->ptr[i];
    }
    for (bool first = true; p < end; first = false) {
        if (n == IDENT_MAX || !puny_delta(&p, end, bias, &delta) || delta > 0x7fffffff) {
            return 0;
        }
        at += delta;
        bias = adapt(delta, (uint32_t)n + 1, first);
        c += at / ((uint32_t)n + 1);
        at %= (uint32_t)n + 1;
        if (c > 0x10ffff) {
            return 0;
        }
        memmove(points + at + 1, points + at, (n - at) * sizeof(*points));
        points[at++] = c;
        n++;
    }
    return n;
}

static void put_ident(struct v0 *v, const struct ident *ident)
{
    uint32_t points[IDENT_MAX + 1];
    if (!ident->punycode) {
        text_n(v, ident->ptr, ident->len);
        return;
    }
    size_t n = puny_decode(ident, points);
    if (n == 0) {
        fail(v);
    }
    for (size_t i = 0; i < n; i++) {
        put_utf8(v, points[i]);
    }
}

/* --- paths ------------------------------------------------------------------------------------ */

/* Reads again from an earlier place. */
static void read_backref(struct v0 *v, void (*read)(struct v0 *))
{
    const char *from = v->p - 1;
    uint64_t offset = base62(v);
    if (v->bad || offset >= (uint64_t)(from - v->name)) {
        fail(v);
        return;
    }
    if (v->mute) {
        return;
    }
    const char *back = v->p;
    v->p = v->name + offset;
    read(v);
    v->p = v->bad ? v->end : back;
}

static void read_path_in_value(struct v0 *v)
{
    read_path(v, true);
}

static void read_path_in_type(struct v0 *v)
{
    read_path(v, false);
}

static void put_lifetime(struct v0 *v, uint64_t lifetime)
{
    if (lifetime == 0) {
        text(v, "'_");
        return;
    }
    if (lifetime > v->lifetimes) {
        fail(v);
        return;
    }
    uint64_t depth = v->lifetimes - lifetime;
    char letter[3] = {'\'', (char)('a' + (depth < 26 ? depth : 25)), '\0'};
    text(v, letter);
    if (depth >= 26) {
        number(v, depth - 25);
    }
}

static void read_generic_args(struct v0 *v)
{
    v->mute += v->bare_generics;
    for (bool first = true; !v->bad && peek(v) != 'E'; first = false) {
        text(v, first ? "" : ", ");
        if (take(v, 'L')) {
            put_lifetime(v, base62(v));
        } else if (take(v, 'K')) {
            read_const(v);
        } else {
            read_type(v);
        }
    }
    v->mute -= v->bare_generics;
    if (!take(v, 'E')) {
        fail(v);
    }
}

static void read_impl_path(struct v0 *v)
{
    v->mute++;
    (void)tagged62(v, 's');
    read_path(v, false);
    v->mute--;
}

/* Lower-case name spaces are the compiler's own business; upper-case ones are shown. */
static void read_nested(struct v0 *v, bool in_value)
{
    char space = peek(v);
    if (!isalpha((unsigned char)space)) {
        fail(v);
        return;
    }
    v->p++;
    read_path(v, in_value);
    uint64_t which = tagged62(v, 's');
    struct ident ident = read_ident(v);
    if (v->bad) {
        return;
    }
    if (islower((unsigned char)space)) {
        text(v, ident.len ? "::" : "");
        put_ident(v, &ident);
        return;
    }
    char kind[2] = {space, '\0'};
    text(v, "::{");
    text(v, space == 'C' ? "closure" : space == 'S' ? "shim" : kind);
    text(v, ident.len ? ":" : "");
    put_ident(v, &ident);
    text(v, "#");
    number(v, which);
    text(v, "}");
}

static void read_trait_impl(struct v0 *v, bool as_trait)
{
    text(v, "<");
    read_type(v);
    if (as_trait) {
        text(v, " as ");
        read_path(v, false);
    }
    text(v, ">");
}

static void read_crate(struct v0 *v)
{
    (void)tagged62(v, 's');
    struct ident ident = read_ident(v);
    if (!v->bad) {
        put_ident(v, &ident);
    }
}

static void read_path_kind(struct v0 *v, char kind, bool in_value)
{
    switch (kind) {
    case 'C':
        read_crate(v);
        break;
    case 'N':
        read_nested(v, in_value);
        break;
    case 'M':
    case 'X':
        read_impl_path(v);
        read_trait_impl(v, kind == 'X');
        break;
    case 'Y':
        read_trait_impl(v, true);
        break;
    case 'I':
        read_path(v, in_value);
        text(v, in_value ? "::<" : "<");
        read_generic_args(v);
        text(v, ">");
        break;
    case 'B':
        read_backref(v, in_value ? read_path_in_value : read_path_in_type);
        break;
    default:
        fail(v);
    }
}

static void read_path(struct v0 *v, bool in_value)
{
    if (!enter(v)) {
        return;
    }
    char kind = peek(v);
    v->p += v->p < v->end;
    read_path_kind(v, kind, in_value);
    v->depth--;
}

/* --- types ------------------------------------------------------------------------------------ */

static const char *basic_type(char c)
{
    static const char *const names[26] = {
        ['a' - 'a'] = "i8",    ['b' - 'a'] = "bool", ['c' - 'a'] = "char",  ['d' - 'a'] = "f64",
        ['e' - 'a'] = "str",   ['f' - 'a'] = "f32",  ['h' - 'a'] = "u8",    ['i' - 'a'] = "isize",
        ['j' - 'a'] = "usize", ['l' - 'a'] = "i32",  ['m' - 'a'] = "u32",   ['n' - 'a'] = "i128",
        ['o' - 'a'] = "u128",  ['p' - 'a'] = "_",    ['s' - 'a'] = "i16",   ['t' - 'a'] = "u16",
        ['u' - 'a'] = "()",    ['v' - 'a'] = "...",  ['x' - 'a'] = "i64",   ['y' - 'a'] = "u64",
        ['z' - 'a'] = "!",
    };
    return c >= 'a' && c <= 'z' ? names[c - 'a'] : NULL;
}

static void read_binder(struct v0 *v)
{
    uint64_t count = tagged62(v, 'G');
    if (count > (uint64_t)(v->end - v->name)) {
        fail(v);
    }
    if (v->bad || count == 0) {
        return;
    }
    text(v, "for<");
    for (uint64_t i = 0; i < count; i++) {
        text(v, i ? ", " : "");
        v->lifetimes++;
        put_lifetime(v, 1);
    }
    text(v, "> ");
}

static void read_abi(struct v0 *v)
{
    text(v, "extern \"");
    if (take(v, 'C')) {
        text(v, "C");
    } else {
        struct ident ident = read_ident(v);
        for (size_t i = 0; !v->bad && i < ident.len; i++) {
            text_n(v, ident.ptr[i] == '_' ? "-" : ident.ptr + i, 1);
        }
    }
    text(v, "\" ");
}

/* Types up to "E"; returns how many. */
static size_t read_type_list(struct v0 *v)
{
    size_t n = 0;
    for (; !v->bad && !take(v, 'E'); n++) {
        text(v, n ? ", " : "");
        read_type(v);
    }
    return n;
}

static void read_fn(struct v0 *v)
{
    uint64_t outer = v->lifetimes;
    read_binder(v);
    text(v, take(v, 'U') ? "unsafe " : "");
    if (take(v, 'K')) {
        read_abi(v);
    }
    text(v, "fn(");
    (void)read_type_list(v);
    text(v, ")");
    if (!take(v, 'u')) {
        text(v, " -> ");
        read_type(v);
    }
    v->lifetimes = outer;
}

static bool open_generics(struct v0 *v);

/* The back reference of open_generics, whose answer has to come back. */
static bool open_backref(struct v0 *v)
{
    const char *from = v->p - 1;
    uint64_t offset = base62(v);
    if (v->bad || offset >= (uint64_t)(from - v->name)) {
        fail(v);
        return false;
    }
    const char *back = v->p;
    v->p = v->name + offset;
    bool open = open_generics(v);
    v->p = v->bad ? v->end : back;
    return open;
}

/* A path whose generic arguments, if any, stay open for associated types; true when they are. */
static bool open_generics(struct v0 *v)
{
    bool open = false;
    if (!enter(v)) {
        return false;
    }
    if (take(v, 'B')) {
        open = open_backref(v);
    } else if (take(v, 'I')) {
        read_path(v, false);
        text(v, "<");
        read_generic_args(v);
        open = true;
    } else {
        read_path(v, false);
    }
    v->depth--;
    return open;
}

static void read_dyn_trait(struct v0 *v)
{
    bool open = open_generics(v);
    while (!v->bad && take(v, 'p')) {
        text(v, open ? ", " : "<");
        open = true;
        struct ident ident = read_ident(v);
        if (!v->bad) {
            put_ident(v, &ident);
        }
        text(v, " = ");
        read_type(v);
    }
    text(v, open ? ">" : "");
}

static void read_dyn(struct v0 *v)
{
    uint64_t outer = v->lifetimes;
    text(v, "dyn ");
    read_binder(v);
    for (bool first = true; !v->bad && !take(v, 'E'); first = false) {
        text(v, first ? "" : " + ");
        read_dyn_trait(v);
    }
    v->lifetimes = outer;
    if (!take(v, 'L')) {
        fail(v);
        return;
    }
    uint64_t lifetime = base62(v);
    if (lifetime) {
        text(v, " + ");
        put_lifetime(v, lifetime);
    }
}

static void read_reference(struct v0 *v, bool is_mut)
{
    text(v, "&");
    if (take(v, 'L')) {
        uint64_t lifetime = base62(v);
        if (lifetime) {
            put_lifetime(v, lifetime);
            text(v, " ");
        }
    }
    text(v, is_mut ? "mut " : "");
    read_type(v);
}

static void read_type_kind(struct v0 *v, char kind)
{
    switch (kind) {
    case 'A':
        text(v, "[");
        read_type(v);
        text(v, "; ");
        read_const(v);
        text(v, "]");
        break;
    case 'S':
        text(v, "[");
        read_type(v);
        text(v, "]");
        break;
    case 'T':
        text(v, "(");
        text(v, read_type_list(v) == 1 ? ",)" : ")");
        break;
    case 'R':
    case 'Q':
        read_reference(v, kind == 'Q');
        break;
    case 'P':
    case 'O':
        text(v, kind == 'P' ? "*const " : "*mut ");
        read_type(v);
        break;
    case 'F':
        read_fn(v);
        break;
    case 'D':
        read_dyn(v);
        break;
    case 'B':
        read_backref(v, read_type);
        break;
    default:
        v->p--;
        read_path(v, false);
    }
}

static void read_type(struct v0 *v)
{
    if (!enter(v)) {
        return;
    }
    char kind = peek(v);
    const char *basic = basic_type(kind);
    if (v->p >= v->end) {
        fail(v);
    } else if (basic) {
        v->p++;
        text(v, basic);
    } else {
        v->p++;
        read_type_kind(v, kind);
    }
    v->depth--;
}

/* --- constants -------------------------------------------------------------------------------- */

static size_t hex_digits(struct v0 *v, const char **digits)
{
    *digits = v->p;
    while (isxdigit((unsigned char)peek(v)) && !isupper((unsigned char)peek(v))) {
        v->p++;
    }
    size_t n = (size_t)(v->p - *digits);
    if (!take(v, '_')) {
        fail(v);
    }
    return n;
}

static void put_integer(struct v0 *v, bool can_be_negative)
{
    const char *digits;
    if (can_be_negative && take(v, 'n')) {
        text(v, "-");
    }
    size_t n = hex_digits(v, &digits);
    if (n > 16) {
        text(v, "0x");
        text_n(v, digits, n);
    } else if (!v->bad) {
        number(v, n ? strtoull(digits, NULL, 16) : 0);
    }
}

static void put_character(struct v0 *v)
{
    const char *digits;
    size_t n = hex_digits(v, &digits);
    uint64_t c = n && n <= 6 ? strtoull(digits, NULL, 16) : n ? UINT32_MAX : 0;
    char escaped[16];
    if (c > 0x10ffff) {
        fail(v);
        return;
    }
    text(v, "'");
    static const char special[] = "\t\r\n\\'", letters[] = "trn\\'";
    const char *found = c && c < 128 ? strchr(special, (int)c) : NULL;
    if (found) {
        text(v, "\\");
        text_n(v, letters + (found - special), 1);
    } else if (c < 0x20 || c == 0x7f) {
        (void)snprintf(escaped, sizeof(escaped), "\\u{%x}", (unsigned)c);
        text(v, escaped);
    } else {
        put_utf8(v, (uint32_t)c);
    }
    text(v, "'");
}

static void put_bool(struct v0 *v)
{
    const char *digits;
    size_t n = hex_digits(v, &digits);
    if (n != 1 || (*digits != '0' && *digits != '1')) {
        fail(v);
        return;
    }
    text(v, *digits == '1' ? "true" : "false");
}

static void read_const_kind(struct v0 *v, char kind)
{
    if (kind == 'p') {
        text(v, "_");
    } else if (kind == 'B') {
        read_backref(v, read_const);
    } else if (kind && strchr("aslxni", kind)) {
        put_integer(v, true);
    } else if (kind && strchr("htmyoj", kind)) {
        put_integer(v, false);
    } else if (kind == 'b') {
        put_bool(v);
    } else if (kind == 'c') {
        put_character(v);
    } else {
        fail(v);
    }
}

static void read_const(struct v0 *v)
{
    if (!enter(v)) {
        return;
    }
    char kind = peek(v);
    v->p += v->p < v->end;
    read_const_kind(v, kind);
    v->depth--;
}

static bool demangle_v0(struct pp_buf *out, const char *name, enum pp_demangle_mode mode)
{
    struct v0 v = {.name = name + 2, .p = name + 2, .out = out};
    v.end = v.name + strcspn(v.name, ".");
    v.bare_generics = mode == PP_DEMANGLE_DEFAULT;
    if (!isupper((unsigned char)peek(&v))) {
        return false;
    }
    read_path(&v, true);
    if (!v.bad && v.p < v.end) {
        v.mute++; /* the crate that instantiated a generic */
        read_path(&v, false);
    }
    return !v.bad && v.p == v.end && !out->err && out->len > 0;
}

/* --- legacy ----------------------------------------------------------------------------------- */

static const struct {
    const char *code, *text;
} escapes[] = {
    {"SP", "@"}, {"BP", "*"}, {"RF", "&"}, {"LT", "<"},
    {"GT", ">"}, {"LP", "("}, {"RP", ")"}, {"C", ","},
};

/* "$LT$", "$u20$"; returns the length read, 0 when it is none. */
static size_t put_escape(struct v0 *v, const char *p, size_t len)
{
    const char *close = memchr(p + 1, '$', len - 1);
    size_t n = close ? (size_t)(close - p - 1) : 0;
    for (size_t i = 0; n && i < sizeof(escapes) / sizeof(escapes[0]); i++) {
        if (strlen(escapes[i].code) == n && !memcmp(escapes[i].code, p + 1, n)) {
            text(v, escapes[i].text);
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
    put_utf8(v, (uint32_t)c);
    return n + 2;
}

static void put_legacy_ident(struct v0 *v, const char *p, size_t len)
{
    if (len >= 2 && p[0] == '_' && p[1] == '$') {
        p++;
        len--;
    }
    while (len && !v->bad) {
        size_t n = *p == '$' ? put_escape(v, p, len) : 0;
        if (*p == '$' && n == 0) {
            fail(v);
        } else if (n == 0 && len >= 2 && p[0] == '.' && p[1] == '.') {
            text(v, "::");
            n = 2;
        } else if (n == 0) {
            text_n(v, p, 1);
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
        seen |= 1u << digit62(p[i]);
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
    struct v0 v = {.name = name + 3, .p = name + 3, .end = name + len - 20, .out = out};
    for (bool first = true; v.p < v.end && !v.bad; first = false) {
        uint64_t n = decimal(&v);
        if (v.bad || n > (uint64_t)(v.end - v.p)) {
            return false;
        }
        text(&v, first ? "" : "::");
        put_legacy_ident(&v, v.p, (size_t)n);
        v.p += v.bad ? 0 : n;
    }
    return !v.bad && !out->err && out->len > 0;
}

bool pp_demangle_rust(struct pp_buf *out, const char *name, enum pp_demangle_mode mode)
{
    bool ok = false;
    if (!strncmp(name, "_R", 2)) {
        ok = demangle_v0(out, name, mode);
    } else if (!strncmp(name, "_ZN", 3)) {
        ok = demangle_legacy(out, name);
    }
    if (!ok) {
        pp_buf_reset(out);
    }
    return ok;
}
