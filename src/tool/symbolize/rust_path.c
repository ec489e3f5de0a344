/* Paths of v0 names (_R, RFC 2603), and their back references. */
#include "tool/symbolize/rust.h"

#include <ctype.h>
#include <string.h>

/* --- paths ------------------------------------------------------------------------------------ */

/* Reads again from an earlier place. */
void pp_rust_read_backref(struct pp_rust *v, void (*read)(struct pp_rust *))
{
    const char *from = v->p - 1;
    uint64_t offset = pp_rust_base62(v);
    if (v->bad || offset >= (uint64_t)(from - v->name)) {
        pp_rust_fail(v);
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

static void read_path_in_value(struct pp_rust *v)
{
    pp_rust_read_path(v, true);
}

static void read_path_in_type(struct pp_rust *v)
{
    pp_rust_read_path(v, false);
}

void pp_rust_put_lifetime(struct pp_rust *v, uint64_t lifetime)
{
    if (lifetime == 0) {
        pp_rust_text(v, "'_");
        return;
    }
    if (lifetime > v->lifetimes) {
        pp_rust_fail(v);
        return;
    }
    uint64_t depth = v->lifetimes - lifetime;
    char letter[3] = { '\'', (char)('a' + (depth < 26 ? depth : 25)), '\0' };
    pp_rust_text(v, letter);
    if (depth >= 26) {
        pp_rust_number(v, depth - 25);
    }
}

void pp_rust_read_generic_args(struct pp_rust *v)
{
    v->mute += v->bare_generics;
    for (bool first = true; !v->bad && pp_rust_peek(v) != 'E'; first = false) {
        pp_rust_text(v, first ? "" : ", ");
        if (pp_rust_take(v, 'L')) {
            pp_rust_put_lifetime(v, pp_rust_base62(v));
        } else if (pp_rust_take(v, 'K')) {
            pp_rust_read_const(v);
        } else {
            pp_rust_read_type(v);
        }
    }
    v->mute -= v->bare_generics;
    if (!pp_rust_take(v, 'E')) {
        pp_rust_fail(v);
    }
}

static void read_impl_path(struct pp_rust *v)
{
    v->mute++;
    (void)pp_rust_tagged62(v, 's');
    pp_rust_read_path(v, false);
    v->mute--;
}

/* Lower-case name spaces are the compiler's own business; upper-case ones are shown. */
static void read_nested(struct pp_rust *v, bool in_value)
{
    char space = pp_rust_peek(v);
    if (!isalpha((unsigned char)space)) {
        pp_rust_fail(v);
        return;
    }
    v->p++;
    pp_rust_read_path(v, in_value);
    uint64_t which = pp_rust_tagged62(v, 's');
    struct pp_rust_ident ident = pp_rust_read_ident(v);
    if (v->bad) {
        return;
    }
    if (islower((unsigned char)space)) {
        pp_rust_text(v, ident.len ? "::" : "");
        pp_rust_put_ident(v, &ident);
        return;
    }
    char kind[2] = { space, '\0' };
    pp_rust_text(v, "::{");
    pp_rust_text(v, space == 'C' ? "closure" : space == 'S' ? "shim" : kind);
    pp_rust_text(v, ident.len ? ":" : "");
    pp_rust_put_ident(v, &ident);
    pp_rust_text(v, "#");
    pp_rust_number(v, which);
    pp_rust_text(v, "}");
}

static void read_trait_impl(struct pp_rust *v, bool as_trait)
{
    pp_rust_text(v, "<");
    pp_rust_read_type(v);
    if (as_trait) {
        pp_rust_text(v, " as ");
        pp_rust_read_path(v, false);
    }
    pp_rust_text(v, ">");
}

static void read_crate(struct pp_rust *v)
{
    (void)pp_rust_tagged62(v, 's');
    struct pp_rust_ident ident = pp_rust_read_ident(v);
    if (!v->bad) {
        pp_rust_put_ident(v, &ident);
    }
}

static void read_path_kind(struct pp_rust *v, char kind, bool in_value)
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
        pp_rust_read_path(v, in_value);
        pp_rust_text(v, in_value ? "::<" : "<");
        pp_rust_read_generic_args(v);
        pp_rust_text(v, ">");
        break;
    case 'B':
        pp_rust_read_backref(v, in_value ? read_path_in_value : read_path_in_type);
        break;
    default:
        pp_rust_fail(v);
    }
}

void pp_rust_read_path(struct pp_rust *v, bool in_value)
{
    if (!pp_rust_enter(v)) {
        return;
    }
    char kind = pp_rust_peek(v);
    v->p += v->p < v->end;
    read_path_kind(v, kind, in_value);
    v->depth--;
}

bool pp_rust_v0(struct pp_buf *out, const char *name, enum pp_demangle_mode mode)
{
    struct pp_rust v = { .name = name + 2, .p = name + 2, .out = out };
    v.end = v.name + strcspn(v.name, ".");
    v.bare_generics = mode == PP_DEMANGLE_DEFAULT;
    if (!isupper((unsigned char)pp_rust_peek(&v))) {
        return false;
    }
    pp_rust_read_path(&v, true);
    if (!v.bad && v.p < v.end) {
        v.mute++; /* the crate that instantiated a generic */
        pp_rust_read_path(&v, false);
    }
    return !v.bad && v.p == v.end && !out->err && out->len > 0;
}
