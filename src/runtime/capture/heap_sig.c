/* The sampler: which allocations are looked at, and what each stands for.
 *
 *   bytes, one extra for each object:  ....[ k + 1 ][ k + 1 ]..f..[ k + 1 ]....
 *                                                           ^ sample point, f bytes into the block
 *
 * Every byte is a sample point with probability 1/T, independently, so the distance to the next one
 * is geometric with mean T and has no memory: after a sample, a failed call or a change of the rate
 * the countdown is simply drawn anew. A block that holds the point counts as W = T + (k - f)
 * bytes, or W / (k + 1) objects; summed over every f that hits the block this gives exactly k + 1,
 * whatever the sizes, and what comes close to T or is larger has almost no variance. */
#include "runtime/capture/heap_sig.h"

#include "base/sys.h"
#include "runtime/capture/age.h"
#include "runtime/capture/random_sig.h"
#include "runtime/capture/self.h"
#include "runtime/capture/trace.h"
#include "runtime/capture/usdt.h"

enum { OWN_FRAMES_MAX = 8 };

uint64_t pp_heap_rate PP_HOT_DATA = 512 << 10;
uint32_t pp_heap_ready PP_HOT_DATA;
uint64_t pp_heap_sample_count PP_HOT_DATA, pp_heap_free_count PP_HOT_DATA;

/* The T by which the thread's countdown was drawn; 0: it was not drawn, only set to ask again. */
static __thread uint64_t drawn_rate __attribute__((tls_model("initial-exec")));

/* Natural logarithm of x in (0, 1]; libm is not ours to link. Off by less than 1e-12. */
static PP_HOT double log_unit(double x)
{
    union {
        double d;
        uint64_t u;
    } bits = { .d = x };
    int exponent = (int)(bits.u >> 52) - 1023;
    bits.u = (bits.u & 0xfffffffffffffu) | 0x3ff0000000000000u;
    double mantissa = bits.d;
    if (mantissa > 1.4142135623730951) {
        mantissa *= 0.5;
        exponent++;
    }
    double t = (mantissa - 1) / (mantissa + 1), t2 = t * t, sum = 0;
    for (int k = 15; k >= 1; k -= 2) {
        sum = sum * t2 + 1.0 / k;
    }
    return exponent * 0.6931471805599453 + 2 * t * sum;
}

/* Uniform in (0, 1], 53 bits. */
static double next_uniform(void)
{
    return (double)((pp_random_sig() >> 11) + 1) * 0x1p-53;
}

/* Bytes before the next sample point: geometric with success probability 1/rate, as the floor of an
 * exponential of mean -1/ln(1 - 1/rate), which is rate - 1/2 to within 1e-4 from 1024 on. */
static uint64_t draw_distance(uint64_t rate)
{
    if (rate <= 1) {
        return 0;
    }
    double scale = rate < 1024 ? -1 / log_unit(1 - 1.0 / (double)rate) : (double)rate - 0.5;
    return (uint64_t)(-log_unit(next_uniform()) * scale);
}

static bool is_off(void)
{
    return !pp_load_relaxed(&pp_enabled) || !pp_load_acquire(&pp_heap_ready) || pp_self.is_ours;
}

static PP_HOT void draw(uint64_t rate)
{
    if (!rate || is_off()) {
        drawn_rate = 0;
        pp_self.heap_left = PP_HEAP_RECHECK_BYTES;
    } else {
        drawn_rate = rate;
        pp_self.heap_left = (int64_t)draw_distance(rate);
    }
}

PP_HOT void pp_heap_redraw_sig(void)
{
    draw(pp_load_relaxed(&pp_heap_rate));
}

/* Consumes size + 1 bytes if they do not hold the sample point. */
static bool pass(size_t size)
{
    uint64_t left = (uint64_t)pp_self.heap_left;
    if (left <= size) {
        return false;
    }
    pp_self.heap_left = (int64_t)(left + ~(uint64_t)size);
    return true;
}

PP_HOT uint64_t pp_heap_due_sig(size_t size)
{
    if (pp_self.inside) {
        return 0;
    }
    uint64_t rate = drawn_rate, left = (uint64_t)pp_self.heap_left, weight = 0;
    if (!rate) {
        /* First allocation of the thread, or sampling was off: only now is there a countdown, and
         * this allocation is held against it like any other. */
        pp_heap_redraw_sig();
        rate = drawn_rate;
        left = (uint64_t)pp_self.heap_left;
        if (!rate || pass(size)) {
            return 0;
        }
    }
    if (!is_off() && size <= PTRDIFF_MAX) {
        weight = rate + (size - left);
    }
    pp_heap_redraw_sig();
    return weight;
}

