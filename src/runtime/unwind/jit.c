#include "runtime/unwind/jit.h"

#include "base/sort_in_place.h"
#include "base/sys.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { LOOK_BACK = 32 };
#define FILE_MAX_BYTES ((off_t)64 << 20)

struct pp_jit_code {
    uintptr_t start, limit;
    uint32_t line; /* later lines are newer */
    const char *name;
};

static char *read_text(int fd, struct pp_arena *arena)
{
    struct stat st;
    if (pp_sys_call(SYS_fstat, fd, (long)&st, 0, 0, 0, 0) != 0 || !S_ISREG(st.st_mode) ||
        st.st_uid != geteuid() || st.st_size > FILE_MAX_BYTES) {
        return NULL;
    }
    size_t size = (size_t)st.st_size, have = 0;
    char *text = pp_arena_alloc(arena, size + 1);
    while (text && have < size) {
        long got = pp_sys_call(SYS_read, fd, (long)(text + have), (long)(size - have), 0, 0, 0);
        if (got <= 0) {
            break;
        }
        have += (size_t)got;
    }
    if (text) {
        text[have] = '\0';
    }
    return text;
}

static char *read_map(struct pp_arena *arena)
{
    char path[64];
    const int flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    (void)snprintf(path, sizeof(path), "/tmp/perf-%d.map", (int)pp_sys_pid());
    long fd = pp_sys_call(SYS_openat, AT_FDCWD, (long)path, flags, 0, 0, 0);
    if (fd < 0) {
        return NULL;
    }
    char *text = read_text((int)fd, arena);
    pp_sys_close((int)fd);
    return text;
}

static bool take_hex(char **at, uintptr_t *value)
{
    char *start = *at;
    *value = 0;
    for (;; (*at)++) {
        char c = **at;
        int digit = c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f'
                                                         ? (c | 32) - 'a' + 10 : -1;
        if (digit < 0) {
            return *at > start;
        }
        *value = *value << 4 | (unsigned)digit;
    }
}

/* One line, which the caller ended with NUL. */
static bool parse_line(char *line, struct pp_jit_code *code)
{
    uintptr_t size;
    if (!take_hex(&line, &code->start) || *line++ != ' ' || !take_hex(&line, &size) ||
        *line++ != ' ' || size == 0 || code->start + size < code->start) {
        return false;
    }
    code->limit = code->start + size;
    code->name = line;
    return *line != '\0';
}

static bool is_before(const struct pp_jit_code *a, const struct pp_jit_code *b)
{
    return a->start != b->start ? a->start < b->start : a->line < b->line;
}

PP_SORT_IN_PLACE(sort, struct pp_jit_code, is_before)

static void drop_older(struct pp_jit *jit)
{
    size_t kept = 0;
    for (size_t i = 0; i < jit->count; i++) {
        if (kept && jit->code[kept - 1].start == jit->code[i].start) {
            kept--;
        }
        jit->code[kept++] = jit->code[i];
    }
    jit->count = kept;
}

static void load(struct pp_jit *jit, struct pp_arena *arena)
{
    size_t cap = 0;
    uint32_t number = 0;
    jit->is_loaded = true;
    for (char *line = read_map(arena); line && *line;) {
        char *end = strchrnul(line, '\n');
        bool is_last = *end == '\0';
        struct pp_jit_code code = { .line = number++ };
        *end = '\0';
        if (pp_arena_reserve(arena, &jit->code, &cap, jit->count, sizeof(code)) != 0) {
            break;
        }
        if (parse_line(line, &code)) {
            jit->code[jit->count++] = code;
        }
        line = is_last ? end : end + 1;
    }
    sort(jit->code, jit->count);
    drop_older(jit);
}

bool pp_jit_symbol(struct pp_jit *jit, struct pp_arena *arena, uintptr_t pc, const char **name,
                   uintptr_t *entry)
{
    const struct pp_jit_code *best = NULL;
    size_t low = 0, high;
    if (!jit->is_loaded) {
        load(jit, arena);
    }
    high = jit->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (jit->code[middle].start <= pc) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (size_t i = low; i > 0 && low - i < LOOK_BACK; i--) {
        const struct pp_jit_code *code = &jit->code[i - 1];
        if (pc < code->limit && (!best || code->line > best->line)) {
            best = code;
        }
    }
    if (best) {
        *name = best->name;
        *entry = best->start;
    }
    return best != NULL;
}
