#if defined(__x86_64__)

#include "tool/attach/target.h"

#include "base/err.h"
#include "tool/attach/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FINE = 0, REFUSED = 2, PAGE = 4096 };

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* ---- maps ------------------------------------------------------------------------------------ */

/* "START-END rwxp OFFSET DEV INODE   PATH" */
static bool parse_line(char *line, struct pp_mapping *map)
{
    unsigned long long start, end, offset;
    char access[5];
    int at = 0;
    if (sscanf(line, "%llx-%llx %4s %llx %*s %*s %n", &start, &end, access, &offset, &at) < 4) {
        return false;
    }
    line[strcspn(line, "\n")] = '\0';
    char *gone = strstr(line + at, " (deleted)");
    *map = (struct pp_mapping){ start, end, offset, access[0] == 'r', access[1] == 'w',
                                access[2] == 'x', gone != NULL, NULL };
    if (gone) {
        *gone = '\0';
    }
    map->path = strdup(line + at);
    return map->path != NULL;
}

static bool add_map(struct pp_target *target, size_t *cap, char *line)
{
    if (target->map_count == *cap) {
        size_t wanted = *cap ? 2 * *cap : 256;
        void *grown = realloc(target->maps, wanted * sizeof(*target->maps));
        if (!grown) {
            return false;
        }
        target->maps = grown;
        *cap = wanted;
    }
    if (parse_line(line, &target->maps[target->map_count])) {
        target->map_count++;
    }
    return true;
}

int pp_target_read(struct pp_target *target, pid_t pid, struct pprof_error *error)
{
    char path[64], *line = NULL;
    size_t cap = 0, line_cap = 0;
    *target = (struct pp_target){ .pid = pid };
    (void)snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
    FILE *file = fopen(path, "re");
    if (!file) {
        pp_target_explain(target, errno, error);
        return REFUSED;
    }
    while (getline(&line, &line_cap, file) > 0 && add_map(target, &cap, line)) {
    }
    int err = ferror(file) ? errno : 0;
    free(line);
    fclose(file);
    if (err) {
        pp_target_explain(target, err, error);
    }
    return err ? REFUSED : FINE;
}

void pp_target_release(struct pp_target *target)
{
    for (size_t i = 0; i < target->map_count; i++) {
        free(target->maps[i].path);
    }
    free(target->maps);
    target->maps = NULL;
    target->map_count = 0;
}

const struct pp_mapping *pp_target_mapping(const struct pp_target *target, uintptr_t address)
{
    for (size_t i = 0; i < target->map_count; i++) {
        if (address >= target->maps[i].start && address < target->maps[i].end) {
            return &target->maps[i];
        }
    }
    return NULL;
}

/* The first mapping of a loaded file whose name is `name` or begins with it. One that is read as a
 * file, by a symbolizer such as ours, is one piece. */
static const struct pp_mapping *find_file(const struct pp_target *target, const char *name)
{
    for (size_t i = 0; i + 1 < target->map_count; i++) {
        const struct pp_mapping *map = &target->maps[i];
        bool is_loaded = map[1].start == map->end && strcmp(map[1].path, map->path) == 0;
        if (map->path[0] == '/' && map->offset == 0 && is_loaded &&
            strncmp(base_name(map->path), name, strlen(name)) == 0) {
            return map;
        }
    }
    return NULL;
}

/* ---- memory ---------------------------------------------------------------------------------- */

static int open_memory(pid_t pid, int flags)
{
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
    return open(path, flags | O_CLOEXEC);
}

bool pp_target_peek(pid_t pid, uintptr_t from, void *to, size_t len)
{
    int fd = open_memory(pid, O_RDONLY);
    ssize_t got = fd < 0 ? -1 : pread(fd, to, len, (off_t)from);
    if (fd >= 0) {
        close(fd);
    }
    return got == (ssize_t)len;
}

bool pp_target_poke(pid_t pid, uintptr_t to, const void *from, size_t len)
{
    int fd = open_memory(pid, O_RDWR);
    ssize_t put = fd < 0 ? -1 : pwrite(fd, from, len, (off_t)to);
    if (fd >= 0) {
        close(fd);
    }
    return put == (ssize_t)len;
}

/* ---- symbols --------------------------------------------------------------------------------- */

struct symbols {
    struct pp_elf elf;
    const Elf64_Sym *items;
    size_t count;
    const char *strings;
    size_t strings_size;
};

