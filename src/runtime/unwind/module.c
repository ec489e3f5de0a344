/* The scan: asks the loader for its list, the kernel for the files' real names, sorts, publishes.
 *
 *   dl_iterate_phdr -> segments, bias, build id, .eh_frame_hdr      /proc/self/maps -> paths
 *
 * One refresh at a time (a futex lock: the program's mutex functions are hooked). Arrays and paths
 * are never freed, since readers hold no lock; their sum is capped, and beyond the cap the list
 * stays as it was and pcs of newer modules go through the loader's lookup. */
#include "base/sort_in_place.h"
#include "runtime/unwind/module_private.h"

#include "base/arena.h"
#include "base/atomic.h"
#include "base/sys.h"
#include "elf/elf_file.h"
#include "pprof/error.h"
#include "runtime/unwind/lock.h"
#include "runtime/unwind/rows.h"
#include "runtime/unwind/vma.h"

#include <dlfcn.h>
#include <link.h>
#include <string.h>
#include <sys/auxv.h>

enum { LIST_CAP_BYTES = 16 << 20, MODULES_MAX = 8192 };

static struct pp_arena arena = { .cap_bytes = LIST_CAP_BYTES };
static uint32_t lock;
static unsigned long long seen_adds, seen_subs;

/* Rows ever built, for modules that come back. */
struct built {
    struct built *next;
    const char *build_id; /* of the module for which they were built; arrays are never freed */
    size_t size;
    struct pp_unwind_rows *rows;
};

static struct built *all_built;

struct scan {
    struct pp_arena scratch; /* the list under construction, and the loader's names */
    struct pp_module *items;
    size_t count, cap;
    uintptr_t vdso, loader;
    unsigned long long adds, subs;
};

static bool segment_holds(const ElfW(Phdr) *ph, uintptr_t bias, uintptr_t address)
{
    return ph->p_type == PT_LOAD && (ph->p_flags & PF_R) &&
           address - (bias + ph->p_vaddr) < ph->p_memsz;
}

static const ElfW(Phdr) *find_segment(const struct dl_phdr_info *info, uintptr_t address)
{
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        if (segment_holds(&info->dlpi_phdr[i], info->dlpi_addr, address)) {
            return &info->dlpi_phdr[i];
        }
    }
    return NULL;
}

static void note_text(struct pp_module *module, const ElfW(Phdr) *ph)
{
    uintptr_t start = module->bias + ph->p_vaddr;
    uintptr_t limit = start + ph->p_memsz;
    if (module->start == 0 || start < module->start) {
        module->start = start;
    }
    if (limit > module->limit) {
        module->limit = limit;
    }
    if (module->text_limit == 0) {
        module->text_start = pp_sys_page_down(start);
        module->text_limit = pp_sys_page_up(start + ph->p_filesz);
        module->text_offset = ph->p_offset - (start - pp_sys_page_down(start));
    }
}

static void note_frames(struct pp_module *module, const struct dl_phdr_info *info,
                        const ElfW(Phdr) *ph)
{
    uintptr_t hdr = module->bias + ph->p_vaddr;
    const ElfW(Phdr) *load = find_segment(info, hdr);
    if (!load) {
        return;
    }
    module->eh_low = module->bias + load->p_vaddr;
    module->eh_limit = module->eh_low + load->p_memsz;
    if (ph->p_memsz <= module->eh_limit - hdr) {
        module->eh_frame_hdr = (const unsigned char *)hdr;
        module->eh_frame_hdr_size = ph->p_memsz;
    }
}

/* One PT_NOTE in memory: a run of { name size, size, type, name, bytes }, each padded to 4. */
static void note_build_id(struct pp_module *module, const struct dl_phdr_info *info,
                          const ElfW(Phdr) *ph)
{
    uintptr_t at = module->bias + ph->p_vaddr;
    const ElfW(Phdr) *load = find_segment(info, at);
    size_t left = ph->p_memsz;
    if (!load || left > module->bias + load->p_vaddr + load->p_memsz - at || (at & 3)) {
        return;
    }
    while (left >= sizeof(ElfW(Nhdr))) {
        const ElfW(Nhdr) *note = (const ElfW(Nhdr) *)at;
        size_t name = ((size_t)note->n_namesz + 3) & ~(size_t)3;
        size_t desc = ((size_t)note->n_descsz + 3) & ~(size_t)3;
        size_t size = sizeof(*note) + name + desc;
        const unsigned char *text = (const unsigned char *)(note + 1);
        if (size > left) {
            return;
        }
        if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 && !memcmp(text, "GNU", 4) &&
            note->n_descsz <= PP_BUILD_ID_MAX) {
            pp_build_id_hex(text + name, note->n_descsz, module->build_id);
            return;
        }
        at += size;
        left -= size;
    }
}

