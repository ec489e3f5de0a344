/* What the parts of the reader of Rust names share. v0 is a grammar that prints while it reads:
 *
 *   demangle_rust.c -> legacy names, and which of the two it is
 *   rust_path.c     -> v0 from its beginning: paths, back references, generic arguments
 *   rust_type.c     -> v0: types and constants
 *   rust_read.c     -> both: letters, numbers, identifiers in, capped text out
 *
 * Invariants
 *  - after a mistake `bad` is set and nothing is left to read; every loop ends by that.
 *  - parts that are not shown are read with `mute` above 0.
 *  - back references make a short name expand without end: output, steps and depth are capped.
 */
#ifndef PP_TOOL_DEMANGLE_RUST_H
#define PP_TOOL_DEMANGLE_RUST_H

#include "tool/symbolize/demangle.h"

#include <stdint.h>

struct pp_rust {
    const char *name, *p, *end; /* name: behind "_R"; back references count from there */
    struct pp_buf *out;
    unsigned mute, depth, steps;
    uint64_t lifetimes; /* bound around here */
    bool bare_generics; /* "<>" in place of "<T>" */
    bool bad;
};

struct pp_rust_ident {
    const char *ptr;
    size_t len;
    bool punycode;
};

/* --- rust_read.c ------------------------------------------------------------------------------ */

void pp_rust_fail(struct pp_rust *v);

/* Into the output, unless muted; over its cap the name fails. */
void pp_rust_text_n(struct pp_rust *v, const char *text, size_t len);
void pp_rust_text(struct pp_rust *v, const char *words);
void pp_rust_number(struct pp_rust *v, uint64_t value);
void pp_rust_put_utf8(struct pp_rust *v, uint32_t c);
void pp_rust_put_ident(struct pp_rust *v, const struct pp_rust_ident *ident);

/* The next letter, '\0' at the end; and whether it was c, which is then read. */
char pp_rust_peek(const struct pp_rust *v);
bool pp_rust_take(struct pp_rust *v, char c);

/* Enters one level of the grammar; false when the name is over a cap. The caller leaves it by
 * depth--. */
bool pp_rust_enter(struct pp_rust *v);

/* "_" is 0, "0_" is 1; and a number behind a tag, 0 when the tag is missing. */
int pp_rust_digit62(char c);
uint64_t pp_rust_base62(struct pp_rust *v);
uint64_t pp_rust_tagged62(struct pp_rust *v, char tag);
uint64_t pp_rust_decimal(struct pp_rust *v);
struct pp_rust_ident pp_rust_read_ident(struct pp_rust *v);

/* --- rust_path.c ------------------------------------------------------------------------------ */

/* The whole of a v0 name; false when it is none. */
bool pp_rust_v0(struct pp_buf *out, const char *name, enum pp_demangle_mode mode);

/* in_value: generic arguments follow "::", as in an expression. */
void pp_rust_read_path(struct pp_rust *v, bool in_value);
void pp_rust_read_generic_args(struct pp_rust *v);
void pp_rust_read_backref(struct pp_rust *v, void (*read)(struct pp_rust *));
void pp_rust_put_lifetime(struct pp_rust *v, uint64_t lifetime);

/* --- rust_type.c ------------------------------------------------------------------------------ */

void pp_rust_read_type(struct pp_rust *v);
void pp_rust_read_const(struct pp_rust *v);

#endif
