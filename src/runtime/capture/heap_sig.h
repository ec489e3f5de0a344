/* What the malloc hooks call when their fast path has found something to do. All of it may be
 * called at any moment of a program's life, also before init, and leaves errno as it was.
 */
#ifndef PP_CAPTURE_HEAP_SIG_H
#define PP_CAPTURE_HEAP_SIG_H

#include "runtime/capture/heap_tables.h"

/* How far a thread that takes no samples (rate 0, switched off, before init) lets its countdown run
 * before it asks again: it misses at most so much after sampling was switched on, for 10 ns each
 * MiB until then. The thread that switches it on misses nothing. */
enum { PP_HEAP_RECHECK_BYTES = 1 << 20 };

/* Called when the countdown is not larger than size. Settles the countdown and returns the sample's
 * weight, or 0 when this allocation is not a sample. The countdown goes on from the block's end
 * either way, so an allocation that fails afterwards biases nothing. */
uint64_t pp_heap_due_sig(size_t size);

/* Notes a sampled block. caller is the return address into whoever called the malloc family: the
 * stack starts there. */
void pp_heap_sampled_sig(void *block, size_t size, uint64_t weight, const void *caller);

/* The block is about to be freed: takes it out of the live set and counts that, if it was known. */
void pp_heap_freed_sig(void *block);

/* realloc: the block leaves the live set before the real call, and then goes back (the call
 * failed), goes back with another size (it stayed where it was, within its room) or counts as
 * freed. take returns false for a block that was not known. */
bool pp_heap_take_sig(void *block, struct pp_heap_live *live);
void pp_heap_put_back_sig(const struct pp_heap_live *live);
void pp_heap_resized_sig(struct pp_heap_live *live, size_t size);
void pp_heap_taken_freed_sig(const struct pp_heap_live *live);

/* For heap.c. */
extern uint64_t pp_heap_rate;     /* bytes; 0 off */
extern uint32_t pp_heap_ready;    /* tables are there */
extern uint64_t pp_heap_sample_count, pp_heap_free_count;

/* Draws the calling thread's countdown anew at the current rate. */
void pp_heap_redraw_sig(void);

#endif
