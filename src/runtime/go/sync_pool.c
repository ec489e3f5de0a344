/* Pool of things: a stack of pointers under a lock, so that the warmest goes out first. */
#include "runtime/go/sched.h"

#include <stdlib.h>

struct go_pool {
    uint32_t lock; /* rank object; neither make nor drop is called under it */
    void *(*make)(void *ctx);
    void (*drop)(void *thing);
    void *ctx;
    size_t count, keep;
    void *things[];
};

PPROF_API struct go_pool *go_pool_new(void *(*make)(void *ctx), void (*drop)(void *thing),
                                      void *ctx, size_t keep)
{
    size_t bytes;
    if (__builtin_mul_overflow(keep, sizeof(void *), &bytes) ||
        __builtin_add_overflow(bytes, sizeof(struct go_pool), &bytes)) {
        return NULL;
    }
    struct go_pool *pool = malloc(bytes);
    if (pool) {
        *pool = (struct go_pool){ .make = make, .drop = drop, .ctx = ctx, .keep = keep };
    }
    return pool;
}

PPROF_API void *go_pool_get(struct go_pool *pool)
{
    pp_go_lock(&pool->lock);
    void *thing = pool->count ? pool->things[--pool->count] : NULL;
    pp_go_unlock(&pool->lock);
    return thing ? thing : pool->make ? pool->make(pool->ctx) : NULL;
}

PPROF_API void go_pool_put(struct go_pool *pool, void *thing)
{
    if (!thing) {
        return;
    }
    pp_go_lock(&pool->lock);
    bool kept = pool->count < pool->keep;
    if (kept) {
        pool->things[pool->count++] = thing;
    }
    pp_go_unlock(&pool->lock);
    if (!kept && pool->drop) {
        pool->drop(thing);
    }
}

PPROF_API void go_pool_free(struct go_pool *pool)
{
    for (size_t i = 0; pool && pool->drop && i < pool->count; i++) {
        pool->drop(pool->things[i]);
    }
    free(pool);
}