static void note_segments(struct pp_module *module, const struct dl_phdr_info *info)
{
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
        if (ph->p_type == PT_LOAD && (ph->p_flags & PF_X)) {
            note_text(module, ph);
        } else if (ph->p_type == PT_GNU_EH_FRAME) {
            note_frames(module, info, ph);
        } else if (ph->p_type == PT_DYNAMIC) {
            module->dynamic = module->bias + ph->p_vaddr;
        } else if (ph->p_type == PT_NOTE && !module->build_id[0]) {
            note_build_id(module, info, ph);
        }
    }
}

static int visit(struct dl_phdr_info *info, size_t size, void *ctx)
{
    struct scan *scan = ctx;
    struct pp_module module = { .bias = info->dlpi_addr };
    (void)size;
    scan->adds = info->dlpi_adds;
    scan->subs = info->dlpi_subs;
    note_segments(&module, info);
    if (module.limit == 0 || scan->count == MODULES_MAX) {
        return 0;
    }
    bool is_vdso = scan->vdso && find_segment(info, scan->vdso);
    const char *name = is_vdso ? "[vdso]" : info->dlpi_name ? info->dlpi_name : "";
    module.is_loader = scan->loader && module.bias == scan->loader;
    module.is_program = !is_vdso && scan->count == 0 && name[0] == '\0';
    module.path = pp_arena_strndup(&scan->scratch, name, strlen(name));
    if (!module.path || pp_arena_reserve(&scan->scratch, &scan->items, &scan->cap, scan->count,
                                         sizeof(module)) != 0) {
        return 1;
    }
    scan->items[scan->count++] = module;
    return 0;
}

/* How often the loader has added and removed modules so far. */
static int read_counts(struct dl_phdr_info *info, size_t size, void *ctx)
{
    struct scan *scan = ctx;
    (void)size;
    scan->adds = info->dlpi_adds;
    scan->subs = info->dlpi_subs;
    return 1;
}

static bool starts_before(const struct pp_module *a, const struct pp_module *b)
{
    return a->start < b->start;
}

PP_SORT_IN_PLACE(sort_by_start, struct pp_module, starts_before)

/* --- names: what the kernel says is mapped, which is absolute and follows renames --- */

static void set_path(struct scan *scan, struct pp_module *module, const char *path, size_t len)
{
    static const char suffix[] = " (deleted)";
    size_t tail = sizeof(suffix) - 1;
    if (len > tail && !memcmp(path + len - tail, suffix, tail)) {
        module->is_deleted = true;
        len -= tail;
    }
    char *copy = len ? pp_arena_strndup(&scan->scratch, path, len) : NULL;
    module->path = copy ? copy : module->path;
}

static int name_modules(void *ctx, const struct pp_vma *vma)
{
    struct scan *scan = ctx;
    for (size_t i = 0; i < scan->count && vma->name[0] == '/'; i++) {
        struct pp_module *module = &scan->items[i];
        if (module->text_start >= vma->start && module->text_start < vma->limit) {
            set_path(scan, module, vma->name, strlen(vma->name));
        }
    }
    return 0;
}

/* The program itself has no name in the loader's list; used when the maps cannot be read. */
static void name_program(struct scan *scan)
{
    for (size_t i = 0; i < scan->count; i++) {
        if (scan->items[i].path[0] == '\0') {
            scan->items[i].path = PP_SYS_OWN("exe");
        }
    }
}

/* --- publishing --- */

static bool is_same(const struct pp_module *a, const struct pp_module *b)
{
    return a->start == b->start && a->limit == b->limit && a->bias == b->bias &&
           a->eh_frame_hdr == b->eh_frame_hdr && !strcmp(a->build_id, b->build_id) &&
           !strcmp(a->path, b->path);
}

static const struct pp_module *find_same(const struct pp_modules *modules,
                                         const struct pp_module *wanted)
{
    for (size_t i = 0; i < modules->count; i++) {
        if (is_same(&modules->items[i], wanted)) {
            return &modules->items[i];
        }
    }
    return NULL;
}

