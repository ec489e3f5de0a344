#include "tool/driver/preload.h"

#include "base/err.h"
#include "base/table.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { FINE = 0, USAGE = 2, CANNOT_RUN = 126, NO_COMMAND = 127, SCRIPT_DEPTH = 4 };

#if defined(__aarch64__)
enum { OUR_MACHINE = EM_AARCH64 };
#else
enum { OUR_MACHINE = EM_X86_64 };
#endif

/* ---- the command's file ---------------------------------------------------------------------- */

static int cannot(struct pprof_error *error, int status, const char *path, const char *why)
{
    (void)pp_err_set(error, PPROF_ERR_NOTFOUND, "%.300s: %s", path, why);
    return status;
}

static int check_file(const char *path, struct pprof_error *error)
{
    struct stat st;
    if (stat(path, &st) != 0) {
        int status = errno == ENOENT || errno == ENOTDIR ? NO_COMMAND : CANNOT_RUN;
        return cannot(error, status, path, strerror(errno));
    }
    if (S_ISDIR(st.st_mode)) {
        return cannot(error, CANNOT_RUN, path, "is a directory");
    }
    if (access(path, X_OK) != 0) {
        return cannot(error, CANNOT_RUN, path, "not executable");
    }
    return FINE;
}

/* One directory of PATH; an empty one is the current directory. */
static int try_directory(const char *dir, size_t len, const char *name, char path[PATH_MAX],
                         struct pprof_error *error)
{
    int n = snprintf(path, PATH_MAX, "%.*s%s%s", (int)len, dir, len ? "/" : "./", name);
    return n > 0 && n < PATH_MAX ? check_file(path, error) : NO_COMMAND;
}

int pp_command_find(const char *name, char path[PATH_MAX], struct pprof_error *error)
{
    int worst = NO_COMMAND;
    if (strchr(name, '/')) {
        int n = snprintf(path, PATH_MAX, "%s", name);
        return n < PATH_MAX ? check_file(path, error)
                            : cannot(error, NO_COMMAND, name, "name too long");
    }
    const char *at = getenv("PATH");
    at = at ? at : "/usr/local/bin:/bin:/usr/bin";
    for (;;) {
        size_t len = strcspn(at, ":");
        int status = *name ? try_directory(at, len, name, path, error) : NO_COMMAND;
        if (status == FINE) {
            return FINE;
        }
        worst = status == CANNOT_RUN ? CANNOT_RUN : worst;
        if (!at[len]) {
            break;
        }
        at += len + 1;
    }
    return cannot(error, worst, name,
                  worst == CANNOT_RUN ? "found, but not executable" : "command not found");
}

/* ---- whether LD_PRELOAD has an effect -------------------------------------------------------- */

static int check_privileges(const char *path, struct pprof_error *error)
{
    struct stat st;
    if (geteuid() == 0 || stat(path, &st) != 0) {
        return FINE;
    }
    bool is_raised = ((st.st_mode & S_ISUID) && st.st_uid != geteuid()) ||
                     ((st.st_mode & S_ISGID) && (st.st_mode & S_IXGRP) && st.st_gid != getegid()) ||
                     getxattr(path, "security.capability", NULL, 0) > 0;
    if (is_raised) {
        return cannot(error, CANNOT_RUN, path,
                      "runs with raised rights (setuid, setgid or file capabilities), so the "
                      "loader ignores LD_PRELOAD; run it as its owner, or link it with libpprof "
                      "and call pprof_serve");
    }
    return FINE;
}

/* The PT_INTERP text of a 64-bit ELF file into interp; 0 when it has none, -1 when malformed. */
static int read_interp(int fd, const Elf64_Ehdr *header, char *interp, size_t cap)
{
    Elf64_Phdr segment;
    for (unsigned i = 0; i < header->e_phnum; i++) {
        off_t at = (off_t)(header->e_phoff + (uint64_t)i * header->e_phentsize);
        if (pread(fd, &segment, sizeof(segment), at) != (ssize_t)sizeof(segment)) {
            return -1;
        }
        if (segment.p_type == PT_INTERP) {
            size_t len = segment.p_filesz < cap ? segment.p_filesz : cap - 1;
            ssize_t got = pread(fd, interp, len, (off_t)segment.p_offset);
            interp[got > 0 ? got : 0] = '\0';
            return got > 0 ? 1 : -1;
        }
    }
    return 0;
}

