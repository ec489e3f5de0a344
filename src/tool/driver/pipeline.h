/* From sources to the one profile that reports are about:
 *
 *   fetch -> merge -> base (label, normalize, negate, merge) -> symbolize -> prune -> comment ->
 *   save
 */
#ifndef PP_TOOL_PIPELINE_H
#define PP_TOOL_PIPELINE_H

#include "tool/driver/args.h"

/* The caller frees *profile. What happens on the way is said as messages. */
int pp_pipeline_load(const struct pp_args *args, struct pprof_profile **profile,
                     pp_message_fn message, void *ctx, struct pprof_error *error) PPROF_NODISCARD;

#endif
