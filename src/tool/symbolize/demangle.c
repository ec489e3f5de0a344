#include "tool/symbolize/demangle.h"

#include <string.h>

/* A Rust name is tried first: legacy Rust names are valid C++ ones too, with a hash at the end. */
bool pp_demangle(struct pp_buf *out, const char *name, enum pp_demangle_mode mode)
{
    pp_buf_reset(out);
    if (mode == PP_DEMANGLE_NONE || name[0] != '_') {
        return false;
    }
    if (pp_demangle_rust(out, name, mode) || pp_demangle_cxx(out, name, mode)) {
        return !out->err;
    }
    pp_buf_reset(out);
    return false;
}

/* "Class.<init>" is Java's, "pkg.(*T[...]).m" Go's. */
static bool looks_like_cxx(const char *name)
{
    return !strstr(name, ".<") && !strstr(name, "]).") &&
           (strpbrk(name, "<>[]") || strstr(name, "::"));
}

/* Removes balanced groups; what is unbalanced is left as it stands from there on. */
static void remove_groups(struct pp_buf *text, char open, char close)
{
    size_t kept = 0, first = 0, depth = 0;
    for (size_t i = 0; i < text->len; i++) {
        char c = text->data[i];
        if (c == open && depth++ == 0) {
            first = kept;
        }
        text->data[kept++] = c;
        if (c == close && depth == 0) {
            memmove(text->data + kept, text->data + i + 1, text->len - i - 1);
            kept += text->len - i - 1;
            break;
        }
        if (c == close && --depth == 0) {
            kept = first;
        }
    }
    text->len = kept;
    text->data[kept] = '\0';
}

bool pp_demangle_function(struct pp_buf *out, const char *name, enum pp_demangle_mode mode)
{
    if (mode == PP_DEMANGLE_NONE) {
        return false;
    }
    if (pp_demangle(out, name, mode) || (name[0] == '_' && pp_demangle(out, name + 1, mode))) {
        return true;
    }
    if (mode == PP_DEMANGLE_FULL || !looks_like_cxx(name)) {
        return false;
    }
    pp_buf_str(out, name);
    if (out->err) {
        return false;
    }
    remove_groups(out, '(', ')');
    if (mode == PP_DEMANGLE_DEFAULT) {
        remove_groups(out, '<', '>');
    }
    return strcmp(out->data, name) != 0;
}
