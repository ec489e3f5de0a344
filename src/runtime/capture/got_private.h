/* Between got.c (slots), got_hooks.c (which names) and got_pages.c (who may write where). */
#ifndef PP_CAPTURE_GOT_PRIVATE_H
#define PP_CAPTURE_GOT_PRIVATE_H

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One function that we stand in front of. */
struct pp_got_hook {
    const char *name;
    uintptr_t ours, real;
    uintptr_t owner_low, owner_limit; /* code of the module that has the real function */
    bool is_malloc;                   /* of a family whose members must stay together */
    bool is_direct;                   /* of direct_hooks.h: its owner's own calls stay inside */
};

/* Finds all of them once: where we are late whatever libpprof.so exports, and everywhere what
 * direct_hooks.h lists and somebody has. 0 or PPROF_ERR_*. */
int pp_got_hooks_init(void) __attribute__((warn_unused_result));

/* How many there are. */
size_t pp_got_hooks_count(void);

/* The hook of that name, or NULL. */
const struct pp_got_hook *pp_got_hook_find(const char *name);

/* The hook whose own function that is, or NULL. */
const struct pp_got_hook *pp_got_hook_at(uintptr_t ours);

/* What may be done where, as /proc/self/maps says it at one moment. */
struct pp_got_pages;
const struct pp_got_pages *pp_got_pages_read(struct pp_arena *arena);

/* True when the whole range is mapped, and writable (or not). */
bool pp_got_pages_are(const struct pp_got_pages *pages, uintptr_t start, uintptr_t end,
                      bool writable);

#endif