/* Takes over what the old list had for the module, or copies its path to stay. */
static bool settle(const struct pp_modules *old, struct pp_module *module)
{
    const struct pp_module *same = find_same(old, module);
    if (same) {
        module->path = same->path;
        module->rows = pp_load_acquire(&same->rows);
        module->names = pp_load_acquire(&same->names);
    } else {
        module->path = pp_arena_strndup(&arena, module->path, strlen(module->path));
    }
    return module->path != NULL;
}

static int publish(const struct scan *scan)
{
    const struct pp_modules *old = pp_modules_get_sig();
    struct pp_modules *fresh = pp_arena_alloc(&arena, sizeof(*fresh));
    struct pp_module *items = pp_arena_array(&arena, scan->count, sizeof(*items));
    if (!fresh || !items) {
        return PPROF_ERR_NOMEM;
    }
    memcpy(items, scan->items, scan->count * sizeof(*items));
    for (size_t i = 0; i < scan->count; i++) {
        if (!settle(old, &items[i])) {
            return PPROF_ERR_NOMEM;
        }
    }
    *fresh = (struct pp_modules){ scan->count, items };
    pp_modules_publish(fresh);
    return 0;
}

static int scan_modules(void)
{
    struct scan scan = { .vdso = getauxval(AT_SYSINFO_EHDR), .loader = getauxval(AT_BASE) };
    pp_arena_init(&scan.scratch, 0);
    dl_iterate_phdr(visit, &scan);
    sort_by_start(scan.items, scan.count);
    (void)pp_vma_each(&scan.scratch, false, name_modules, &scan);
    name_program(&scan);
    int result = publish(&scan);
    pp_arena_release(&scan.scratch);
    if (result == 0) {
        seen_adds = scan.adds;
        seen_subs = scan.subs;
    }
    return result;
}

static bool has_changed(void)
{
    struct scan scan = { .adds = 0 };
    dl_iterate_phdr(read_counts, &scan);
    return scan.adds != seen_adds || scan.subs != seen_subs;
}

int pp_modules_init(void)
{
    pp_unwind_lock(&lock);
    pp_module_set_lookup(dlsym(RTLD_DEFAULT, "_dl_find_object"));
    int result = scan_modules();
    pp_unwind_unlock(&lock);
    return result;
}

/* Rows of libraries that come and go would be built again and again: those of an earlier array with
 * the same build id and layout serve, since rows count from the module's start. */
static struct pp_unwind_rows *find_rows(const struct pp_module *module)
{
    for (struct built *at = all_built; at && module->build_id[0]; at = at->next) {
        if (!strcmp(at->build_id, module->build_id) &&
            at->size == module->limit - module->start) {
            return at->rows;
        }
    }
    return NULL;
}

static void keep_rows(const struct pp_module *module, struct pp_unwind_rows *rows)
{
    struct built *built = NULL;
    if (rows && module->build_id[0]) {
        built = pp_arena_alloc(&arena, sizeof(*built));
    }
    if (built) {
        *built = (struct built){ all_built, module->build_id, module->limit - module->start, rows };
        all_built = built;
    }
}

static void build_rows(void)
{
    const struct pp_modules *modules = pp_modules_get_sig();
    for (size_t i = 0; i < modules->count; i++) {
        /* The array is const to its readers; rows are filled in by this room. */
        struct pp_module *module = (struct pp_module *)(uintptr_t)&modules->items[i];
        if (module->rows || !module->eh_frame_hdr) {
            continue;
        }
        struct pp_unwind_rows *rows = find_rows(module);
        if (!rows) {
            rows = pp_rows_build(module);
            keep_rows(module, rows);
        }
        pp_store_release(&module->rows, rows);
    }
}

static void rescan(void)
{
    bool was_stale = pp_modules_is_stale_sig();
    pp_modules_clear_stale();
    if ((was_stale || has_changed()) && scan_modules() != 0) {
        pp_modules_mark_stale_sig();
    }
}

void pp_modules_rescan(void)
{
    pp_unwind_lock(&lock);
    rescan();
    pp_unwind_unlock(&lock);
}

void pp_modules_refresh(void)
{
    pp_unwind_lock(&lock);
    rescan();
    build_rows();
    pp_unwind_unlock(&lock);
}

void pp_modules_fork_child(void)
{
    pp_store(&lock, 0);
    pp_module_symbol_fork_child();
}
