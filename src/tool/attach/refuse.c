/* Why a process cannot be attached to, in words that say what to do instead. */
#if defined(__x86_64__)

#include "base/err.h"
#include "tool/attach/target.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FINE = 0, REFUSED = 2 };

bool pp_status_field(const char *path, const char *name, char *out, size_t cap)
{
    char line[512];
    bool found = false;
    size_t len = strlen(name);
    FILE *file = fopen(path, "re");
    while (file && !found && fgets(line, sizeof(line), file)) {
        if (strncmp(line, name, len) == 0 && line[len] == ':') {
            const char *value = line + len + 1 + strspn(line + len + 1, " \t");
            (void)snprintf(out, cap, "%.*s", (int)strcspn(value, "\n"), value);
            found = true;
        }
    }
    if (file) {
        fclose(file);
    }
    return found;
}

static bool field(pid_t pid, const char *name, char out[128])
{
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    out[0] = '\0';
    return pp_status_field(path, name, out, 128);
}

static long number(pid_t pid, const char *name)
{
    char text[128];
    return field(pid, name, text) ? strtol(text, NULL, 10) : 0;
}

static int refuse(struct pprof_error *error, pid_t pid, const char *why)
{
    (void)pp_err_set(error, PPROF_ERR_REFUSED, "cannot attach to process %d: %s", (int)pid, why);
    return REFUSED;
}

static int yama_scope(void)
{
    int scope = 0;
    FILE *file = fopen("/proc/sys/kernel/yama/ptrace_scope", "re");
    if (file) {
        scope = fscanf(file, "%d", &scope) == 1 ? scope : 0;
        fclose(file);
    }
    return scope;
}

void pp_target_explain(const struct pp_target *target, int errno_value, struct pprof_error *error)
{
    char why[400], uid[128];
    pid_t pid = target->pid;
    long tracer = number(pid, "TracerPid");
    bool is_known = field(pid, "Uid", uid);
    if (errno_value == ESRCH || (errno_value == ENOENT && !is_known)) {
        (void)refuse(error, pid, "there is no such process");
        return;
    }
    if (tracer && tracer != getpid()) {
        (void)snprintf(why, sizeof(why), "process %ld traces it already (a debugger, strace)",
                       tracer);
    } else if (is_known && (uid_t)strtoul(uid, NULL, 10) != geteuid()) {
        (void)snprintf(why, sizeof(why), "it belongs to another user (uid %ld)",
                       strtol(uid, NULL, 10));
    } else if (yama_scope() > 0) {
        (void)snprintf(why, sizeof(why),
                       "the kernel forbids tracing processes that this one did not start "
                       "(kernel.yama.ptrace_scope is %d); use sudo, or start the program by pprof "
                       "run", yama_scope());
    } else if (errno_value == EPERM || errno_value == EACCES) {
        (void)snprintf(why, sizeof(why),
                       "it may not be traced: it changed its user or capabilities, made itself "
                       "undumpable, or is in another user namespace");
    } else {
        (void)snprintf(why, sizeof(why), "%s", strerror(errno_value));
    }
    (void)refuse(error, pid, why);
}

/* ---- what kind of program -------------------------------------------------------------------- */

static int check_program(const struct pp_target *target, struct pprof_error *error)
{
    char path[64];
    unsigned char head[20] = { 0 };
    (void)snprintf(path, sizeof(path), "/proc/%d/exe", (int)target->pid);
    FILE *file = fopen(path, "re");
    size_t got = file ? fread(head, 1, sizeof(head), file) : 0;
    if (file) {
        fclose(file);
    }
    if (got == sizeof(head) && head[EI_CLASS] != ELFCLASS64) {
        return refuse(error, target->pid, "it is a 32-bit program, and libpprof.so is for 64 bits");
    }
    if (got == sizeof(head) && head[18] != EM_X86_64) {
        return refuse(error, target->pid, "it is built for another processor");
    }
    return FINE;
}

static bool has_file(const struct pp_target *target, const char *part)
{
    for (size_t i = 0; i < target->map_count; i++) {
        const char *slash = strrchr(target->maps[i].path, '/');
        if (slash && strncmp(slash + 1, part, strlen(part)) == 0) {
            return true;
        }
    }
    return false;
}

static int check_libc(const struct pp_target *target, struct pprof_error *error)
{
    if (has_file(target, "libc.so.6") || has_file(target, "libc-2.")) {
        return FINE;
    }
    if (has_file(target, "ld-musl") || has_file(target, "libc.so")) { /* Debian's has this name */
        return refuse(error, target->pid, "it runs on musl, and libpprof.so needs glibc");
    }
    return refuse(error, target->pid,
                  target->map_count == 0
                      ? "it has no memory (a kernel thread, or a process that has ended)"
                      : "it is statically linked, so nothing can be loaded into it; link it with "
                        "libpprof.a");
}

/* ---- what state it is in --------------------------------------------------------------------- */

static int check_state(const struct pp_target *target, struct pprof_error *error)
{
    char state[128];
    if (field(target->pid, "State", state) && strchr("TtZX", state[0])) {
        return refuse(error, target->pid,
                      state[0] == 'T' ? "it is stopped; continue it first (kill -CONT)"
                      : state[0] == 't' ? "a debugger holds it" : "it has ended");
    }
    return FINE;
}

/* Filters that the tool runs under as well (those of a container) let through what we need. */
static int check_seccomp(const struct pp_target *target, bool is_forced, struct pprof_error *error)
{
    long mode = number(target->pid, "Seccomp");
    bool is_own = number(target->pid, "Seccomp_filters") > number(getpid(), "Seccomp_filters") ||
                  number(getpid(), "Seccomp") == 0;
    if (mode == 1) {
        return refuse(error, target->pid,
                      "it runs under strict seccomp, which would kill it");
    }
    if (mode == 2 && is_own && !is_forced) {
        return refuse(error, target->pid,
                      "it filters its own system calls (seccomp), which may kill it when the "
                      "library is loaded; --force does it all the same");
    }
    return FINE;
}

static int check_rights(const struct pp_target *target, struct pprof_error *error)
{
    char uids[128];
    unsigned real, effective, saved;
    if (geteuid() == 0 || !field(target->pid, "Uid", uids) ||
        sscanf(uids, "%u %u %u", &real, &effective, &saved) != 3) {
        return FINE;
    }
    if (real != effective || real != saved) {
        return refuse(error, target->pid, "it runs with raised rights (setuid)");
    }
    if (real != geteuid()) {
        pp_target_explain(target, EPERM, error);
        return REFUSED;
    }
    return FINE;
}

static int check_shadow_stack(const struct pp_target *target, struct pprof_error *error)
{
    char features[128];
    if (field(target->pid, "x86_Thread_features", features) && strstr(features, "shstk")) {
        return refuse(error, target->pid, "it runs with a shadow stack, which forbids this");
    }
    return FINE;
}

int pp_target_check(const struct pp_target *target, bool is_forced, struct pprof_error *error)
{
    if (target->pid == getpid()) {
        return refuse(error, target->pid, "it is this tool");
    }
    int status = check_rights(target, error);
    status = status ? status : check_state(target, error);
    status = status ? status : check_program(target, error);
    status = status ? status : check_libc(target, error);
    status = status ? status : check_seccomp(target, is_forced, error);
    return status ? status : check_shadow_stack(target, error);
}

#endif
