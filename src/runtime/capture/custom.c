#include "runtime/capture/custom.h"

#include "base/sys.h"
#include "base/table.h"
#include "pprof/pprof.h"
#include "runtime/capture/caller.h"
#include "runtime/capture/self.h"
#include "runtime/unwind/lock.h"

#include <string.h>

enum { PROFILE_MAX = 64, NAME_MAX_BYTES = 63 };
#ifdef PPROF_SMALL
enum { VALUE_MAX = 8 };
#else
enum { VALUE_MAX = 65536 };
#endif
enum { SLOT_COUNT = VALUE_MAX * 2, SLOT_MASK = SLOT_COUNT - 1 };

struct slot {
    const void *value;
    uint64_t stack; /* id + 1; 0: the slot is empty */
};

struct pprof_custom {
    char name[NAME_MAX_BYTES + 1];
    struct pp_kind kind;
    uint32_t lock; /* guards slots and count */
    size_t count;  /* also read without the lock */
    struct slot *slots; /* SLOT_COUNT of them */
};

static struct pprof_custom profiles[PROFILE_MAX];
static uint32_t profile_count; /* entries below are complete */
static uint32_t names_lock;    /* guards adding; rank above the tables' locks */
static uint64_t lost;

/* ---- the table of one profile: linear probing, deletion by moving back ---------------------- */

static size_t home_of(const void *value)
{
    return (size_t)pp_hash_u64((uintptr_t)value) & SLOT_MASK;
}

/* The slot that holds value, or the empty one where it belongs. */
static struct slot *find_slot(const struct pprof_custom *custom, const void *value)
{
    size_t at = home_of(value);
    while (custom->slots[at].stack && custom->slots[at].value != value) {
        at = (at + 1) & SLOT_MASK;
    }
    return &custom->slots[at];
}

static int insert(struct pprof_custom *custom, const void *value, pp_stack_id stack)
{
    struct slot *slot = find_slot(custom, value);
    if (slot->stack) {
        return PPROF_ERR_EXISTS;
    }
    if (custom->count == VALUE_MAX) {
        pp_add_relaxed(&lost, 1);
        return PPROF_ERR_LIMIT;
    }
    *slot = (struct slot){ value, (uint64_t)stack + 1 };
    pp_store_relaxed(&custom->count, custom->count + 1);
    return 0;
}

/* Empties slot `hole` and moves back each follower that its home allows to. */
static void close_hole(struct slot *slots, size_t hole)
{
    for (size_t at = (hole + 1) & SLOT_MASK; slots[at].stack; at = (at + 1) & SLOT_MASK) {
        size_t distance = (at - home_of(slots[at].value)) & SLOT_MASK;
        if (distance >= ((at - hole) & SLOT_MASK)) {
            slots[hole] = slots[at];
            hole = at;
        }
    }
    slots[hole].stack = 0;
}

static void erase(struct pprof_custom *custom, const void *value)
{
    struct slot *slot = find_slot(custom, value);
    if (slot->stack) {
        close_hole(custom->slots, (size_t)(slot - custom->slots));
        pp_store_relaxed(&custom->count, custom->count - 1);
    }
}

/* ---- the row of the kind table -------------------------------------------------------------- */

static int collect(const struct pp_kind *kind, struct pp_snapshot *snapshot,
                   struct pprof_error *error)
{
    struct pprof_custom *custom = kind->ctx;
    int failed = 0;
    (void)error;
    snapshot->time_ns = pp_sys_wall_ns();
    snapshot->period = 1;
    pp_unwind_lock(&custom->lock);
    for (size_t i = 0; i < SLOT_COUNT && custom->count && !failed; i++) {
        const struct slot *slot = &custom->slots[i];
        if (slot->stack) {
            struct pp_record record = { .stack = (pp_stack_id)(slot->stack - 1),
                                        .values = { 1 },
                                        .raw = { 1 } };
            failed = pp_snapshot_add(snapshot, &record);
        }
    }
    pp_unwind_unlock(&custom->lock);
    return failed;
}

static int64_t count_values(const struct pp_kind *kind)
{
    const struct pprof_custom *custom = kind->ctx;
    return (int64_t)pp_load_relaxed(&custom->count);
}

