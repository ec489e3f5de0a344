/* Reading the module list from handlers: one acquire load, a bisection, and for pcs of modules that
 * were loaded since the last scan the loader's lock-free lookup (glibc 2.35 and later). */
#include "runtime/unwind/module_private.h"

#include "base/atomic.h"

/* As glibc's struct dl_find_object on 64-bit machines, declared here so that older headers do. */
struct found_object {
    unsigned long long flags;
    void *map_start, *map_end;
    void *link_map;
    void *eh_frame_hdr;
    unsigned long long reserved[7];
};

static const struct pp_modules empty;
static const struct pp_modules *current PP_HOT_DATA = &empty;
uint32_t pp_modules_stale PP_HOT_DATA;
uint32_t pp_modules_generation PP_HOT_DATA;
static int (*find_object)(void *pc, struct found_object *result);

void pp_modules_publish(const struct pp_modules *modules)
{
    pp_store_release(&current, modules);
    pp_add(&pp_modules_generation, 1);
}

PP_HOT const struct pp_modules *pp_modules_get_sig(void)
{
    return pp_load_acquire(&current);
}

void pp_modules_mark_stale_sig(void)
{
    pp_store(&pp_modules_stale, 1);
    pp_add(&pp_modules_generation, 1);
}

PP_HOT bool pp_modules_is_stale_sig(void)
{
    return pp_load_acquire(&pp_modules_stale) != 0;
}

void pp_modules_clear_stale(void)
{
    pp_store(&pp_modules_stale, 0);
}

PP_HOT uint32_t pp_modules_generation_sig(void)
{
    return pp_load_acquire(&pp_modules_generation);
}

void pp_module_set_lookup(void *function)
{
    __builtin_memcpy(&find_object, &function, sizeof(function));
}

const struct pp_module *pp_module_find_sig(uintptr_t pc)
{
    const struct pp_modules *modules = pp_modules_get_sig();
    size_t low = 0; /* modules below low start at or before pc */
    size_t high = modules->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (modules->items[middle].start <= pc) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == 0 || pc >= modules->items[low - 1].limit) {
        return NULL;
    }
    return &modules->items[low - 1];
}

static void set_section(struct pp_cfi_section *section, uintptr_t low, uintptr_t limit,
                        uintptr_t hdr)
{
    section->base = (const uint8_t *)low;
    section->limit = (const uint8_t *)limit;
    section->address = low;
    section->hdr = hdr;
}

static bool ask_loader(uintptr_t pc, struct found_object *object)
{
    return find_object && find_object((void *)pc, object) == 0;
}

bool pp_module_cfi_sig(uintptr_t pc, struct pp_cfi_section *section)
{
    const struct pp_module *module = pp_module_find_sig(pc);
    bool trusted = module && (!pp_modules_is_stale_sig() || !find_object);
    if (trusted) {
        set_section(section, module->eh_low, module->eh_limit, (uintptr_t)module->eh_frame_hdr);
        return module->eh_frame_hdr != NULL;
    }
    struct found_object object;
    if (!ask_loader(pc, &object) || !object.eh_frame_hdr) {
        return false;
    }
    set_section(section, (uintptr_t)object.map_start, (uintptr_t)object.map_end,
                (uintptr_t)object.eh_frame_hdr);
    return true;
}

bool pp_module_confirm_sig(const struct pp_module *module, uintptr_t pc)
{
    struct found_object object;
    return !find_object ||
           (ask_loader(pc, &object) && object.eh_frame_hdr == (const void *)module->eh_frame_hdr);
}

/* The loader speaks for whole modules, data included: of those in the list, the list knows
 * better. */
static bool is_listed(const struct found_object *object)
{
    const struct pp_modules *modules = pp_modules_get_sig();
    for (size_t i = 0; i < modules->count; i++) {
        if (modules->items[i].start >= (uintptr_t)object->map_start &&
            modules->items[i].start < (uintptr_t)object->map_end) {
            return true;
        }
    }
    return false;
}

bool pp_module_holds_sig(uintptr_t pc)
{
    struct found_object object;
    return pp_module_find_sig(pc) || (ask_loader(pc, &object) && !is_listed(&object));
}
