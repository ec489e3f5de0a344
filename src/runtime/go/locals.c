/* Goroutine-local slots: an array in one page, mapped at the first set. */
#include "base/sys.h"
#include "runtime/go/sched_private.h"

#include <errno.h>

enum { ROUNDS = 4, BYTES = PP_GO_LOCALS * sizeof(void *) };

static struct {
    uint32_t count; /* atomic */
    void (*destroy[PP_GO_LOCALS])(void *value);
    uint32_t lock;
    void **free; /* arrays of ended goroutines; first word links */
} keys;

PPROF_API int go_local_new(void (*destroy)(void *value))
{
    pp_go_lock(&keys.lock);
    uint32_t key = keys.count;
    if (key < PP_GO_LOCALS) {
        keys.destroy[key] = destroy;
        pp_store_release(&keys.count, key + 1);
    }
    pp_go_unlock(&keys.lock);
    return key < PP_GO_LOCALS ? (int)key : -ENOSPC;
}

static void **take_array(void)
{
    pp_go_lock(&keys.lock);
    void **slots = keys.free;
    keys.free = slots ? (void **)slots[0] : NULL;
    pp_go_unlock(&keys.lock);
    if (slots) {
        slots[0] = NULL;
    }
    return slots ? slots : pp_sys_map(BYTES);
}

static bool is_key(int key)
{
    return key >= 0 && (uint32_t)key < pp_load_acquire(&keys.count);
}

PPROF_API void *go_local_get(int key)
{
    struct pp_g *g = pp_go_self();
    return is_key(key) && g->locals ? g->locals[key] : NULL;
}

PPROF_API int go_local_set(int key, void *value)
{
    struct pp_g *g = pp_go_self();
    if (!is_key(key)) {
        return -EINVAL;
    }
    if (!g->locals && !(g->locals = take_array())) {
        return -ENOMEM;
    }
    g->locals[key] = value;
    g->has_extras = true;
    return 0;
}

static bool destroy_once(void **slots)
{
    bool any = false;
    for (uint32_t i = 0; i < pp_load_acquire(&keys.count); i++) {
        void *value = slots[i];
        slots[i] = NULL;
        if (value && keys.destroy[i]) {
            keys.destroy[i](value);
            any = true;
        }
    }
    return any;
}

void pp_go_locals_end(struct pp_g *g)
{
    void **slots = g->locals;
    for (int i = 0; i < ROUNDS && destroy_once(slots); i++) {
    }
    for (int i = 0; i < PP_GO_LOCALS; i++) {
        slots[i] = NULL;
    }
    g->locals = NULL;
    pp_go_lock(&keys.lock);
    slots[0] = keys.free;
    keys.free = slots;
    pp_go_unlock(&keys.lock);
}

void pp_go_locals_after_fork(void)
{
    keys.lock = 0;
}
