/* Names for addresses: the local files behind a profile's mappings, their functions, files, lines
 * and inlined calls, and what a running server answers where there is no file.
 *
 *   mapping -> pp_binary_find -> file --pp_module_open--> pp_module --pp_module_frames--> frames
 *                                        own symbol index | libdw, loaded when first needed
 *
 * Without libdw (libdw.so.1) functions are still named from the symbol tables; a message says once
 * what to install for files and lines. Environment: PPROF_BINARY_PATH (directories with binaries
 * and debug files; default $HOME/pprof/binaries), DEBUGINFOD_URLS (asked through libdw).
 *
 * Thread rule: one profile or module by one thread at a time; different ones in parallel. Not for
 * signal handlers.
 */
#ifndef PP_TOOL_SYMBOLIZE_H
#define PP_TOOL_SYMBOLIZE_H

#include "base/arena.h"
#include "pprof/profile.h"
#include "tool/symbolize/http_client.h"
#include "tool/symbolize/message.h"

/* Where a mapping came from, so that a server can be asked for its names. */
struct pp_mapping_source {
    const char *key; /* the mapping's build id, or file name when it has none */
    const char *url; /* the profile's URL */
    uint64_t start;  /* the mapping's start in that server's address space */
};

struct pp_symbolize_options {
    const char *mode; /* as given to -symbolize; NULL or "": local, then remote */
    const struct pp_mapping_source *sources;
    size_t source_count;
    struct pp_http_tls tls; /* for https sources */
    int timeout_seconds;    /* for remote symbolization; 0: 60 */
};

/* Names what has no names yet (mappings with a has_* flag are left alone unless mode says force),
 * then demangles. Functions, lines and strings are appended to the profile's arrays; lines of a
 * location that gets new ones are replaced. What cannot be named is a message, not an error:
 * PPROF_ERR_NOMEM is the only one. */
int pp_symbolize_profile(struct pprof_profile *profile, const struct pp_symbolize_options *options,
                         pp_message_fn message, void *ctx, struct pprof_error *error)
    __attribute__((warn_unused_result));

/* Sets each mapping's filename to the file found along PPROF_BINARY_PATH, gives a profile without
 * mappings one fake mapping, then lets executable and build_id ("" or NULL: none) override those of
 * the first mapping (the build id only where it has none). Run on each profile before merging. */
int pp_locate_binaries(struct pprof_profile *profile, const char *executable, const char *build_id,
                       pp_message_fn message, void *ctx, struct pprof_error *error)
    __attribute__((warn_unused_result));

/* True for mappings that no file stands behind: [vdso], linux-vdso, /dev/dri, //anon, memfd. */
bool pp_mapping_unsymbolizable(const char *file);

/* The file to open for a mapping: its own file when readable and the build id (hex, "" when
 * unknown) fits, else the debug file of that build id, on this machine or from a debuginfod
 * server (debuginfod.h). Path in the arena. PPROF_ERR_NOTFOUND with
 * the reason ("build ID mismatch", "stat F: ..."). */
int pp_binary_find(struct pp_arena *arena, const char *file, const char *build_id,
                   const char **path, struct pprof_error *error)
    __attribute__((warn_unused_result));

/* --- one binary ------------------------------------------------------------------------------- */

/* What one address is inside of; strings live as long as the module, "" when unknown. */
struct pp_frame {
    const char *name; /* as linked (mangled) */
    const char *file;
    int64_t line, column;
    int64_t start_line; /* where the function is declared */
};

struct pp_module;

enum { PP_MODULE_SYMBOLS_ONLY = 1 }; /* -symbolize=fastlocal: no DWARF */

/* Opens a file for lookups; DWARF is read when the first address asks. Errors as pp_elf_open. */
int pp_module_open(const char *path, unsigned flags, struct pp_module **module,
                   struct pprof_error *error) __attribute__((warn_unused_result));
void pp_module_close(struct pp_module *module);

/* File virtual address = runtime address - base when the file is mapped at [start, limit) from
 * offset (0, 0 or 0, ~0: a fake mapping, base 0). */
int pp_module_base(const struct pp_module *module, uint64_t start, uint64_t limit, uint64_t offset,
                   uint64_t *base, struct pprof_error *error) __attribute__((warn_unused_result));

/* The frames at a file virtual address, innermost first, at most 256. Returns their number, 0 when
 * nothing is known; *frames is valid until the next call on this module. */
size_t pp_module_frames(struct pp_module *module, uint64_t address, const struct pp_frame **frames);

/* Whether DWARF was found, after the first pp_module_frames; and if libdw itself is missing. */
bool pp_module_has_lines(const struct pp_module *module);
bool pp_libdw_missing(void);

/* The split file (.dwo) that frames given so far lacked; NULL: none. */
const char *pp_module_bare(const struct pp_module *module);

#endif
