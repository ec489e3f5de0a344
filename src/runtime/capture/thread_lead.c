#include "runtime/capture/thread_lead.h"

#include "base/sys.h"
#include "base/table.h"
#include "runtime/capture/wait_hooks.h"

#include <string.h>

enum {
    FRAMES_MAX = 8, /* between a system call and our wrapper */
    LEADS = 256,    /* a power of two */
    RECENT = 16,    /* kinds of wait that a walk remembers */
};

struct lead {
    uintptr_t pc, wrapper_pc;  /* of the system call, of the wrapper */
    uintptr_t distance;        /* between their frames */
    uint32_t reason;
    size_t depth;
    uintptr_t pcs[FRAMES_MAX];
    size_t word_count;         /* 0: not all were found, so nobody can be recognized by them */
    uintptr_t words[FRAMES_MAX];     /* the return addresses, the one into the wrapper last */
    uintptr_t distances[FRAMES_MAX]; /* below the wait frame */
};

static struct lead *leads;
static const struct lead *recent[RECENT];
static size_t recent_count;

bool pp_leads_init(void)
{
    leads = leads ? leads : pp_sys_reserve(LEADS * sizeof(*leads));
    return leads != NULL;
}

void pp_leads_begin(void)
{
    recent_count = 0;
}

/* Where between sp and the frame each return address lies, in the order of the calls. */
static void find_words(struct lead *lead, uintptr_t sp, uintptr_t linked)
{
    uintptr_t stack[PP_WAIT_REACH / sizeof(uintptr_t)];
    size_t count = (linked - sp) / sizeof(stack[0]), at = 0, found = 0;
    size_t bytes = count * sizeof(stack[0]);
    if (pp_sys_copy_safe(stack, (const void *)sp, bytes) != (ssize_t)bytes) {
        lead->word_count = 0;
        return;
    }
    for (; found < lead->word_count; found++, at++) {
        while (at < count && stack[at] != lead->words[found]) {
            at++;
        }
        if (at == count) {
            break;
        }
        lead->distances[found] = linked - sp - at * sizeof(stack[0]);
    }
    lead->word_count = found == lead->word_count ? found : 0;
}

static void walk_lead(const struct pp_proc_look *look, uintptr_t linked,
                      struct pp_stack_bounds bounds, struct lead *lead)
{
    struct pp_regs regs = { .pc = look->pc, .sp = look->sp };
    unsigned flags;
    size_t depth = pp_unwind_remote(&regs, 0, bounds, lead->pcs, FRAMES_MAX, &flags);
    lead->word_count = 0;
    for (size_t i = 1; i < depth; i++) {
        if (pp_wait_hook_holds(lead->pcs[i])) {
            lead->depth = lead->word_count = i;
            memcpy(lead->words, lead->pcs + 1, i * sizeof(lead->words[0]));
            find_words(lead, look->sp, linked);
            return;
        }
    }
    lead->pcs[0] = look->pc;
    lead->depth = 1;
}

static void remember(const struct lead *lead)
{
    for (size_t i = 0; i < recent_count; i++) {
        if (recent[i] == lead) {
            return;
        }
    }
    if (lead->word_count && recent_count < RECENT) {
        recent[recent_count++] = lead;
    }
}

size_t pp_lead_of(const struct pp_proc_look *look, const struct pp_wait_frame *frame,
                  uintptr_t linked, struct pp_stack_bounds bounds, uintptr_t *pcs)
{
    if (!look->sp) {
        return 0;
    }
    uintptr_t distance = linked - look->sp;
    struct lead *lead =
        &leads[pp_hash_u64(look->pc ^ frame->regs.pc << 20 ^ distance) & (LEADS - 1)];
    if (lead->pc != look->pc || lead->wrapper_pc != frame->regs.pc ||
        lead->distance != distance || lead->reason != frame->reason) {
        walk_lead(look, linked, bounds, lead);
        lead->pc = look->pc;
        lead->wrapper_pc = frame->regs.pc;
        lead->distance = distance;
        lead->reason = frame->reason;
    }
    remember(lead);
    memcpy(pcs, lead->pcs, lead->depth * sizeof(*pcs));
    return lead->depth;
}

/* ---- without the kernel ---- */

static bool has_words(const struct lead *lead, uintptr_t linked, const struct pp_stack_copy *copy)
{
    for (size_t i = 0; i < lead->word_count; i++) {
        uintptr_t word, at = linked - lead->distances[i];
        if (at < copy->low || at + sizeof(word) > copy->high) {
            return false;
        }
        memcpy(&word, copy->bytes + (at - copy->low), sizeof(word));
        if (word != lead->words[i]) {
            return false;
        }
    }
    return true;
}

size_t pp_lead_known(const struct pp_wait_frame *frame, uintptr_t linked,
                     const struct pp_stack_copy *copy, uintptr_t *pcs)
{
    for (size_t i = 0; i < recent_count; i++) {
        const struct lead *lead = recent[i];
        if (lead->wrapper_pc == frame->regs.pc && lead->reason == frame->reason &&
            has_words(lead, linked, copy)) {
            memcpy(pcs, lead->pcs, lead->depth * sizeof(*pcs));
            return lead->depth;
        }
    }
    return 0;
}