/* Walks from here and drops our own frames: everything above the caller's return address. When the
 * walk did not get so far, that address alone is the stack. Inlined: a frame of its own would be
 * one more to walk. */
static inline __attribute__((always_inline)) pp_stack_id caller_stack(const void *caller)
{
    uintptr_t pcs[PP_STACK_DEPTH_MAX + OWN_FRAMES_MAX];
    unsigned flags = 0;
    struct pp_regs regs;
    pp_regs_capture(&regs);
    size_t depth = pp_unwind_sig(&regs, pp_self.bounds, pcs, PP_STACK_DEPTH_MAX + OWN_FRAMES_MAX,
                                 &flags);
    size_t first = 0;
    while (first < depth && first < OWN_FRAMES_MAX && pcs[first] != (uintptr_t)caller) {
        first++;
    }
    if (first == depth || first == OWN_FRAMES_MAX) {
        uintptr_t only = (uintptr_t)caller;
        return pp_stack_intern_sig(&only, 1, PP_UNWIND_LOST, 0);
    }
    return pp_stack_intern_sig(pcs + first, depth - first, flags, 0);
}

static PP_HOT void note_free(const struct pp_heap_live *live)
{
    pp_heap_count_free_sig(live);
    pp_add_relaxed(&pp_heap_free_count, 1);
    PP_USDT1("otel_memory", "free", live->address);
    if (pp_unlikely(pp_load_relaxed(&pp_trace_on))) {
        pp_trace_event_sig(PP_TRACE_FREE, 0, live->weight);
    }
}

/* A block of that address may still be in the set when it was freed behind our back (dallocx, a
 * symbolically bound library): it is gone, since its address was given out again. */
static void forget_stale(void *block)
{
    if (pp_heap_filter_hit(block)) {
        pp_heap_freed_sig(block);
    }
}

PP_HOT void pp_heap_sampled_sig(void *block, size_t size, uint64_t weight, const void *caller)
{
    pp_self_enter();
    forget_stale(block);
    struct pp_heap_live live = {
        .address = (uintptr_t)block,
        .weight = weight,
        .size = size,
        .bucket = pp_heap_bucket_sig(caller_stack(caller), size),
        .born = pp_age_born(pp_sys_monotonic_coarse_ns()),
    };
    pp_heap_count_alloc_sig(&live);
    pp_add_relaxed(&pp_heap_sample_count, 1);
    if (!pp_heap_live_add_sig(&live)) {
        /* Its free could not be seen: better not in use at all than in use for ever. */
        pp_heap_count_free_sig(&live);
    }
    PP_USDT3("otel_memory", "alloc", live.address, live.size, live.weight);
    if (pp_unlikely(pp_load_relaxed(&pp_trace_on))) {
        pp_trace_event_sig(PP_TRACE_ALLOC, 0, live.weight);
    }
    pp_self_leave();
}

PP_HOT void pp_heap_freed_sig(void *block)
{
    struct pp_heap_live live;
    if (pp_heap_live_take_sig((uintptr_t)block, &live)) {
        note_free(&live);
    }
}

PP_HOT bool pp_heap_take_sig(void *block, struct pp_heap_live *live)
{
    return pp_heap_live_take_sig((uintptr_t)block, live);
}

PP_HOT void pp_heap_put_back_sig(const struct pp_heap_live *live)
{
    if (!pp_heap_live_add_sig(live)) {
        pp_heap_count_free_sig(live);
    }
}

/* As many objects as before stand behind the sample, of the new size each: the weight, which is of
 * bytes, changes with it. */
static PP_HOT uint64_t weight_of_size(const struct pp_heap_live *live, size_t size)
{
    double objects = (double)live->weight / ((double)live->size + 1);
    return (uint64_t)(objects * ((double)size + 1) + 0.5);
}

PP_HOT void pp_heap_resized_sig(struct pp_heap_live *live, size_t size)
{
    struct pp_heap_live old = *live;
    live->weight = weight_of_size(&old, size);
    live->size = size;
    pp_heap_count_resize_sig(&old, live);
    if (pp_unlikely(pp_load_relaxed(&pp_trace_on)) && live->weight != old.weight) {
        bool grew = live->weight > old.weight;
        pp_trace_event_sig(grew ? PP_TRACE_ALLOC : PP_TRACE_FREE, 0,
                           grew ? live->weight - old.weight : old.weight - live->weight);
    }
    pp_heap_put_back_sig(live);
}

PP_HOT void pp_heap_taken_freed_sig(const struct pp_heap_live *live)
{
    note_free(live);
}
