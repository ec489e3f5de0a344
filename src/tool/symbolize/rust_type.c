/* Types and constants of v0 names (RFC 2603). */
#include "tool/symbolize/rust.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- types ------------------------------------------------------------------------------------ */

static const char *basic_type(char c)
{
    static const char *const names[26] = {
        ['a' - 'a'] = "i8",    ['b' - 'a'] = "bool", ['c' - 'a'] = "char", ['d' - 'a'] = "f64",
        ['e' - 'a'] = "str",   ['f' - 'a'] = "f32",  ['h' - 'a'] = "u8",   ['i' - 'a'] = "isize",
        ['j' - 'a'] = "usize", ['l' - 'a'] = "i32",  ['m' - 'a'] = "u32",  ['n' - 'a'] = "i128",
        ['o' - 'a'] = "u128",  ['p' - 'a'] = "_",    ['s' - 'a'] = "i16",  ['t' - 'a'] = "u16",
        ['u' - 'a'] = "()",    ['v' - 'a'] = "...",  ['x' - 'a'] = "i64",  ['y' - 'a'] = "u64",
        ['z' - 'a'] = "!",
    };
    return c >= 'a' && c <= 'z' ? names[c - 'a'] : NULL;
}

static void read_binder(struct pp_rust *v)
{
    uint64_t count = pp_rust_tagged62(v, 'G');
    if (count > (uint64_t)(v->end - v->name)) {
        pp_rust_fail(v);
    }
    if (v->bad || count == 0) {
        return;
    }
    pp_rust_text(v, "for<");
    for (uint64_t i = 0; i < count; i++) {
        pp_rust_text(v, i ? ", " : "");
        v->lifetimes++;
        pp_rust_put_lifetime(v, 1);
    }
    pp_rust_text(v, "> ");
}

static void read_abi(struct pp_rust *v)
{
    pp_rust_text(v, "extern \"");
    if (pp_rust_take(v, 'C')) {
        pp_rust_text(v, "C");
    } else {
        struct pp_rust_ident ident = pp_rust_read_ident(v);
        for (size_t i = 0; !v->bad && i < ident.len; i++) {
            pp_rust_text_n(v, ident.ptr[i] == '_' ? "-" : ident.ptr + i, 1);
        }
    }
    pp_rust_text(v, "\" ");
}

/* Types up to "E"; returns how many. */
static size_t read_type_list(struct pp_rust *v)
{
    size_t n = 0;
    for (; !v->bad && !pp_rust_take(v, 'E'); n++) {
        pp_rust_text(v, n ? ", " : "");
        pp_rust_read_type(v);
    }
    return n;
}

static void read_fn(struct pp_rust *v)
{
    uint64_t outer = v->lifetimes;
    read_binder(v);
    pp_rust_text(v, pp_rust_take(v, 'U') ? "unsafe " : "");
    if (pp_rust_take(v, 'K')) {
        read_abi(v);
    }
    pp_rust_text(v, "fn(");
    (void)read_type_list(v);
    pp_rust_text(v, ")");
    if (!pp_rust_take(v, 'u')) {
        pp_rust_text(v, " -> ");
        pp_rust_read_type(v);
    }
    v->lifetimes = outer;
}

static bool open_generics(struct pp_rust *v);

/* The back reference of open_generics, whose answer has to come back. */
static bool open_backref(struct pp_rust *v)
{
    const char *from = v->p - 1;
    uint64_t offset = pp_rust_base62(v);
    if (v->bad || offset >= (uint64_t)(from - v->name)) {
        pp_rust_fail(v);
        return false;
    }
    const char *back = v->p;
    v->p = v->name + offset;
    bool open = open_generics(v);
    v->p = v->bad ? v->end : back;
    return open;
}

/* A path whose generic arguments, if any, stay open for associated types; true when they are. */
static bool open_generics(struct pp_rust *v)
{
    bool open = false;
    if (!pp_rust_enter(v)) {
        return false;
    }
    if (pp_rust_take(v, 'B')) {
        open = open_backref(v);
    } else if (pp_rust_take(v, 'I')) {
        pp_rust_read_path(v, false);
        pp_rust_text(v, "<");
        pp_rust_read_generic_args(v);
        open = true;
    } else {
        pp_rust_read_path(v, false);
    }
    v->depth--;
    return open;
}

static void read_dyn_trait(struct pp_rust *v)
{
    bool open = open_generics(v);
    while (!v->bad && pp_rust_take(v, 'p')) {
        pp_rust_text(v, open ? ", " : "<");
        open = true;
        struct pp_rust_ident ident = pp_rust_read_ident(v);
        if (!v->bad) {
            pp_rust_put_ident(v, &ident);
        }
        pp_rust_text(v, " = ");
        pp_rust_read_type(v);
    }
    pp_rust_text(v, open ? ">" : "");
}

static void read_dyn(struct pp_rust *v)
{
    uint64_t outer = v->lifetimes;
    pp_rust_text(v, "dyn ");
    read_binder(v);
    for (bool first = true; !v->bad && !pp_rust_take(v, 'E'); first = false) {
        pp_rust_text(v, first ? "" : " + ");
        read_dyn_trait(v);
    }
    v->lifetimes = outer;
    if (!pp_rust_take(v, 'L')) {
        pp_rust_fail(v);
        return;
    }
    uint64_t lifetime = pp_rust_base62(v);
    if (lifetime) {
        pp_rust_text(v, " + ");
        pp_rust_put_lifetime(v, lifetime);
    }
}

