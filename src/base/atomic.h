/* Named atomics: the only place where memory orders are written.
 *
 * The suffix says the order: _relaxed (counters, statistics), _acquire/_release (publish and read
 * what was published), plain (sequentially consistent: the rare store-then-load handshakes).
 * All work on naturally aligned integers or pointers of up to 8 bytes. Any thread, any handler.
 */
#ifndef PP_BASE_ATOMIC_H
#define PP_BASE_ATOMIC_H

#define pp_load_relaxed(p) __atomic_load_n((p), __ATOMIC_RELAXED)
#define pp_load_acquire(p) __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define pp_load(p) __atomic_load_n((p), __ATOMIC_SEQ_CST)
#define pp_store_relaxed(p, v) __atomic_store_n((p), (v), __ATOMIC_RELAXED)
#define pp_store_release(p, v) __atomic_store_n((p), (v), __ATOMIC_RELEASE)
#define pp_store(p, v) __atomic_store_n((p), (v), __ATOMIC_SEQ_CST)
#define pp_add_relaxed(p, v) __atomic_fetch_add((p), (v), __ATOMIC_RELAXED)
#define pp_sub_relaxed(p, v) __atomic_fetch_sub((p), (v), __ATOMIC_RELAXED)
#define pp_add(p, v) __atomic_fetch_add((p), (v), __ATOMIC_SEQ_CST)
#define pp_sub(p, v) __atomic_fetch_sub((p), (v), __ATOMIC_SEQ_CST)
#define pp_swap(p, v) __atomic_exchange_n((p), (v), __ATOMIC_SEQ_CST)
#define pp_and(p, v) __atomic_fetch_and((p), (v), __ATOMIC_SEQ_CST)
#define pp_or(p, v) __atomic_fetch_or((p), (v), __ATOMIC_SEQ_CST)

/* Compare and swap; on failure *expected holds what was found. */
#define pp_cas(p, expected, desired)                                                               \
    __atomic_compare_exchange_n((p), (expected), (desired), 0, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED)
#define pp_cas_acquire(p, expected, desired)                                                       \
    __atomic_compare_exchange_n((p), (expected), (desired), 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)
#define pp_cas_release(p, expected, desired)                                                       \
    __atomic_compare_exchange_n((p), (expected), (desired), 0, __ATOMIC_RELEASE, __ATOMIC_RELAXED)

#define pp_fence() __atomic_thread_fence(__ATOMIC_SEQ_CST)
/* Orders against a signal handler of the same thread only; costs no instruction. */
#define pp_signal_fence() __atomic_signal_fence(__ATOMIC_SEQ_CST)

#if defined(__x86_64__)
#define pp_pause() __builtin_ia32_pause()
#elif defined(__aarch64__)
#define pp_pause() __asm__ volatile("yield")
#else
#define pp_pause() ((void)0)
#endif

#define pp_likely(x) __builtin_expect(!!(x), 1)
#define pp_unlikely(x) __builtin_expect(!!(x), 0)

/* What every sample runs through: the linker puts it side by side, since a sample finds most of its
 * code and page tables out of the caches. */
#define PP_HOT __attribute__((hot))

/* The same for the words that every sample reads or counts in: a page and a few lines of it, where
 * each file's own would be a page more whose entry in the page tables is out of the caches too. */
#define PP_HOT_DATA __attribute__((section("pp_hot_data")))

#endif
