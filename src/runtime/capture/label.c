/* Interned label sets.
 *
 *   slots: hash, open addressing, id + 1  ->  sets[id] = { pairs, count }  ->  texts
 *
 * Three reserved ranges, append-only. Readers need no lock: an id is handed out after its set was
 * written. Writers hold one futex lock. */
#include "runtime/capture/label.h"

#include "base/sys.h"
#include "base/table.h"
#include "runtime/unwind/lock.h"
#include "runtime/capture/self.h"
#include "runtime/capture/thread.h"

#include <string.h>

enum {
    PAIRS_MAX = 64, /* in one set */
#ifdef PPROF_SMALL
    SETS = 64,
    BYTES = 8 << 10,
#else
    SETS = 16 << 10,
    BYTES = 8 << 20,
#endif
    SLOTS = 2 * SETS,
};

static uint32_t lock;
static struct pp_label_set *sets; /* SETS of them; 0 is the empty set */
static uint32_t *slots;
static char *bytes;
static size_t set_count, bytes_used;
static uint64_t lost;

static __thread struct pp_label_nest own_nest __attribute__((tls_model("initial-exec")));

static bool reserve(void)
{
    if (pp_load_acquire(&sets)) {
        return true;
    }
    size_t set_bytes = SETS * sizeof(*sets), slot_bytes = SLOTS * sizeof(*slots);
    char *all = pp_sys_reserve(set_bytes + slot_bytes + BYTES);
    if (!all) {
        return false;
    }
    slots = (uint32_t *)(void *)(all + set_bytes);
    bytes = all + set_bytes + slot_bytes;
    set_count = 1;
    pp_store_release(&sets, (struct pp_label_set *)(void *)all);
    return true;
}

/* ---- a set under construction ---- */

struct draft {
    struct pprof_label_pair pairs[PAIRS_MAX];
    size_t count;
};

/* Puts a pair at its sorted place, over an older one of the same key. False when full. */
static bool draft_put(struct draft *draft, const struct pprof_label_pair *pair)
{
    size_t at = 0;
    int order = 1;
    while (at < draft->count && (order = strcmp(draft->pairs[at].key, pair->key)) < 0) {
        at++;
    }
    if (at < draft->count && order == 0) {
        draft->pairs[at].value = pair->value;
        return true;
    }
    if (draft->count == PAIRS_MAX) {
        return false;
    }
    memmove(draft->pairs + at + 1, draft->pairs + at, (draft->count - at) * sizeof(*pair));
    draft->pairs[at] = *pair;
    draft->count++;
    return true;
}

static bool draft_fill(struct draft *draft, uint32_t base, const struct pprof_label_pair *pairs,
                       size_t count)
{
    struct pp_label_set old = pp_label_set_get_sig(base);
    memcpy(draft->pairs, old.pairs, old.count * sizeof(*old.pairs));
    draft->count = old.count;
    for (size_t i = 0; i < count; i++) {
        if (!pairs[i].key || !pairs[i].value || !draft_put(draft, &pairs[i])) {
            return false;
        }
    }
    return true;
}

static uint64_t draft_hash(const struct draft *draft)
{
    uint64_t hash = draft->count;
    for (size_t i = 0; i < draft->count; i++) {
        const struct pprof_label_pair *pair = &draft->pairs[i];
        hash = pp_hash_u64(hash ^ pp_hash_bytes(pair->key, strlen(pair->key)));
        hash = pp_hash_u64(hash + pp_hash_bytes(pair->value, strlen(pair->value)));
    }
    return hash;
}

static bool draft_equals(const struct draft *draft, struct pp_label_set set)
{
    if (set.count != draft->count) {
        return false;
    }
    for (size_t i = 0; i < set.count; i++) {
        if (strcmp(set.pairs[i].key, draft->pairs[i].key) != 0 ||
            strcmp(set.pairs[i].value, draft->pairs[i].value) != 0) {
            return false;
        }
    }
    return true;
}

/* ---- the table, under the lock ---- */

