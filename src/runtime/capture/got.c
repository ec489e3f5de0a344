/* Slots: the walk over all modules' relocations, changing them and changing them back. The walk is
 * made inside dl_iterate_phdr, whose lock keeps modules from being unloaded meanwhile. */
#include "runtime/capture/got.h"

#include "base/atomic.h"
#include "base/sys.h"
#include "base/sys_reloc.h"
#include "base/table.h"
#include "pprof/error.h"
#include "runtime/capture/got_private.h"
#include "runtime/capture/thread.h"
#include "runtime/unwind/lock.h"
#include "runtime/unwind/module.h"
#include "runtime/unwind/next.h"

#include <link.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

/* ---- what slots held before ------------------------------------------------------------------ */

enum { NOTES = 1 << 15 }; /* 512 KiB of address space; a module has some 20 such slots */

struct note {
    uintptr_t slot, original;
};

static struct {
    uint32_t lock; /* guards all of this */
    bool on;
    struct note *notes; /* by hash of the slot; never removed, overwritten when used again */
    size_t note_count;
    struct pp_got_stats stats;
    uint32_t run; /* changes when a watching thread is to end */
} got;

/* The note of that slot, or the free one where it belongs; NULL when the table is full. */
static struct note *note_of(uintptr_t slot)
{
    size_t at = pp_hash_u64(slot) % NOTES;
    for (size_t i = 0; i < NOTES; i++, at = (at + 1) % NOTES) {
        if (got.notes[at].slot == slot || !got.notes[at].slot) {
            return &got.notes[at];
        }
    }
    return NULL;
}

static bool remember(uintptr_t slot, uintptr_t original)
{
    struct note *note = note_of(slot);
    if (!note || (!note->slot && got.note_count >= NOTES / 4 * 3)) {
        return false;
    }
    got.note_count += !note->slot;
    *note = (struct note){ slot, original };
    return true;
}

static uintptr_t original_of(uintptr_t slot, const struct pp_got_hook *hook)
{
    const struct note *note = note_of(slot);
    return note && note->slot ? note->original : hook->real;
}

/* ---- one module ------------------------------------------------------------------------------ */

struct scan {
    const struct pp_got_pages *pages;
    bool putting_back;
    struct pp_got_stats stats;
};

struct module {
    struct scan *scan;
    uintptr_t bias, code_low, code_limit;
    const ElfW(Sym) *symbols;
    const char *strings;
    const ElfW(Rela) *calls, *others;
    size_t call_count, other_count;
    uintptr_t relro_low, relro_limit;
    bool opened;      /* the relro pages are writable for the moment */
    bool own_malloc;  /* its malloc family does not lead where the program's does */
};

static void note_segment(struct module *module, const ElfW(Phdr) *ph)
{
    uintptr_t low = module->bias + ph->p_vaddr, limit = low + ph->p_memsz;
    if (ph->p_type == PT_GNU_RELRO) {
        module->relro_low = pp_sys_page_down(low);
        module->relro_limit = pp_sys_page_down(limit);
    } else if (ph->p_type == PT_LOAD && (ph->p_flags & PF_X)) {
        module->code_low = module->code_low && module->code_low < low ? module->code_low : low;
        module->code_limit = limit > module->code_limit ? limit : module->code_limit;
    }
}

static void note_dynamic(struct module *module, const ElfW(Dyn) *dyn)
{
    for (; dyn->d_tag != DT_NULL; dyn++) {
        uintptr_t at = dyn->d_un.d_ptr;
        at += at < module->bias ? module->bias : 0; /* where the loader could not write it */
        switch (dyn->d_tag) {
        case DT_SYMTAB: module->symbols = (const ElfW(Sym) *)at; break;
        case DT_STRTAB: module->strings = (const char *)at; break;
        case DT_JMPREL: module->calls = (const ElfW(Rela) *)at; break;
        case DT_RELA: module->others = (const ElfW(Rela) *)at; break;
        case DT_PLTRELSZ: module->call_count = dyn->d_un.d_val / sizeof(ElfW(Rela)); break;
        case DT_RELASZ: module->other_count = dyn->d_un.d_val / sizeof(ElfW(Rela)); break;
        default: break;
        }
    }
}

static bool in_relro(const struct module *module, uintptr_t slot)
{
    return slot >= module->relro_low && slot < module->relro_limit;
}

static bool protect_relro(const struct module *module, int protection)
{
    size_t size = module->relro_limit - module->relro_low;
    return pp_sys_call(SYS_mprotect, (long)module->relro_low, (long)size, protection, 0, 0, 0) == 0;
}

/* Makes the slot writable for this visit. A module that is being loaded just now is not read-only
 * yet, and is left to its loader. */
