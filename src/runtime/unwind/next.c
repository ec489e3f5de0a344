#include "runtime/unwind/next.h"

#include "base/atomic.h"

#include <dlfcn.h>
#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

extern const char __ehdr_start[] __attribute__((visibility("hidden")));
extern const char _end[] __attribute__((visibility("hidden")));

static bool late;

/* Weak: musl has none, and its loader would refuse us, and so the program. */
extern void *dlvsym(void *handle, const char *name, const char *version) __attribute__((weak));

/* Positions in the loader's order, from 1; 0: not met. */
struct order {
    uintptr_t us, libc;
    size_t count, us_at, libc_at;
};

static bool holds(const struct dl_phdr_info *info, uintptr_t address)
{
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
        if (ph->p_type == PT_LOAD && address - (info->dlpi_addr + ph->p_vaddr) < ph->p_memsz) {
            return true;
        }
    }
    return false;
}

static int visit(struct dl_phdr_info *info, size_t size, void *ctx)
{
    struct order *order = ctx;
    (void)size;
    order->count++;
    order->us_at = holds(info, order->us) ? order->count : order->us_at;
    order->libc_at = holds(info, order->libc) ? order->count : order->libc_at;
    return 0;
}

void pp_next_find_place(void)
{
    struct order order = { .us = (uintptr_t)&late,
                           .libc = (uintptr_t)dlsym(RTLD_DEFAULT, "__libc_start_main") };
    dl_iterate_phdr(visit, &order);
    pp_store_release(&late, order.libc && order.libc_at && order.libc_at < order.us_at);
}

bool pp_next_is_late(void)
{
    return pp_load_acquire(&late);
}

static bool is_ours(const void *function)
{
    uintptr_t start = (uintptr_t)__ehdr_start;
    return (uintptr_t)function - start < (uintptr_t)_end - start;
}

/* In libpprof.a: libc's functions that the link was told to wrap (cmake/archive.sh); the others are
 * NULL there. A name of NULL ends the table. */
struct wrapped_call {
    const char *name;
    void *function;
};
extern const struct wrapped_call pp_wrapped_calls[] __attribute__((weak, visibility("hidden")));

static void *find_wrapped(const char *name)
{
    const struct wrapped_call *call = pp_wrapped_calls;
    while (call && call->name && strcmp(call->name, name) != 0) {
        call++;
    }
    return call ? call->function : NULL;
}

void *pp_next_symbol(const char *name)
{
    void *wrapped = find_wrapped(name);
    if (wrapped) {
        return wrapped;
    }
    if (!pp_next_is_late()) {
        return dlsym(RTLD_NEXT, name);
    }
    void *found = dlsym(RTLD_DEFAULT, name);
    return is_ours(found) ? NULL : found;
}

void *pp_next_version(const char *name, const char *version)
{
    void *wrapped = find_wrapped(name);
    if (wrapped) {
        return wrapped;
    }
    if (!dlvsym) {
        return NULL;
    }
    if (!pp_next_is_late()) {
        return dlvsym(RTLD_NEXT, name, version);
    }
    void *found = dlvsym(RTLD_DEFAULT, name, version);
    return is_ours(found) ? NULL : found;
}

void pp_next_bind(void *where, const char *name)
{
    void *found = pp_next_symbol(name);
    if (found) {
        pp_store_release((void **)where, found);
    }
}