static struct pp_kind make_kind(struct pprof_custom *custom)
{
    return (struct pp_kind){
        .name = custom->name,
        .description = "What the program has open under this name, by where it was opened",
        .values = { { custom->name, "count" } },
        .value_count = 1,
        .period = { custom->name, "count" },
        .collect = collect,
        .count = count_values,
        .leaf_is_return = true,
        .ctx = custom,
    };
}

size_t pp_custom_kinds(const struct pp_kind **kinds, size_t cap)
{
    size_t count = pp_load_acquire(&profile_count);
    if (count > cap) {
        count = cap;
    }
    for (size_t i = 0; i < count; i++) {
        kinds[i] = &profiles[i].kind;
    }
    return count;
}

void pp_custom_stats(struct pp_custom_stats *stats)
{
    *stats = (struct pp_custom_stats){ .profiles = pp_load_acquire(&profile_count),
                                       .lost = pp_load_relaxed(&lost) };
    for (size_t i = 0; i < stats->profiles; i++) {
        stats->values += pp_load_relaxed(&profiles[i].count);
        stats->bytes_reserved += SLOT_COUNT * sizeof(struct slot);
    }
}

void pp_custom_before_fork(void)
{
    pp_unwind_lock(&names_lock);
    for (size_t i = 0; i < profile_count; i++) {
        pp_unwind_lock(&profiles[i].lock);
    }
}

void pp_custom_after_fork(void)
{
    for (size_t i = 0; i < profile_count; i++) {
        pp_unwind_unlock(&profiles[i].lock);
    }
    pp_unwind_unlock(&names_lock);
}

/* ---- the public face ------------------------------------------------------------------------ */

static bool is_name(const char *name)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
    size_t len = name ? strlen(name) : 0;
    return len > 0 && len <= NAME_MAX_BYTES && strspn(name, allowed) == len;
}

/* Names of endpoints that are no kinds: a profile of that name could never be asked for. */
static bool is_reserved(const char *name)
{
    static const char *const reserved[] = { "cmdline", "memory", "metrics", "profile",
                                            "self",    "symbol", "trace", "wall" };
    for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
        if (strcmp(name, reserved[i]) == 0) {
            return true;
        }
    }
    return false;
}

static struct pprof_custom *make_profile(const char *name)
{
    if (profile_count == PROFILE_MAX || is_reserved(name) || pp_kind_find(name)) {
        return NULL;
    }
    struct pprof_custom *custom = &profiles[profile_count];
    custom->slots = pp_sys_reserve(SLOT_COUNT * sizeof(struct slot));
    if (!custom->slots) {
        return NULL;
    }
    memcpy(custom->name, name, strlen(name));
    custom->kind = make_kind(custom);
    pp_store_release(&profile_count, profile_count + 1);
    return custom;
}

struct pprof_custom *pprof_custom_new(const char *name)
{
    if (!is_name(name)) {
        return NULL;
    }
    pp_self_enter();
    pp_unwind_lock(&names_lock);
    struct pprof_custom *custom = make_profile(name);
    pp_unwind_unlock(&names_lock);
    pp_self_leave();
    return custom;
}

struct pprof_custom *pprof_custom_find(const char *name)
{
    size_t count = pp_load_acquire(&profile_count);
    for (size_t i = 0; name && i < count; i++) {
        if (strcmp(profiles[i].name, name) == 0) {
            return &profiles[i];
        }
    }
    return NULL;
}

int pprof_custom_add(struct pprof_custom *custom, const void *value, int skip)
{
    if (!custom || skip < 0) {
        return PPROF_ERR_INVALID;
    }
    if (!pp_load_relaxed(&pp_enabled)) {
        return PPROF_ERR_OFF;
    }
    pp_self_enter();
    pp_stack_id stack = pp_caller_stack_sig(skip, 0);
    pp_unwind_lock(&custom->lock);
    int result = insert(custom, value, stack);
    pp_unwind_unlock(&custom->lock);
    pp_self_leave();
    return result;
}

void pprof_custom_remove(struct pprof_custom *custom, const void *value)
{
    if (!custom) {
        return;
    }
    pp_self_enter();
    pp_unwind_lock(&custom->lock);
    erase(custom, value);
    pp_unwind_unlock(&custom->lock);
    pp_self_leave();
}

size_t pprof_custom_count(const struct pprof_custom *custom)
{
    return custom ? pp_load_relaxed(&custom->count) : 0;
}
