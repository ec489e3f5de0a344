/* What a thread's last walk passed through, so that the next one follows it instead of looking up
 * rules: most samples share all but the innermost frames with the one before.
 *
 *   frames[0] outermost ... frames[count - 1]       fresh[0] innermost of the walk under way ...
 *
 * A frame's caller follows from its pc, sp and fp, the rule for the pc, and the one or two words of
 * the stack that the rule names. So a walk that arrives at a remembered pc, sp and fp, under the
 * same rules, arrives at the next remembered frame too if those words are what they were. Reading
 * them is all that is left to do, and none of these reads waits for another. fp may differ where
 * nobody asks for it: compilers keep other things in it.
 *
 * Invariants
 *  - a trail is a page of its own, one for each thread as long as there are few; threads may come
 *    to share one. Who finds it busy (another thread, a handler over a walk) walks without.
 *  - only return addresses are remembered: for an interrupted pc another rule may hold.
 *  - frames are in order of sp, each with less than 4 GiB to the outermost.
 *  - nothing is believed across a change of modules.
 * Handler-safe throughout.
 */
#ifndef PP_UNWIND_TRAIL_H
#define PP_UNWIND_TRAIL_H

#include <stdbool.h>
#include <stdint.h>

enum { PP_TRAIL_MAX = 84 /* so that a trail fits a page */ };

struct pp_trail_frame {
    uint64_t pc, fp;
    uint32_t sp;     /* its low half */
    int16_t fp_slot; /* where fp was read, from sp; 0: it is that of the frame inside */
    int8_t ra;       /* where pc was read, in words from sp */
    bool by_fp : 1;    /* its caller is found by fp */
    bool needs_fp : 1; /* or that of a frame further out, with fp still what it is here */
};

struct pp_trail {
    uint32_t busy, generation;
    uint32_t count, fresh_count;
    uint64_t base, fresh_low, fresh_high; /* sp of frames[0], of the first and last fresh one */
    struct pp_trail_frame frames[PP_TRAIL_MAX], fresh[PP_TRAIL_MAX];
};

/* The calling thread's trail, to be left again; NULL when it is in use. */
struct pp_trail *pp_trail_enter_sig(uint32_t generation);

/* The walk is over: what is fresh goes on top of the first `kept` frames. */
void pp_trail_leave_sig(struct pp_trail *trail, uint32_t kept);

#endif
