/* Names from the server that a profile came from: its symbol (or symbolz) page. */
#ifndef PP_TOOL_REMOTE_H
#define PP_TOOL_REMOTE_H

#include "tool/symbolize/edit.h"
#include "tool/symbolize/symbolize.h"

/* Asks for every location without lines of every mapping that has a source and no functions yet
 * (or any, with force). A server that does not answer is a message. */
void pp_symbolize_remote(struct pp_edit *edit, bool force,
                         const struct pp_symbolize_options *options, pp_message_fn message,
                         void *ctx);

/* The address to ask, for a profile's URL; NULL when it is no URL of a profile. */
char *pp_symbol_url(struct pp_arena *arena, const char *profile_url);

#endif
