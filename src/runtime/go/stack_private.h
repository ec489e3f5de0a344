/* The form of the stacks' tables, for stack.c and for debuggers (layout.c). */
#ifndef PP_GO_STACK_PRIVATE_H
#define PP_GO_STACK_PRIVATE_H

#include "runtime/go/sched_private.h"

#pragma GCC visibility push(hidden)

enum {
    PP_GO_CLASSES = 5,
    PP_GO_CHUNKS = 24,
    PP_GO_G_BYTES = (sizeof(struct pp_g) + PP_GO_CACHE_LINE - 1) / PP_GO_CACHE_LINE *
                    PP_GO_CACHE_LINE,
    /* A pp_g begins G_BYTES before the end of its slot, and so many steps more as the slot's number
     * says: else all of them, at the same place of a page, would share a few sets of each cache. A
     * step is what one that begins and ends touches: two lines of pp_g, one of its stack. */
    PP_GO_COLOURS = 8,
    PP_GO_COLOUR_STEP = 3 * PP_GO_CACHE_LINE,
};

struct pp_go_chunk {
    char *start;
    size_t slots;
    size_t carved;       /* atomic */
    uint32_t cold;       /* index + 1 of its first free slot without pages */
    uint32_t *next_cold; /* and of the one after each */
};

struct pp_go_stack_class {
    uint32_t lock;      /* rank: stacks */
    struct pp_g *hot;   /* free, pages there */
    struct pp_g *hot_batches; /* and more, by PP_GO_FREE_BATCH */
    size_t hot_count;   /* of both */
    size_t chunk_count; /* atomic */
    struct pp_go_chunk chunks[PP_GO_CHUNKS];
};

extern struct pp_go_stack_class pp_go_stack_classes[PP_GO_CLASSES];
extern const size_t pp_go_class_bytes[PP_GO_CLASSES];

#pragma GCC visibility pop

#endif