static void read_reference(struct pp_rust *v, bool is_mut)
{
    pp_rust_text(v, "&");
    if (pp_rust_take(v, 'L')) {
        uint64_t lifetime = pp_rust_base62(v);
        if (lifetime) {
            pp_rust_put_lifetime(v, lifetime);
            pp_rust_text(v, " ");
        }
    }
    pp_rust_text(v, is_mut ? "mut " : "");
    pp_rust_read_type(v);
}

static void read_type_kind(struct pp_rust *v, char kind)
{
    switch (kind) {
    case 'A':
        pp_rust_text(v, "[");
        pp_rust_read_type(v);
        pp_rust_text(v, "; ");
        pp_rust_read_const(v);
        pp_rust_text(v, "]");
        break;
    case 'S':
        pp_rust_text(v, "[");
        pp_rust_read_type(v);
        pp_rust_text(v, "]");
        break;
    case 'T':
        pp_rust_text(v, "(");
        pp_rust_text(v, read_type_list(v) == 1 ? ",)" : ")");
        break;
    case 'R':
    case 'Q':
        read_reference(v, kind == 'Q');
        break;
    case 'P':
    case 'O':
        pp_rust_text(v, kind == 'P' ? "*const " : "*mut ");
        pp_rust_read_type(v);
        break;
    case 'F':
        read_fn(v);
        break;
    case 'D':
        read_dyn(v);
        break;
    case 'B':
        pp_rust_read_backref(v, pp_rust_read_type);
        break;
    default:
        v->p--;
        pp_rust_read_path(v, false);
    }
}

void pp_rust_read_type(struct pp_rust *v)
{
    if (!pp_rust_enter(v)) {
        return;
    }
    char kind = pp_rust_peek(v);
    const char *basic = basic_type(kind);
    if (v->p >= v->end) {
        pp_rust_fail(v);
    } else if (basic) {
        v->p++;
        pp_rust_text(v, basic);
    } else {
        v->p++;
        read_type_kind(v, kind);
    }
    v->depth--;
}

/* --- constants -------------------------------------------------------------------------------- */

static size_t hex_digits(struct pp_rust *v, const char **digits)
{
    *digits = v->p;
    while (isxdigit((unsigned char)pp_rust_peek(v)) && !isupper((unsigned char)pp_rust_peek(v))) {
        v->p++;
    }
    size_t n = (size_t)(v->p - *digits);
    if (!pp_rust_take(v, '_')) {
        pp_rust_fail(v);
    }
    return n;
}

static void put_integer(struct pp_rust *v, bool can_be_negative)
{
    const char *digits;
    if (can_be_negative && pp_rust_take(v, 'n')) {
        pp_rust_text(v, "-");
    }
    size_t n = hex_digits(v, &digits);
    if (n > 16) {
        pp_rust_text(v, "0x");
        pp_rust_text_n(v, digits, n);
    } else if (!v->bad) {
        pp_rust_number(v, n ? strtoull(digits, NULL, 16) : 0);
    }
}

static void put_character(struct pp_rust *v)
{
    const char *digits;
    size_t n = hex_digits(v, &digits);
    uint64_t c = n && n <= 6 ? strtoull(digits, NULL, 16) : n ? UINT32_MAX : 0;
    char escaped[16];
    if (c > 0x10ffff) {
        pp_rust_fail(v);
        return;
    }
    pp_rust_text(v, "'");
    static const char special[] = "\t\r\n\\'", letters[] = "trn\\'";
    const char *found = c && c < 128 ? strchr(special, (int)c) : NULL;
    if (found) {
        pp_rust_text(v, "\\");
        pp_rust_text_n(v, letters + (found - special), 1);
    } else if (c < 0x20 || c == 0x7f) {
        (void)snprintf(escaped, sizeof(escaped), "\\u{%x}", (unsigned)c);
        pp_rust_text(v, escaped);
    } else {
        pp_rust_put_utf8(v, (uint32_t)c);
    }
    pp_rust_text(v, "'");
}

static void put_bool(struct pp_rust *v)
{
    const char *digits;
    size_t n = hex_digits(v, &digits);
    if (n != 1 || (*digits != '0' && *digits != '1')) {
        pp_rust_fail(v);
        return;
    }
    pp_rust_text(v, *digits == '1' ? "true" : "false");
}

static void read_const_kind(struct pp_rust *v, char kind)
{
    if (kind == 'p') {
        pp_rust_text(v, "_");
    } else if (kind == 'B') {
        pp_rust_read_backref(v, pp_rust_read_const);
    } else if (kind && strchr("aslxni", kind)) {
        put_integer(v, true);
    } else if (kind && strchr("htmyoj", kind)) {
        put_integer(v, false);
    } else if (kind == 'b') {
        put_bool(v);
    } else if (kind == 'c') {
        put_character(v);
    } else {
        pp_rust_fail(v);
    }
}

void pp_rust_read_const(struct pp_rust *v)
{
    if (!pp_rust_enter(v)) {
        return;
    }
    char kind = pp_rust_peek(v);
    v->p += v->p < v->end;
    read_const_kind(v, kind);
    v->depth--;
}
