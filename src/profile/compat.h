/* Making profiles comparable: the sample types they share, in the finest units among them. */
#ifndef PP_PROFILE_COMPAT_H
#define PP_PROFILE_COMPAT_H

#include "base/arena.h"
#include "pprof/profile.h"

/* Gives all profiles the same sample types: those that all have (a type that one has twice is not
 * shared), in the first one's order. A default that is lost becomes the first type. Then units of one family become the finest one,
 * periods too. Samples stay, with zeros where nothing is left of them. New arrays come from arena;
 * nothing that the profiles point to is written, so shallow copies will do.
 * PPROF_ERR_FORMAT when nothing is shared or units do not go together; _NOMEM. */
int pp_compat_make(struct pprof_profile *const *profiles, size_t count, struct pp_arena *arena,
                   struct pprof_error *error) __attribute__((warn_unused_result));

/* The same period and sample types, units included? PPROF_ERR_FORMAT with a sentence when not. */
int pp_compat_check(const struct pprof_profile *a, const struct pprof_profile *b,
                    struct pprof_error *error) __attribute__((warn_unused_result));


#endif