static bool open_slot(struct module *module, uintptr_t slot)
{
    const struct pp_got_pages *pages = module->scan->pages;
    if (!in_relro(module, slot)) {
        return pp_got_pages_are(pages, slot, slot + sizeof(slot), true);
    }
    if (!module->opened) {
        module->opened = pp_got_pages_are(pages, module->relro_low, module->relro_limit, false) &&
                         protect_relro(module, PROT_READ | PROT_WRITE);
    }
    return module->opened;
}

/* ---- one slot -------------------------------------------------------------------------------- */

/* Where a relocation leads, and which hook is concerned. */
struct link {
    uintptr_t *slot;
    uintptr_t value;
    const struct pp_got_hook *hook;
    unsigned type;
    bool is_import; /* the module does not define the function itself */
};

static bool read_link(const struct module *module, const ElfW(Rela) *rela, struct link *link)
{
    link->type = ELF64_R_TYPE(rela->r_info);
    size_t index = ELF64_R_SYM(rela->r_info);
    if (!index || (link->type != PP_RELOC_CALL && link->type != PP_RELOC_TABLE &&
                   link->type != PP_RELOC_DATA)) {
        return false;
    }
    const ElfW(Sym) *symbol = &module->symbols[index];
    link->hook = pp_got_hook_find(module->strings + symbol->st_name);
    link->slot = (uintptr_t *)(module->bias + rela->r_offset);
    if (!link->hook || rela->r_addend != 0 || ((uintptr_t)link->slot & 7)) {
        return false;
    }
    link->is_import = symbol->st_shndx == SHN_UNDEF;
    link->value = pp_load_relaxed(link->slot);
    return true;
}

static bool leads_to_owner(const struct link *link)
{
    return link->value >= link->hook->owner_low && link->value < link->hook->owner_limit;
}

/* Not bound yet: it leads to the stub in its own module that will ask the loader. */
static bool is_unbound(const struct module *module, const struct link *link)
{
    return link->type == PP_RELOC_CALL && link->is_import && link->value >= module->code_low &&
           link->value < module->code_limit;
}

/* An unbound call of the malloc family goes where libc's names lead; where the program has another
 * allocator that depends on how the module was opened, so it is left until it is bound. */
static bool is_wanted(const struct module *module, const struct link *link)
{
    const struct pp_got_hook *hook = link->hook;
    if (hook->is_malloc && module->own_malloc) {
        return false;
    }
    if (hook->is_direct && hook->owner_low >= module->code_low &&
        hook->owner_low < module->code_limit) {
        return false;
    }
    if (link->type == PP_RELOC_DATA) {
        return link->value == hook->real;
    }
    if (leads_to_owner(link)) {
        return true;
    }
    const struct pp_got_hook *plain = pp_got_hook_find("pthread_create");
    bool by_libc = plain && hook->owner_low == plain->owner_low;
    return is_unbound(module, link) && (!hook->is_malloc || by_libc);
}

static void take_slot(struct module *module, const struct link *link)
{
    struct pp_got_stats *stats = &module->scan->stats;
    if (link->value == link->hook->ours) {
        stats->slots++;
    } else if (is_wanted(module, link) && open_slot(module, (uintptr_t)link->slot) &&
               remember((uintptr_t)link->slot, link->value)) {
        pp_store_release(link->slot, link->hook->ours);
        stats->slots++;
    } else {
        stats->left_out++;
    }
}

static void put_back(struct module *module, const struct link *link)
{
    if (link->value == link->hook->ours && open_slot(module, (uintptr_t)link->slot)) {
        pp_store_release(link->slot, original_of((uintptr_t)link->slot, link->hook));
        module->scan->stats.slots++;
    }
}

static void judge_malloc(struct module *module, const struct link *link)
{
    if (link->hook->is_malloc && link->type != PP_RELOC_DATA && link->value &&
        link->value != link->hook->ours && !leads_to_owner(link) && !is_unbound(module, link)) {
        module->own_malloc = true;
    }
}

typedef void each_fn(struct module *module, const struct link *link);

static void each_link(struct module *module, each_fn *visit)
{
    struct link link;
    for (size_t i = 0; module->calls && i < module->call_count; i++) {
        if (read_link(module, &module->calls[i], &link)) {
            visit(module, &link);
        }
    }
    for (size_t i = 0; module->others && i < module->other_count; i++) {
        if (read_link(module, &module->others[i], &link)) {
            visit(module, &link);
        }
    }
}

/* ---- all modules ----------------------------------------------------------------------------- */

