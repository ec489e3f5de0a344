/* Names for pcs: one symbol index a module, over its mapped file, made when first asked for.
 *
 * A file that was replaced since it was mapped would give wrong names, which is worse than none:
 * the build id in memory must be the file's, else the dynamic symbols in memory must do. The vdso
 * has no file; its image in memory is one. */
#include "runtime/unwind/module_private.h"

#include "base/atomic.h"
#include "elf/symindex.h"
#include "runtime/unwind/lock.h"

#include <string.h>

enum { NAMES_CAP_BYTES = 256 << 20 };

struct pp_module_names {
    struct pp_module_names *next;
    const struct pp_module *module; /* the first for which it was made */
    struct pp_elf elf;
    struct pp_symindex *index; /* NULL: the module has no names that can be trusted */
};

static struct pp_arena arena = { .cap_bytes = NAMES_CAP_BYTES };
static struct pp_module_names *all;
static uint32_t lock;

static bool has_its_id(const struct pp_module *module, const struct pp_elf *elf)
{
    unsigned char id[PP_BUILD_ID_MAX];
    char hex[2 * PP_BUILD_ID_MAX + 1];
    pp_build_id_hex(id, pp_elf_build_id(elf, id), hex);
    return strcmp(hex, module->build_id) == 0;
}

static bool is_trusted(const struct pp_module *module, const struct pp_elf *elf)
{
    return has_its_id(module, elf) && (module->build_id[0] || !module->is_deleted);
}

/* qemu-user shows itself as the thread's file, and the program as the process's. */
static int open_program(const struct pp_module *module, struct pp_elf *elf)
{
    int result = pp_elf_open(PP_SYS_OWN("exe"), elf, NULL);
    if (result == 0 && has_its_id(module, elf)) {
        return 0;
    }
    if (result == 0) {
        pp_elf_close(elf);
    }
    return pp_elf_open("/proc/self/exe", elf, NULL);
}

/* The kernel maps the vdso's image whole, and no further than its last page. */
static int open_vdso(const struct pp_module *module, struct pp_elf *elf)
{
    const void *image = (const void *)module->bias;
    return pp_elf_from_memory(image, module->text_limit - module->bias, elf, NULL);
}

static int open_file(const struct pp_module *module, struct pp_elf *elf)
{
    if (!strcmp(module->path, "[vdso]")) {
        return open_vdso(module, elf);
    }
    if (module->is_program) {
        return open_program(module, elf);
    }
    int result = pp_elf_open(module->path, elf, NULL);
    if (result == 0 && !is_trusted(module, elf)) {
        pp_elf_close(elf);
        return PPROF_ERR_NOTFOUND;
    }
    return result;
}

static struct pp_module_names *make_names(const struct pp_module *module)
{
    struct pp_module_names *names = pp_arena_alloc(&arena, sizeof(*names));
    if (!names) {
        return NULL;
    }
    names->module = module;
    if ((open_file(module, &names->elf) == 0 ||
         pp_module_image(module, &arena, &names->elf) == 0) &&
        pp_symindex_new(&arena, &names->elf, &names->index, NULL) != 0) {
        names->index = NULL;
    }
    names->next = all;
    all = names;
    return names;
}

/* A library that was loaded before, perhaps elsewhere, keeps its index. */
static struct pp_module_names *find_names(const struct pp_module *module)
{
    for (struct pp_module_names *names = all; names; names = names->next) {
        if (!strcmp(names->module->path, module->path) &&
            !strcmp(names->module->build_id, module->build_id) &&
            (module->build_id[0] || names->module == module)) {
            return names;
        }
    }
    return NULL;
}

static const struct pp_module_names *get_names(const struct pp_module *module)
{
    /* The array is const to its readers; this slot is the room's own. */
    struct pp_module_names **slot = (struct pp_module_names **)(uintptr_t)&module->names;
    struct pp_module_names *names = pp_load_acquire(slot);
    if (names) {
        return names;
    }
    pp_unwind_lock(&lock);
    names = find_names(module);
    names = names ? names : make_names(module);
    if (names) {
        pp_store_release(slot, names);
    }
    pp_unwind_unlock(&lock);
    return names;
}

bool pp_module_symbol(uintptr_t pc, const char **name, uintptr_t *entry)
{
    const struct pp_module *module = pp_module_find_sig(pc);
    const struct pp_module_names *names = module ? get_names(module) : NULL;
    struct pp_symbol symbol;
    if (!names || !names->index ||
        !pp_symindex_find(names->index, pc - module->bias, &symbol)) {
        return false;
    }
    *name = symbol.name;
    *entry = symbol.address + module->bias;
    return true;
}

void pp_module_symbol_fork_child(void)
{
    pp_store(&lock, 0);
}
