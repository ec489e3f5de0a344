/* Cutting frames off stacks by function name. The matchers stand for regular expressions, which
 * this room does not have: the tool passes its own. */
#ifndef PP_PROFILE_PRUNE_H
#define PP_PROFILE_PRUNE_H

#include "pprof/profile.h"

struct pp_matcher {
    bool (*match)(void *ctx, const char *name, size_t len);
    void *ctx;
};

/* Drops, in each sample, the first frame from the root that drop matches and keep (NULL: nothing)
 * does not, and everything below it; but nothing before the first frame that does not match. Names
 * are matched as pp_prune_simplify leaves them. 0 or PPROF_ERR_NOMEM. */
int pp_prune(struct pprof_profile *profile, const struct pp_matcher *drop,
             const struct pp_matcher *keep) __attribute__((warn_unused_result));

/* The part of a function's name that is matched: without a leading dot, up to the first parenthesis
 * that opens an argument list. Points into name. */
struct pprof_string pp_prune_simplify(const char *name, size_t len);

#endif
