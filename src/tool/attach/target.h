/* A running process as attaching sees it: what is mapped, where libc's functions are, and whether
 * it may be done at all. Reads only; nothing is stopped.
 *
 * Invariants: addresses are those of the process; a file's symbols are used only when the mapped
 * first page of it (which holds the build id) is that of the file. One thread.
 */
#ifndef PP_TOOL_ATTACH_TARGET_H
#define PP_TOOL_ATTACH_TARGET_H

#include "elf/elf_file.h"
#include "pprof/error.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct pp_mapping {
    uintptr_t start, end;
    uint64_t offset;
    bool readable, writable, executable, deleted;
    char *path; /* "" for anonymous memory */
};

enum { PP_SPANS_MAX = 256 };

/* Code of one function, or of one module. */
struct pp_span {
    uintptr_t low, high;
    char what; /* place.c */
};

struct pp_target {
    pid_t pid;
    struct pp_mapping *maps;
    size_t map_count;
    /* libc's functions; 0 when it lacks them */
    uintptr_t dlopen, dlerror, errno_location;
    bool is_old_dlopen;       /* __libc_dlopen_mode */
    uintptr_t syscall_return; /* instructions: system call, return */
    uintptr_t restore;        /* instructions: rt_sigreturn */
    struct pp_span spans[PP_SPANS_MAX];
    size_t span_count;
    /* libpprof.so: the file to load or loaded, where it is (0: not loaded), and the symbol */
    char library[PATH_MAX];
    uintptr_t library_base;
    uint64_t entry; /* file address of the function to call there */
};

/* Reads the maps. 0 or an exit status (2) with the sentence. */
int pp_target_read(struct pp_target *target, pid_t pid, struct pprof_error *error)
    __attribute__((warn_unused_result));
void pp_target_release(struct pp_target *target);

/* Why this process cannot be attached to, before anything is tried: 0, or 2 with the sentence. */
int pp_target_check(const struct pp_target *target, bool is_forced, struct pprof_error *error)
    __attribute__((warn_unused_result));

/* Finds libc's functions and the spans of place.c. */
int pp_target_find_libc(struct pp_target *target, struct pprof_error *error)
    __attribute__((warn_unused_result));

/* Which libpprof.so is to be used: that in the process, else `library`; and its function. */
int pp_target_find_library(struct pp_target *target, const char *library, const char *function,
                           struct pprof_error *error) __attribute__((warn_unused_result));

/* The mapping that holds the address, or NULL. */
const struct pp_mapping *pp_target_mapping(const struct pp_target *target, uintptr_t address);

/* After PTRACE_SEIZE was refused: why, as far as it can be known. */
void pp_target_explain(const struct pp_target *target, int errno_value, struct pprof_error *error);

/* Copies memory of the process; false when not all of it could be. Writing goes through read-only
 * pages and wants the thread to be traced. */
bool pp_target_peek(pid_t pid, uintptr_t from, void *to, size_t len);
bool pp_target_poke(pid_t pid, uintptr_t to, const void *from, size_t len);

/* The value of "Name:" in /proc/PID/status of a process or thread, as text; false when absent. */
bool pp_status_field(const char *path, const char *name, char *out, size_t cap);

#endif
