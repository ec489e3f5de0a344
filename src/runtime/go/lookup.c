/* getaddrinfo, which nothing ends early: under an ambient context a goroutine of its own does it,
 * and a caller whose context ends leaves it behind. The functions are the program's: this library
 * asks for none that loads strangers into the process. */
#include "runtime/go/sched.h"

#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

struct lookup {
    go_lookup_fn *find;
    const char *node, *service; /* or NULL */
    const struct addrinfo *hints;
    struct addrinfo *list;
    int result, error; /* EAI_*; errno with EAI_SYSTEM */
};

struct apart {
    struct lookup lookup;
    struct addrinfo hints;
    void (*drop)(struct addrinfo *list);
    struct go_chan *done; /* closed when it is */
    uint32_t holders;     /* the caller and the goroutine; atomic */
    char names[];
};

static void find(void *arg)
{
    struct lookup *lookup = arg;
    lookup->result = lookup->find(lookup->node, lookup->service, lookup->hints, &lookup->list);
    lookup->error = errno;
}

static int tell(const struct lookup *lookup)
{
    errno = lookup->error;
    return lookup->result;
}

static int tell_error(int result)
{
    errno = -result;
    return EAI_SYSTEM;
}

static void let_go(struct apart *apart)
{
    pp_go_released(&apart->holders);
    if (pp_add(&apart->holders, UINT32_MAX) == 1) {
        pp_go_acquired(&apart->holders);
        if (apart->lookup.list) {
            apart->drop(apart->lookup.list);
        }
        go_chan_free(apart->done);
        free(apart);
    }
}

static void find_apart(void *arg)
{
    struct apart *apart = arg;
    go_name("getaddrinfo");
    go_block(find, &apart->lookup);
    (void)go_chan_close(apart->done);
    let_go(apart);
}

/* What the caller may take away while it goes on. */
static struct apart *copy(const struct lookup *from)
{
    size_t node = from->node ? strlen(from->node) + 1 : 0;
    size_t service = from->service ? strlen(from->service) + 1 : 0;
    struct apart *apart = malloc(sizeof(*apart) + node + service);
    if (!apart) {
        return NULL;
    }
    *apart = (struct apart){ .lookup = *from, .holders = 2 };
    apart->done = go_chan_new(0, 0);
    if (from->hints) {
        apart->hints = *from->hints;
        apart->lookup.hints = &apart->hints;
    }
    if (node) {
        apart->lookup.node = memcpy(apart->names, from->node, node);
    }
    if (service) {
        apart->lookup.service = memcpy(apart->names + node, from->service, service);
    }
    return apart;
}

static int wait_for(struct apart *apart, struct addrinfo **list)
{
    int ended = go_chan_recv(apart->done, NULL);
    int result;
    if (ended == GO_CLOSED) {
        result = tell(&apart->lookup);
        *list = apart->lookup.list;
        apart->lookup.list = NULL;
    } else {
        result = tell_error(ended);
    }
    let_go(apart);
    return result;
}

PPROF_API int go_lookup_with(go_lookup_fn *fn, void (*drop)(struct addrinfo *list),
                             const char *node, const char *service, const struct addrinfo *hints,
                             struct addrinfo **list)
{
    struct lookup lookup = { fn, node, service, hints, NULL, 0, 0 };
    int ended = go_context_error(go_context());
    if (ended) {
        return tell_error(ended);
    }
    if (!go_context()) {
        go_block(find, &lookup);
        *list = lookup.list;
        return tell(&lookup);
    }
    struct apart *apart = copy(&lookup);
    if (!apart) {
        return EAI_MEMORY;
    }
    apart->drop = drop;
    int failed = apart->done ? pp_go_start_then(find_apart, apart, NULL, NULL,
                                                (uintptr_t)__builtin_return_address(0))
                             : -ENOMEM;
    if (failed) {
        go_chan_free(apart->done);
        free(apart);
        return EAI_MEMORY;
    }
    return wait_for(apart, list);
}
