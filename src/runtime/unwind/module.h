/* The modules (program, shared libraries, vdso) of this process: where they are, what they are, and
 * the unwind rules and names that belong to them.
 *
 *   pp_modules -> immutable sorted array, replaced as a whole (readers never lock)
 *                 [ start, limit ) -> path, build id, eh_frame_hdr, unwind rows (built lazily)
 *
 * Invariants
 *  - the array a reader got stays valid for ever (old arrays are kept; they are small and counted).
 *  - dl_iterate_phdr runs only in pp_modules_refresh, which only our own threads, explicit API
 *    calls and the constructor call: never a signal handler, never a malloc hook.
 *  - after dlopen/dlclose pp_modules_mark_stale has been called; until the next refresh a pc that
 *    no module holds is resolved by glibc's lock-free _dl_find_object where that exists.
 */
#ifndef PP_UNWIND_MODULE_H
#define PP_UNWIND_MODULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pp_unwind_rows;  /* compiled rules, private to the unwinder */
struct pp_module_names; /* symbol index, private to module_symbol.c */

struct pp_module {
    uintptr_t start, limit;  /* of the executable segments: lowest start, highest end */
    uintptr_t bias;          /* runtime address - file virtual address */
    uint64_t text_start, text_limit, text_offset; /* the first executable mapping, page by page */
    const char *path;        /* "[vdso]" for the vdso; copied, valid for ever */
    char build_id[2 * 64 + 1]; /* hex, "" when there is none */
    const unsigned char *eh_frame_hdr; /* in memory; NULL when there is none */
    size_t eh_frame_hdr_size;
    uintptr_t eh_low, eh_limit; /* the read-only mapping that holds .eh_frame_hdr and .eh_frame */
    uintptr_t dynamic;          /* the dynamic section in memory; 0 when there is none */
    bool is_program;            /* its file is /proc/self/exe, whatever path says */
    bool is_loader;             /* the dynamic loader: its start has no rules and no caller */
    bool is_deleted;            /* the file was removed or replaced since it was mapped */
    struct pp_unwind_rows *rows; /* NULL until built; atomic */
    struct pp_module_names *names; /* NULL until asked for; atomic */
};

struct pp_modules {
    size_t count;
    const struct pp_module *items; /* sorted by start */
};

/* First scan; called once from the library's constructor. Cheap (no rows are built). */
int pp_modules_init(void);

/* The current array; never NULL after init. Handler-safe. */
const struct pp_modules *pp_modules_get_sig(void);

/* The module that holds pc, or NULL. Handler-safe. */
const struct pp_module *pp_module_find_sig(uintptr_t pc);

/* The loader's list has changed (called by the dlopen/dlclose hooks). Handler-safe. */
void pp_modules_mark_stale_sig(void);

/* Scans again if stale. Enough for a few thousand walks at once: of a module without rows each rule
 * is interpreted when it is met first. Not in a handler, not in a malloc hook, with no lock of the
 * program's held. */
void pp_modules_rescan(void);

/* The same, and builds the unwind rows of modules that lack them (3 ms): for who takes stacks all
 * the time, in handlers. */
void pp_modules_refresh(void);

/* The name of the function that holds pc, from the module's symbol index (built on first use), with
 * its entry address. False when unknown: then *module (if not NULL) may still say where.
 * Not in a handler. The text lives for ever. */
bool pp_module_symbol(uintptr_t pc, const char **name, uintptr_t *entry);

/* Waits until the loader's list is about to change or has changed since the count was `seen`, or
 * until pp_modules_wake, and returns the count; without `wait` at once, and then nobody is woken any
 * more. May return for no reason. For one thread of ours. x86-64 only: elsewhere nothing wakes. */
uint32_t pp_modules_await(uint32_t seen, bool wait);
void pp_modules_wake(void);

/* In the child of a fork, where only the calling thread goes on: releases the locks of this room,
 * which a thread that is gone may have held. */
void pp_modules_fork_child(void);

#endif