static size_t draft_bytes(const struct draft *draft)
{
    size_t need = draft->count * sizeof(draft->pairs[0]) + 16;
    for (size_t i = 0; i < draft->count; i++) {
        size_t texts = strlen(draft->pairs[i].key) + strlen(draft->pairs[i].value) + 2;
        if (__builtin_add_overflow(need, texts, &need)) {
            return SIZE_MAX;
        }
    }
    return need;
}

static const char *keep_text(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = bytes + bytes_used;
    memcpy(copy, text, size);
    bytes_used += size;
    return copy;
}

static bool add_set(const struct draft *draft, uint32_t *id)
{
    if (set_count == SETS || draft_bytes(draft) > BYTES - bytes_used) {
        return false;
    }
    bytes_used = (bytes_used + 7) & ~(size_t)7;
    struct pprof_label_pair *pairs = (struct pprof_label_pair *)(void *)(bytes + bytes_used);
    bytes_used += draft->count * sizeof(*pairs);
    for (size_t i = 0; i < draft->count; i++) {
        pairs[i].key = keep_text(draft->pairs[i].key);
        pairs[i].value = keep_text(draft->pairs[i].value);
    }
    *id = (uint32_t)set_count;
    sets[set_count++] = (struct pp_label_set){ pairs, draft->count };
    return true;
}

static bool intern(const struct draft *draft, uint32_t *id)
{
    size_t at = draft_hash(draft) & (SLOTS - 1);
    for (; slots[at]; at = (at + 1) & (SLOTS - 1)) {
        if (draft_equals(draft, sets[slots[at] - 1])) {
            *id = slots[at] - 1;
            return true;
        }
    }
    if (!add_set(draft, id)) {
        return false;
    }
    slots[at] = *id + 1;
    return true;
}

/* ---- the interface ---- */

uint32_t pp_label_current_sig(void)
{
    return pp_self.label_set;
}

struct pp_label_set pp_label_set_get_sig(uint32_t id)
{
    static const struct pprof_label_pair none[1];
    const struct pp_label_set *all = pp_load_acquire(&sets);
    return all && id && id < SETS ? all[id] : (struct pp_label_set){ none, 0 };
}

uint32_t pp_label_set_extend(uint32_t base, const struct pprof_label_pair *pairs, size_t count,
                             bool *full)
{
    struct draft draft;
    uint32_t id = base;
    pp_self_enter();
    pp_unwind_lock(&lock);
    bool good = reserve() && draft_fill(&draft, base, pairs, count) &&
                (draft.count == 0 || intern(&draft, &id));
    lost += !good;
    pp_unwind_unlock(&lock);
    pp_self_leave();
    if (full) {
        *full = !good;
    }
    return good ? id : base;
}

static void set_current(uint32_t id)
{
    pp_self.label_set = id;
    if (pp_self.thread) {
        pp_store_relaxed(&pp_self.thread->label_set, id);
    }
}

static struct pp_label_nest *current_nest(void)
{
    return pp_self.label_nest ? pp_self.label_nest : &own_nest;
}

PPROF_API int pprof_labels_push(const struct pprof_label_pair *labels, size_t count)
{
    struct pp_label_nest *nest = current_nest();
    uint32_t depth = nest->depth++;
    if (depth >= PP_LABEL_DEPTH_MAX) {
        return PPROF_ERR_LIMIT;
    }
    nest->saved[depth] = pp_self.label_set;
    if (count && !labels) {
        return PPROF_ERR_INVALID;
    }
    bool full = false;
    uint32_t id = pp_label_set_extend(pp_self.label_set, labels, count, &full);
    set_current(id);
    return full ? PPROF_ERR_LIMIT : 0;
}

PPROF_API void pprof_labels_pop(void)
{
    struct pp_label_nest *nest = current_nest();
    if (nest->depth == 0) {
        return;
    }
    nest->depth--;
    if (nest->depth < PP_LABEL_DEPTH_MAX) {
        set_current(nest->saved[nest->depth]);
    }
}

void pp_label_stats(struct pp_label_stats *stats)
{
    pp_unwind_lock(&lock);
    *stats = (struct pp_label_stats){ set_count, SETS, bytes_used, BYTES, lost };
    pp_unwind_unlock(&lock);
}

void pp_label_after_fork(void)
{
    lock = 0;
}