static int visit_module(struct dl_phdr_info *info, size_t size, void *ctx)
{
    struct module module = { .scan = ctx, .bias = info->dlpi_addr };
    const ElfW(Phdr) *dynamic = NULL;
    (void)size;
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        note_segment(&module, &info->dlpi_phdr[i]);
        dynamic = info->dlpi_phdr[i].p_type == PT_DYNAMIC ? &info->dlpi_phdr[i] : dynamic;
    }
    if (!dynamic || !module.code_limit) {
        return 0;
    }
    note_dynamic(&module, (const ElfW(Dyn) *)(module.bias + dynamic->p_vaddr));
    if (!module.symbols || !module.strings) {
        return 0;
    }
    if (module.scan->putting_back) {
        each_link(&module, put_back);
    } else {
        each_link(&module, judge_malloc);
        each_link(&module, take_slot);
    }
    if (module.opened) {
        (void)protect_relro(&module, PROT_READ);
    }
    return 0;
}

static int scan_all(bool putting_back)
{
    struct pp_arena arena;
    pp_arena_init(&arena, 0);
    struct scan scan = { .pages = pp_got_pages_read(&arena), .putting_back = putting_back };
    int result = scan.pages ? 0 : PPROF_ERR_SYSTEM;
    if (!result) {
        dl_iterate_phdr(visit_module, &scan);
        got.stats = scan.stats;
    }
    pp_arena_release(&arena);
    return result;
}

/* ---- modules that come later ----------------------------------------------------------------- */

/* A dlopen wakes this thread before it has done anything. So it looks several times, ever later; a
 * scan takes about a millisecond. */
static void look_again(uint32_t run)
{
    for (int64_t wait_ns = 2000000; wait_ns < 3000000000; wait_ns *= 4) {
        pp_sys_sleep_ns(wait_ns);
        pp_unwind_lock(&got.lock);
        if (got.run == run && got.on) {
            (void)!scan_all(false);
        }
        pp_unwind_unlock(&got.lock);
    }
}

static void *watch(void *arg)
{
    uint32_t run = (uint32_t)(uintptr_t)arg;
    uint32_t seen = pp_modules_await(0, false);
    while (pp_load(&got.run) == run) {
        uint32_t now = pp_modules_await(seen, true);
        if (now != seen && pp_load(&got.run) == run) {
            look_again(run);
        }
        seen = now;
    }
    return NULL; /* the next one may be waiting already, so it is not told that nobody does */
}

/* ---- on and off ------------------------------------------------------------------------------ */

static int prepare(void)
{
    int failed = pp_got_hooks_init();
    if (!failed && pp_got_hooks_count() && !got.notes) {
        got.notes = pp_sys_reserve(NOTES * sizeof(*got.notes));
        failed = got.notes ? 0 : PPROF_ERR_NOMEM;
    }
    return failed;
}

static int install(void)
{
    int failed = prepare();
    failed = failed ? failed : scan_all(false);
    if (!failed) {
        got.on = true;
        failed = pp_thread_start_ours("hooks", watch, (void *)(uintptr_t)got.run);
    }
    return failed;
}

static void restore(void)
{
    (void)!scan_all(true);
    got.on = false;
    pp_add(&got.run, 1);
    pp_modules_mark_stale_sig(); /* changes the count, or the thread might go to sleep just now */
    pp_modules_wake();
}

int pp_got_install(void)
{
    if (!pp_next_is_late()) {
        return PPROF_ERR_EXISTS;
    }
    pp_unwind_lock(&got.lock);
    int failed = got.on ? PPROF_ERR_EXISTS : install();
    if (failed && failed != PPROF_ERR_EXISTS && got.on) {
        restore();
    }
    pp_unwind_unlock(&got.lock);
    return failed;
}

void pp_got_take_direct(void)
{
    static const struct pp_modules *seen; /* guarded by the lock */
    pp_unwind_lock(&got.lock);
    if (!pp_next_is_late() && seen != pp_modules_get_sig() && prepare() == 0 &&
        pp_got_hooks_count()) {
        seen = pp_modules_get_sig();
        (void)!scan_all(false);
    }
    pp_unwind_unlock(&got.lock);
}

void pp_got_restore(void)
{
    pp_unwind_lock(&got.lock);
    if (got.on) {
        restore();
    }
    pp_unwind_unlock(&got.lock);
}

bool pp_got_is_on(void)
{
    pp_unwind_lock(&got.lock);
    bool on = got.on;
    pp_unwind_unlock(&got.lock);
    return on;
}

void pp_got_stats(struct pp_got_stats *stats)
{
    pp_unwind_lock(&got.lock);
    *stats = got.stats;
    pp_unwind_unlock(&got.lock);
}

void pp_got_after_fork(void)
{
    pp_store(&got.lock, 0);
}
