/* Switching heap sampling on, off and over: what is not a hot path. */
#include "runtime/capture/heap.h"

#include "runtime/capture/heap_sig.h"
#include "runtime/capture/malloc_jump.h"
#include "runtime/capture/malloc_real.h"
#include "runtime/capture/self.h"

#include "pprof/error.h"

int pp_heap_init(void)
{
    if (pp_load_relaxed(&pp_heap_ready)) {
        return 0;
    }
    int err = pp_heap_buckets_init();
    if (!err) {
        err = pp_heap_live_init();
    }
    if (err) {
        return err;
    }
    pp_malloc_resolve();
    pp_malloc_find_room();
    pp_malloc_aim();
    pp_store_release(&pp_heap_ready, 1);
    pp_heap_redraw_sig();
    return 0;
}

size_t pp_heap_rate_get(void)
{
    return pp_load_relaxed(&pp_heap_rate);
}

size_t pp_heap_rate_set(size_t bytes)
{
    size_t old = pp_swap(&pp_heap_rate, (uint64_t)bytes);
    pp_heap_redraw_sig(); /* other threads see it at their next sample */
    return old;
}

void pp_heap_resume(void)
{
    pp_heap_redraw_sig();
}

void pp_heap_stats(struct pp_heap_stats *stats)
{
    struct pp_heap_table_stats tables;
    pp_heap_table_stats_live(&tables);
    pp_heap_table_stats_buckets(&tables);
    *stats = (struct pp_heap_stats){
        .samples = pp_load_relaxed(&pp_heap_sample_count),
        .frees = pp_load_relaxed(&pp_heap_free_count),
        .live = tables.live,
        .live_cap = tables.live_cap,
        .buckets = tables.buckets,
        .bucket_cap = tables.bucket_cap,
        .lost_live = tables.lost_live,
        .lost_buckets = tables.lost_buckets,
        .bytes_reserved = tables.live_bytes + tables.bucket_bytes + PP_HEAP_FILTER_BYTES,
    };
}

void pp_heap_after_fork(int on)
{
    if (!pp_load_relaxed(&pp_heap_ready)) {
        return;
    }
    pp_heap_live_clear();
    pp_heap_buckets_clear();
    pp_store_relaxed(&pp_heap_sample_count, 0);
    pp_store_relaxed(&pp_heap_free_count, 0);
    pp_self.random = 0; /* not the parent's sequence again */
    if (!on) {
        pp_store_relaxed(&pp_heap_rate, 0);
    }
    pp_heap_redraw_sig();
}

static int forget(void *ctx, const struct pp_heap_live *live)
{
    struct pp_heap_live taken;
    (void)ctx;
    if (pp_heap_live_take_sig(live->address, &taken)) {
        pp_heap_count_free_sig(&taken);
    }
    return 0;
}

void pp_heap_forget(void)
{
    if (pp_load_relaxed(&pp_heap_ready)) {
        (void)pp_heap_live_each(forget, NULL);
    }
}
