/*   line: ffffffff81234560 t do_work [module]      sorted but for the modules, which come behind */
#include "tool/symbolize/kernel.h"

#include "base/buf.h"
#include "elf/elf_file.h"
#include "profile/sort.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char kernel_file[] = "[kernel.kallsyms]";

bool pp_is_kernel(const char *file)
{
    return !strncmp(file, kernel_file, sizeof(kernel_file) - 1);
}

/* --- which kernel runs ------------------------------------------------------------------------ */

static bool is_running(const char *build_id)
{
    char notes[4096], hex[2 * PP_BUILD_ID_MAX + 1];
    unsigned char id[PP_BUILD_ID_MAX];
    ssize_t len = pp_sys_read_file("/sys/kernel/notes", notes, sizeof(notes));
    size_t id_len = len > 0 ? pp_notes_build_id((unsigned char *)notes, (size_t)len, 4, id) : 0;
    pp_build_id_hex(id, id_len, hex);
    return *hex && !strcmp(hex, build_id);
}

/* --- its functions ---------------------------------------------------------------------------- */

/* Of several at an address the public one, then the one with fewer underscores before it. */
static int by_address(const void *a, const void *b, void *ctx)
{
    const struct pp_kernel_function *x = a, *y = b;
    (void)ctx;
    if (x->address != y->address) {
        return x->address < y->address ? -1 : 1;
    }
    size_t more = strspn(x->name, "_"), less = strspn(y->name, "_");
    return x->is_local != y->is_local ? (x->is_local ? 1 : -1) : (more > less) - (more < less);
}

/* A line without its end; names are cut off where they stand. */
static bool take_line(struct pp_arena *arena, char *line, struct pp_kernel *kernel)
{
    char *end = NULL;
    uint64_t address = strtoull(line, &end, 16);
    if (address == 0 || end[0] != ' ' || !end[1] || !strchr("tTwW", end[1]) || end[2] != ' ') {
        return true;
    }
    char *name = end + 3;
    name[strcspn(name, "\t ")] = '\0';
    if (pp_arena_reserve(arena, &kernel->functions, &kernel->cap, kernel->count,
                         sizeof(*kernel->functions))) {
        return false;
    }
    kernel->functions[kernel->count++] = (struct pp_kernel_function){
        .address = address, .name = name, .is_local = islower((unsigned char)end[1])
    };
    return true;
}

bool pp_kernel_parse(struct pp_arena *arena, char *text, struct pp_kernel *kernel)
{
    char *rest = NULL;
    *kernel = (struct pp_kernel){ 0 };
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        if (!take_line(arena, line, kernel)) {
            return false;
        }
    }
    return kernel->count && pp_sort(kernel->functions, kernel->count, sizeof(*kernel->functions),
                                    by_address, NULL, arena) == 0;
}

static bool read_whole(const char *path, struct pp_buf *out)
{
    enum { ROOM = 256 << 10 };
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : 1;
    while (got > 0) {
        char *room = pp_buf_room(out, ROOM);
        got = room ? read(fd, room, ROOM) : -1;
        out->len += got > 0 ? (size_t)got : 0;
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    pp_buf_char(out, '\0');
    return got == 0 && !out->err;
}

bool pp_kernel_read(struct pp_arena *arena, const char *build_id, struct pp_kernel *kernel)
{
    struct pp_buf text;
    pp_buf_init(&text, arena);
    return is_running(build_id) && read_whole("/proc/kallsyms", &text) &&
           pp_kernel_parse(arena, text.data, kernel);
}

const char *pp_kernel_name(const struct pp_kernel *kernel, uint64_t address)
{
    size_t low = 0, high = kernel->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (kernel->functions[middle].address <= address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == 0) {
        return NULL;
    }
    uint64_t at = kernel->functions[low - 1].address;
    for (low--; low && kernel->functions[low - 1].address == at; low--) {
    }
    return kernel->functions[low].name;
}
