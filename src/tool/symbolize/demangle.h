/* Readable names: C++ (Itanium ABI) and Rust (legacy and v0), simplified as google/pprof does.
 *
 *   default    ns::Class::method           no parameters, no template arguments, no return type
 *   templates  ns::Class<int>::method      no parameters, no return type
 *   full       everything, with the suffix of a clone; none: nothing is demangled
 *
 * Hostile names are safe: output capped at 64 KiB, nesting capped, time linear in input and output.
 * Any thread.
 */
#ifndef PP_TOOL_DEMANGLE_H
#define PP_TOOL_DEMANGLE_H

#include "base/buf.h"

#include <stdbool.h>

enum pp_demangle_mode {
    PP_DEMANGLE_DEFAULT,
    PP_DEMANGLE_TEMPLATES,
    PP_DEMANGLE_FULL,
    PP_DEMANGLE_NONE,
};

/* Puts the readable form of a mangled name into out (reset first). False when the name is not
 * mangled or not understood; out is then empty. */
bool pp_demangle(struct pp_buf *out, const char *name, enum pp_demangle_mode mode);

/* What a function is called given its linked name: demangled, also behind one more underscore; a
 * name that is C++ already loses its parameters and template arguments as the mode says. False when
 * the name stays as it is. */
bool pp_demangle_function(struct pp_buf *out, const char *name, enum pp_demangle_mode mode);

/* --- parts, for each other and for tests ------------------------------------------------------ */

bool pp_demangle_cxx(struct pp_buf *out, const char *name, enum pp_demangle_mode mode);
bool pp_demangle_rust(struct pp_buf *out, const char *name, enum pp_demangle_mode mode);

#endif
