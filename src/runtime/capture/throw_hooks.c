/* __cxa_throw: counts the throw and passes it on to the C++ runtime it belongs to.
 *
 * Usually that is the next definition in the loader's order. A program in C that dlopens a C++
 * module (python with an extension) has the runtime outside of that order: then it is looked for in
 * every loaded module. Where the runtime is linked into the program itself, nothing comes by here.
 */
#include "base/log.h"
#include "runtime/capture/exceptions.h"
#include "runtime/capture/thread_private.h"
#include "runtime/capture/wait_leave.h"
#include "runtime/unwind/next.h"

#include <link.h>
#include <stdlib.h>
#include <string.h>

/* What the ABI says of std::type_info: a table of functions, then the mangled name. */
struct type_info {
    const void *functions;
    const char *name;
};

typedef void throw_fn(void *object, struct type_info *type, void (*destroy)(void *));

static throw_fn *real_throw;
void (*pp_exception_thrown)(void);

void hook___cxa_throw(void *object, struct type_info *type, void (*destroy)(void *))
    PP_HOOK(__cxa_throw) __attribute__((noreturn));

/* ---- a runtime outside of the loader's order ---- */

struct dynamic {
    const ElfW(Sym) *symbols;
    const char *names;
    const uint32_t *gnu_hash;
};

static void read_dynamic(const struct dl_phdr_info *info, struct dynamic *dynamic)
{
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
        if (ph->p_type != PT_DYNAMIC) {
            continue;
        }
        for (const ElfW(Dyn) *d = (const void *)(info->dlpi_addr + ph->p_vaddr);
             d->d_tag != DT_NULL; d++) {
            uintptr_t p = d->d_un.d_ptr;
            p += p < info->dlpi_addr ? info->dlpi_addr : 0; /* the vdso's are not relocated */
            if (d->d_tag == DT_SYMTAB) {
                dynamic->symbols = (const void *)p;
            } else if (d->d_tag == DT_STRTAB) {
                dynamic->names = (const void *)p;
            } else if (d->d_tag == DT_GNU_HASH) {
                dynamic->gnu_hash = (const void *)p;
            }
        }
    }
}

static uint32_t gnu_hash(const char *name)
{
    uint32_t hash = 5381;
    for (; *name; name++) {
        hash = hash * 33 + (unsigned char)*name;
    }
    return hash;
}

/* table: bucket count, first symbol, bloom words, shift, bloom[], buckets[], chains[] */
static const ElfW(Sym) *find_symbol(const struct dynamic *dynamic, const char *name)
{
    const uint32_t *table = dynamic->gnu_hash;
    const uint32_t *buckets = table + 4 + table[2] * (sizeof(ElfW(Addr)) / sizeof(uint32_t));
    const uint32_t *chains = buckets + table[0];
    uint32_t hash = gnu_hash(name);
    uint32_t at = table[0] ? buckets[hash % table[0]] : 0;
    if (at < table[1] || at == 0) {
        return NULL;
    }
    for (;; at++) {
        uint32_t link = chains[at - table[1]];
        const ElfW(Sym) *symbol = &dynamic->symbols[at];
        if ((link | 1) == (hash | 1) && symbol->st_shndx != SHN_UNDEF &&
            strcmp(dynamic->names + symbol->st_name, name) == 0) {
            return symbol;
        }
        if (link & 1) {
            return NULL;
        }
    }
}

struct search {
    const char *name;
    void *found;
};

static int visit_module(struct dl_phdr_info *info, size_t size, void *arg)
{
    struct search *search = arg;
    struct dynamic dynamic = { NULL, NULL, NULL };
    (void)size;
    read_dynamic(info, &dynamic);
    if (!dynamic.symbols || !dynamic.names || !dynamic.gnu_hash) {
        return 0;
    }
    const ElfW(Sym) *symbol = find_symbol(&dynamic, search->name);
    uintptr_t address = symbol ? info->dlpi_addr + symbol->st_value : 0;
    if (!address || address == (uintptr_t)hook___cxa_throw) {
        return 0;
    }
    search->found = (void *)address;
    return 1;
}

void *pp_exception_runtime(const char *name)
{
    struct search search = { name, pp_next_symbol(name) };
    if (!search.found) {
        dl_iterate_phdr(visit_module, &search);
    }
    return search.found;
}

void hook___cxa_throw(void *object, struct type_info *type, void (*destroy)(void *))
{
    throw_fn *real = pp_load_acquire(&real_throw);
    if (!real) {
        pp_self_enter();
        real = (throw_fn *)pp_exception_runtime("__cxa_throw");
        pp_store_release(&real_throw, real);
        pp_self_leave();
    }
    if (!real) {
        pp_log("__cxa_throw: no C++ runtime is loaded");
        abort();
    }
    pp_waits_leave_sig();
    pp_exception_count(type && type->name ? type->name : "?");
    void (*thrown)(void) = pp_load_acquire(&pp_exception_thrown);
    if (thrown) {
        thrown();
    }
    real(object, type, destroy);
    __builtin_unreachable();
}
