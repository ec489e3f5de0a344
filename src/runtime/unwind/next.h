/* The functions behind our hooks.
 *
 * In front (preloaded, linked): the program's calls find us first, and what is behind us is the
 * next definition in the loader's order. Late (loaded by `pprof attach` or a program's dlopen): the
 * program's calls were bound before we came, and what is behind us is what they were bound to.
 *
 * Invariants: the place is found out once, in the constructor; before that we are taken to be in
 * front, as only then can a hook run so early. pp_next_symbol never returns a function of ours.
 */
#ifndef PP_UNWIND_NEXT_H
#define PP_UNWIND_NEXT_H

#include <stdbool.h>

/* Finds out where we are; from the constructor. */
void pp_next_find_place(void);

/* True when the program's own calls were bound without us. Any thread. */
bool pp_next_is_late(void);

/* The function of that name (and symbol version) that the program would call without us, or NULL.
 * Takes the loader's locks and may allocate: not in a handler. */
void *pp_next_symbol(const char *name);
void *pp_next_version(const char *name, const char *version);

/* Stores that function where `where`, a pointer to a pointer to a function, points; leaves what is
 * there when there is none. */
void pp_next_bind(void *where, const char *name);

#endif
