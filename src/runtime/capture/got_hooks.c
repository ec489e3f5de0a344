/* The list of hooks, read from our own dynamic symbols. */
#include "runtime/capture/got_private.h"

#include "base/atomic.h"
#include "base/sys.h"
#include "base/table.h"
#include "pprof/error.h"
#include "runtime/capture/direct_hooks.h"
#include "runtime/capture/malloc_real.h"
#include "runtime/unwind/module.h"
#include "runtime/unwind/next.h"

#include <elf.h>
#include <link.h>
#include <string.h>

enum { SLOTS = 1024, HOOKS_MAX = SLOTS / 2 };

static struct pp_got_hook hooks[HOOKS_MAX];
static size_t count;
static uint16_t by_name[SLOTS]; /* index + 1 */

static const char *const malloc_names[] = {
    "malloc", "free", "calloc", "realloc", "reallocarray", "memalign", "aligned_alloc",
    "posix_memalign", "valloc", "pvalloc", "cfree", "free_sized", "free_aligned_sized",
};

static bool is_malloc_name(const char *name)
{
    for (size_t i = 0; i < sizeof(malloc_names) / sizeof(malloc_names[0]); i++) {
        if (strcmp(malloc_names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static uint16_t *place_of(const char *name)
{
    size_t at = pp_hash_bytes(name, strlen(name)) % SLOTS;
    while (by_name[at] && strcmp(hooks[by_name[at] - 1].name, name) != 0) {
        at = (at + 1) % SLOTS;
    }
    return &by_name[at];
}

const struct pp_got_hook *pp_got_hook_find(const char *name)
{
    uint16_t index = *place_of(name);
    return index ? &hooks[index - 1] : NULL;
}

const struct pp_got_hook *pp_got_hook_at(uintptr_t ours)
{
    for (size_t i = 0; i < count; i++) {
        if (hooks[i].ours == ours) {
            return &hooks[i];
        }
    }
    return NULL;
}

static void add(const char *name, uintptr_t ours, uintptr_t real, bool is_direct)
{
    const struct pp_module *owner = real ? pp_module_find_sig(real) : NULL;
    uint16_t *place = place_of(name);
    if (!owner || *place || count == HOOKS_MAX) {
        return;
    }
    hooks[count] = (struct pp_got_hook){ name, ours, real, owner->start, owner->limit,
                                         is_malloc_name(name), is_direct };
    *place = (uint16_t)++count;
}

/* Asking for a name that nobody has costs a microsecond, so a program over glibc's malloc is asked
 * for three. A pointer to the real function is set before any slot leads to us. */
static void add_direct(void)
{
    bool is_glibc;
    (void)pp_malloc_real_path(&is_glibc);
    if (is_glibc && !pp_next_symbol("mallocx") && !pp_next_symbol("tc_malloc") &&
        !pp_next_symbol("mi_malloc")) {
        return;
    }
    for (size_t i = 0; i < pp_direct_hook_count; i++) {
        const struct pp_direct_hook *hook = &pp_direct_hooks[i];
        void *real = pp_next_symbol(hook->name);
        if (real && pp_direct_is_wanted(hook->name, real)) {
            pp_store_release((void **)hook->real, real);
            add(hook->name, hook->ours, (uintptr_t)real, true);
        }
    }
}

static bool is_public(const char *name)
{
    return strncmp(name, "pprof_", 6) == 0 || strncmp(name, "go_", 3) == 0;
}

struct own {
    uintptr_t bias;
    const Elf64_Sym *symbols;
    const char *strings;
    const uint32_t *gnu_hash;
};

static void read_dynamic(struct own *own, const ElfW(Dyn) *dyn)
{
    for (; dyn->d_tag != DT_NULL; dyn++) {
        uintptr_t at = dyn->d_un.d_ptr < own->bias ? dyn->d_un.d_ptr + own->bias : dyn->d_un.d_ptr;
        if (dyn->d_tag == DT_SYMTAB) {
            own->symbols = (const Elf64_Sym *)at;
        } else if (dyn->d_tag == DT_STRTAB) {
            own->strings = (const char *)at;
        } else if (dyn->d_tag == DT_GNU_HASH) {
            own->gnu_hash = (const uint32_t *)at;
        }
    }
}

/* Behind the header { buckets, first symbol, filter words, shift } come the filter, the buckets and
 * one chain word for each defined symbol, whose lowest bit ends a chain. */
static void add_all(const struct own *own)
{
    const uint32_t *head = own->gnu_hash;
    const uint32_t *buckets = head + 4 + 2 * (size_t)head[2];
    const uint32_t *chains = buckets + head[0];
    for (uint32_t bucket = 0; bucket < head[0]; bucket++) {
        for (uint32_t i = buckets[bucket]; i >= head[1]; i++) {
            const Elf64_Sym *symbol = &own->symbols[i];
            const char *name = own->strings + symbol->st_name;
            if (ELF64_ST_TYPE(symbol->st_info) == STT_FUNC && !is_public(name)) {
                add(name, own->bias + symbol->st_value, (uintptr_t)pp_next_symbol(name), false);
            }
            if (chains[i - head[1]] & 1) {
                break;
            }
        }
    }
}

static int add_exported(void)
{
    const struct pp_module *us = pp_module_find_sig((uintptr_t)&pp_got_hooks_init);
    struct own own = { .bias = us ? us->bias : 0 };
    if (us && us->dynamic) {
        read_dynamic(&own, (const ElfW(Dyn) *)us->dynamic);
    }
    if (!own.symbols || !own.strings || !own.gnu_hash) {
        return PPROF_ERR_UNSUPPORTED;
    }
    add_all(&own);
    return count ? 0 : PPROF_ERR_UNSUPPORTED;
}

int pp_got_hooks_init(void)
{
    static bool done;
    int failed = done || !pp_next_is_late() ? 0 : add_exported();
    if (!done && !failed) {
        add_direct();
        done = true;
    }
    return failed;
}

size_t pp_got_hooks_count(void)
{
    return count;
}