static bool open_symbols(struct symbols *symbols, struct pprof_error *error)
{
    const unsigned char *items, *strings;
    size_t size;
    if (!pp_elf_section(&symbols->elf, ".dynsym", &items, &size) || !items ||
        !pp_elf_section(&symbols->elf, ".dynstr", &strings, &symbols->strings_size) || !strings ||
        !symbols->strings_size || strings[symbols->strings_size - 1]) {
        (void)pp_err_set(error, PPROF_ERR_FORMAT, "a library without dynamic symbols");
        return false;
    }
    symbols->items = (const Elf64_Sym *)(const void *)items;
    symbols->count = size / sizeof(Elf64_Sym);
    symbols->strings = (const char *)strings;
    return true;
}

static const char *name_of(const struct symbols *symbols, const Elf64_Sym *symbol)
{
    bool is_function = ELF64_ST_TYPE(symbol->st_info) == STT_FUNC && symbol->st_shndx != SHN_UNDEF;
    return is_function && symbol->st_name < symbols->strings_size
               ? symbols->strings + symbol->st_name : NULL;
}

static uint64_t address_of(const struct symbols *symbols, const char *name)
{
    for (size_t i = 0; i < symbols->count; i++) {
        const char *is = name_of(symbols, &symbols->items[i]);
        if (is && strcmp(is, name) == 0) {
            return symbols->items[i].st_value;
        }
    }
    return 0;
}

/* The file behind a mapping, as the process sees it, if it is still what is mapped. */
static bool open_mapped(const struct pp_target *target, const struct pp_mapping *map,
                        struct symbols *symbols, struct pprof_error *error)
{
    char path[PATH_MAX + 64];
    unsigned char page[PAGE];
    (void)snprintf(path, sizeof(path), "/proc/%d/root%s", (int)target->pid, map->path);
    if (map->deleted || pp_elf_open(path, &symbols->elf, NULL) != 0) {
        (void)pp_err_set(error, PPROF_ERR_NOTFOUND,
                         "%.300s was removed or replaced since process %d loaded it; restart the "
                         "program", map->path, (int)target->pid);
        return false;
    }
    bool is_same = symbols->elf.file.size >= PAGE &&
                   pp_target_peek(target->pid, map->start, page, PAGE) &&
                   memcmp(page, symbols->elf.file.data, PAGE) == 0;
    if (!is_same) {
        (void)pp_err_set(error, PPROF_ERR_NOTFOUND,
                         "%.300s is not the file that process %d has mapped; restart the program",
                         map->path, (int)target->pid);
    }
    if (!is_same || !open_symbols(symbols, error)) {
        pp_elf_close(&symbols->elf);
        return false;
    }
    return true;
}

/* ---- libc ------------------------------------------------------------------------------------ */

static uintptr_t find_bytes(const struct pp_elf *elf, uintptr_t base, const void *bytes, size_t len)
{
    for (size_t i = 0; i < elf->segment_count; i++) {
        const Elf64_Phdr *ph = &elf->segments[i];
        if (ph->p_type != PT_LOAD || !(ph->p_flags & PF_X) || ph->p_offset > elf->file.size ||
            ph->p_filesz > elf->file.size - ph->p_offset) {
            continue;
        }
        const unsigned char *start = elf->file.data + ph->p_offset;
        const unsigned char *found = memmem(start, ph->p_filesz, bytes, len);
        if (found) {
            return base + ph->p_vaddr + (uintptr_t)(found - start);
        }
    }
    return 0;
}

static void add_span(struct pp_target *target, uintptr_t low, uintptr_t high, char what)
{
    if (target->span_count < PP_SPANS_MAX) {
        target->spans[target->span_count++] = (struct pp_span){ low, high, what };
    }
}

static void add_functions(struct pp_target *target, const struct symbols *symbols, uintptr_t base)
{
    for (size_t i = 0; i < symbols->count; i++) {
        const char *name = name_of(symbols, &symbols->items[i]);
        char what = name ? pp_place_class(name) : 0;
        if (what) {
            uintptr_t low = base + symbols->items[i].st_value;
            add_span(target, low, low + symbols->items[i].st_size, what);
        }
    }
}