static int check_elf(int fd, const Elf64_Ehdr *header, const char *path, struct pprof_error *error)
{
    char interp[256];
    if (header->e_ident[EI_CLASS] != ELFCLASS64) {
        return cannot(error, CANNOT_RUN, path,
                      "a 32-bit program, which cannot load the 64-bit libpprof.so; build it for 64 "
                      "bits");
    }
    if (header->e_machine != OUR_MACHINE) {
        return cannot(error, CANNOT_RUN, path,
                      "built for another processor than libpprof.so and this tool");
    }
    int has = read_interp(fd, header, interp, sizeof(interp));
    if (has < 0) {
        return cannot(error, CANNOT_RUN, path, "a damaged ELF file");
    }
    if (has == 0) {
        return cannot(error, CANNOT_RUN, path,
                      "statically linked, so LD_PRELOAD has no effect; link it with libpprof.a and "
                      "call pprof_serve (a Go program: import net/http/pprof)");
    }
    if (strstr(interp, "ld-musl")) {
        return cannot(error, CANNOT_RUN, path,
                      "linked with musl, while libpprof.so needs glibc; link it with glibc");
    }
    return FINE;
}

/* "#!/path args": the interpreter's path; false when the line names none. */
static bool script_interpreter(const char *head, size_t len, char *out, size_t cap)
{
    size_t at = 2;
    while (at < len && (head[at] == ' ' || head[at] == '\t')) {
        at++;
    }
    size_t end = at;
    while (end < len && !strchr(" \t\n", head[end])) {
        end++;
    }
    if (end == at || end - at >= cap) {
        return false;
    }
    memcpy(out, head + at, end - at);
    out[end - at] = '\0';
    return true;
}

static int check_depth(const char *path, int depth, struct pprof_error *error);

static int check_script(const char *head, size_t len, const char *path, int depth,
                        struct pprof_error *error)
{
    char interpreter[256];
    struct pprof_error why = { .code = 0 };
    if (!script_interpreter(head, len, interpreter, sizeof(interpreter))) {
        return cannot(error, CANNOT_RUN, path, "a script whose first line names no interpreter");
    }
    int status = depth < SCRIPT_DEPTH ? check_file(interpreter, &why) : CANNOT_RUN;
    status = status ? status : check_depth(interpreter, depth + 1, &why);
    if (status) {
        (void)pp_err_set(error, PPROF_ERR_NOTFOUND, "%.150s: its interpreter %.340s", path,
                         why.code ? why.detail : "chain is too long");
    }
    return status ? CANNOT_RUN : FINE;
}

static int check_depth(const char *path, int depth, struct pprof_error *error)
{
    union {
        Elf64_Ehdr elf;
        char text[512];
    } head;
    memset(&head, 0, sizeof(head));
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return check_privileges(path, error); /* may be run, not read: the loader will tell */
    }
    ssize_t len = pread(fd, &head, sizeof(head), 0);
    int status = check_privileges(path, error);
    if (status == FINE && len >= (ssize_t)sizeof(head.elf) &&
        memcmp(head.elf.e_ident, ELFMAG, SELFMAG) == 0) {
        status = check_elf(fd, &head.elf, path, error);
    } else if (status == FINE && len > 2 && head.text[0] == '#' && head.text[1] == '!') {
        status = check_script(head.text, (size_t)len, path, depth, error);
    }
    close(fd);
    return status;
}

int pp_command_check(const char *path, struct pprof_error *error)
{
    return check_depth(path, 0, error);
}

/* ---- the library ----------------------------------------------------------------------------- */

static bool is_splittable(const char *path)
{
    return strpbrk(path, " \t\n:;$") != NULL;
}

static int own_directory(const char *dir, struct pprof_error *error)
{
    struct stat st;
    if (mkdir(dir, 0700) != 0 && errno != EEXIST) {
        (void)pp_err_errno(error, PPROF_ERR_SYSTEM, errno, "cannot make %.300s", dir);
        return USAGE;
    }
    if (lstat(dir, &st) != 0 || !S_ISDIR(st.st_mode) || st.st_uid != geteuid() ||
        (st.st_mode & 022)) {
        (void)pp_err_set(error, PPROF_ERR_REFUSED,
                         "%.300s is not a directory of this user alone, so the library is not "
                         "loaded through it; install libpprof.so at a path without spaces or "
                         "colons", dir);
        return USAGE;
    }
    return FINE;
}

/* LD_PRELOAD splits at spaces and colons and expands '$': such a path is reached by a link that
 * stays, since children of the program load it again. */
static int link_library(char path[PATH_MAX], struct pprof_error *error)
{
    char dir[256], link[320], temporary[352];
    const char *base = getenv("XDG_RUNTIME_DIR");
    base = base && *base == '/' && !is_splittable(base) && access(base, W_OK) == 0 ? base : "/tmp";
    (void)snprintf(dir, sizeof(dir), "%.200s/pprof-%u", base, (unsigned)geteuid());
    int status = own_directory(dir, error);
    if (status) {
        return status;
    }
    (void)snprintf(link, sizeof(link), "%s/libpprof-%08x.so", dir,
                   (unsigned)pp_hash_bytes(path, strlen(path)));
    (void)snprintf(temporary, sizeof(temporary), "%s.%d", link, (int)getpid());
    if (symlink(path, temporary) != 0 || rename(temporary, link) != 0) {
        (void)pp_err_errno(error, PPROF_ERR_SYSTEM, errno, "cannot link %.300s", link);
        return USAGE;
    }
    memcpy(path, link, strlen(link) + 1);
    return FINE;
}

static bool beside_tool(const char *relative, char path[PATH_MAX])
{
    char self[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
    if (len <= 0) {
        return false;
    }
    self[len] = '\0';
    *strrchr(self, '/') = '\0';
    char joined[PATH_MAX + 64];
    (void)snprintf(joined, sizeof(joined), "%s/%s", self, relative);
    return realpath(joined, path) && access(path, R_OK) == 0;
}

static int search_library(char path[PATH_MAX], struct pprof_error *error)
{
    static const char *const places[] = {
        "libpprof.so", "../lib/libpprof.so",
#if defined(__aarch64__)
        "../lib/aarch64-linux-gnu/libpprof.so",
#else
        "../lib/x86_64-linux-gnu/libpprof.so",
#endif
        "../lib64/libpprof.so", "libpprof.so.0", "../lib/libpprof.so.0",
    };
    const char *given = getenv("PPROF_LIB");
    if (given && *given) {
        if (realpath(given, path) && access(path, R_OK) == 0) {
            return FINE;
        }
        (void)pp_err_errno(error, PPROF_ERR_NOTFOUND, errno, "PPROF_LIB=%.300s cannot be read",
                           given);
        return USAGE;
    }
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        if (beside_tool(places[i], path)) {
            return FINE;
        }
    }
    (void)pp_err_set(error, PPROF_ERR_NOTFOUND,
                     "libpprof.so is neither beside this program nor in ../lib; set PPROF_LIB to "
                     "its path");
    return USAGE;
}

int pp_library_find(char path[PATH_MAX], struct pprof_error *error)
{
    int status = search_library(path, error);
    return status == FINE && is_splittable(path) ? link_library(path, error) : status;
}

/* ---- the environment ------------------------------------------------------------------------- */

/* The list without any entry equal to path, each entry behind a colon. */
static void other_preloads(const char *list, const char *path, char *out)
{
    size_t used = 0;
    *out = '\0';
    for (const char *at = list; *at;) {
        at += strspn(at, ": ");
        size_t len = strcspn(at, ": ");
        if (len && !(len == strlen(path) && memcmp(at, path, len) == 0)) {
            out[used++] = ':';
            memcpy(out + used, at, len);
            used += len;
            out[used] = '\0';
        }
        at += len;
    }
}

static bool set_preload(const char *library)
{
    const char *before = getenv("LD_PRELOAD");
    before = before ? before : "";
    size_t cap = strlen(library) + 2 * strlen(before) + 3;
    char *others = malloc(cap), *list = malloc(cap);
    bool done = false;
    if (others && list) {
        other_preloads(before, library, others);
        (void)snprintf(list, cap, "%s%s", library, others);
        done = setenv("LD_PRELOAD", list, 1) == 0;
    }
    free(others);
    free(list);
    return done;
}

static bool set_number(const char *name, long long value)
{
    char text[24];
    (void)snprintf(text, sizeof(text), "%lld", value);
    return setenv(name, text, 1) == 0;
}

int pp_preload_environment(const struct pp_preload_options *options, const char *library, int pid,
                           struct pprof_error *error)
{
    bool fine = set_preload(library) && set_number("PPROF_PID", pid);
    fine = fine && (!options->http || setenv("PPROF_HTTP", options->http, 1) == 0);
    fine = fine && (!options->out || setenv("PPROF_OUT", options->out, 1) == 0);
    fine = fine && (!options->children || setenv("PPROF_CHILDREN", "1", 1) == 0);
    fine = fine && (!options->quiet || setenv("PPROF_QUIET", "1", 1) == 0);
    fine = fine && (options->rate < 0 || set_number("PPROF_HEAP_RATE", options->rate));
    if (!fine) {
        (void)pp_err_set(error, PPROF_ERR_NOMEM, "no room for the environment");
        return USAGE;
    }
    return FINE;
}

int pp_make_directory(const char *name, char path[PATH_MAX], struct pprof_error *error)
{
    char part[PATH_MAX];
    struct stat st;
    int n = snprintf(part, sizeof(part), "%s", name);
    if (n <= 0 || n >= PATH_MAX) {
        (void)pp_err_set(error, PPROF_ERR_INVALID, "no usable directory name");
        return USAGE;
    }
    for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(part, 0700);
        *slash = '/';
    }
    if ((mkdir(part, 0700) != 0 && errno != EEXIST) || !realpath(part, path)) {
        (void)pp_err_errno(error, PPROF_ERR_SYSTEM, errno, "cannot make the directory %.300s",
                           name);
        return USAGE;
    }
    if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode) || access(path, W_OK) != 0) {
        (void)pp_err_set(error, PPROF_ERR_INVALID, "%.300s is not a directory one can write to",
                         path);
        return USAGE;
    }
    return FINE;
}