static void add_modules(struct pp_target *target)
{
    for (size_t i = 0; i < target->map_count; i++) {
        const struct pp_mapping *map = &target->maps[i];
        const char *name = base_name(map->path);
        if (!map->executable) {
            continue;
        }
        if (strncmp(name, "ld-", 3) == 0 || strncmp(name, "ld.so", 5) == 0) {
            add_span(target, map->start, map->end, PP_PLACE_LOADER);
        } else if (strncmp(name, "libc.so.6", 9) == 0 || strncmp(name, "libc-2.", 7) == 0) {
            add_span(target, map->start, map->end, PP_PLACE_LIBC);
        } else if (strncmp(name, "libpprof", 8) == 0) {
            add_span(target, map->start, map->end, PP_PLACE_PPROF);
        } else if (strstr(name, "malloc")) {
            add_span(target, map->start, map->end, PP_PLACE_MALLOC);
        }
    }
}

static void take_functions(struct pp_target *target, const struct symbols *symbols, uintptr_t base)
{
    static const unsigned char system_call_return[] = { 0x0f, 0x05, 0xc3 };
    static const unsigned char restore[] = { 0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05 };
    uint64_t open = address_of(symbols, "dlopen"), error = address_of(symbols, "dlerror");
    target->is_old_dlopen = !open;
    open = open ? open : address_of(symbols, "__libc_dlopen_mode");
    target->dlopen = open ? base + open : 0;
    target->dlerror = error ? base + error : 0;
    target->errno_location = base + address_of(symbols, "__errno_location");
    target->syscall_return =
        find_bytes(&symbols->elf, base, system_call_return, sizeof(system_call_return));
    target->restore = find_bytes(&symbols->elf, base, restore, sizeof(restore));
}

int pp_target_find_libc(struct pp_target *target, struct pprof_error *error)
{
    struct symbols symbols;
    const struct pp_mapping *map = find_file(target, "libc.so.6");
    map = map ? map : find_file(target, "libc-2.");
    if (!map || !open_mapped(target, map, &symbols, error)) {
        return REFUSED;
    }
    take_functions(target, &symbols, map->start);
    add_functions(target, &symbols, map->start);
    add_modules(target);
    pp_elf_close(&symbols.elf);
    if (!target->dlopen || !target->syscall_return || !target->restore) {
        (void)pp_err_set(error, PPROF_ERR_UNSUPPORTED, "%.300s is not as a glibc is", map->path);
        return REFUSED;
    }
    return FINE;
}

/* ---- libpprof.so ----------------------------------------------------------------------------- */

static int take_entry(struct pp_target *target, struct symbols *symbols, const char *function,
                      struct pprof_error *error)
{
    target->entry = address_of(symbols, function);
    pp_elf_close(&symbols->elf);
    if (!target->entry) {
        (void)pp_err_set(error, PPROF_ERR_UNSUPPORTED,
                         "%.300s cannot be attached (it has no %s); it is older than this tool",
                         target->library, function);
        return REFUSED;
    }
    return FINE;
}

/* The process must reach the same file by the same name. */
static int check_reach(const struct pp_target *target, const char *library,
                       struct pprof_error *error)
{
    char path[PATH_MAX + 64];
    struct stat here, there;
    (void)snprintf(path, sizeof(path), "/proc/%d/root%s", (int)target->pid, library);
    if (stat(library, &here) == 0 && stat(path, &there) == 0 && here.st_ino == there.st_ino &&
        here.st_size == there.st_size) {
        return FINE;
    }
    (void)pp_err_set(error, PPROF_ERR_NOTFOUND,
                     "process %d has other files than this tool (a container or chroot): it does "
                     "not find %.300s; put libpprof.so at that path there, or run this tool inside",
                     (int)target->pid, library);
    return REFUSED;
}

int pp_target_find_library(struct pp_target *target, const char *library, const char *function,
                           struct pprof_error *error)
{
    struct symbols symbols;
    const struct pp_mapping *map = find_file(target, "libpprof.so");
    if (map) {
        (void)snprintf(target->library, sizeof(target->library), "%s", map->path);
        target->library_base = map->start;
        return open_mapped(target, map, &symbols, error)
                   ? take_entry(target, &symbols, function, error) : REFUSED;
    }
    if (!library) {
        (void)pp_err_set(error, PPROF_ERR_OFF, "process %d is not attached", (int)target->pid);
        return REFUSED;
    }
    if (check_reach(target, library, error) != FINE) {
        return REFUSED;
    }
    (void)snprintf(target->library, sizeof(target->library), "%s", library);
    if (pp_elf_open(library, &symbols.elf, error) != 0) {
        return REFUSED;
    }
    if (!open_symbols(&symbols, error)) {
        pp_elf_close(&symbols.elf);
        return REFUSED;
    }
    return take_entry(target, &symbols, function, error);
}

#endif
