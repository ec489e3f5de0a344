#include "runtime/unwind/vma.h"

#include "base/sys.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>

enum { LINE_MAX_BYTES = 4096 + 256, BLOCK = 12 << 10 };

struct reader {
    int fd, err;
    size_t len, at; /* of block */
    char block[BLOCK];
    char line[LINE_MAX_BYTES];
    char names[2][LINE_MAX_BYTES]; /* of the present mapping, and of the one that is visited */
};

static bool fill(struct reader *reader)
{
    long got;
    do {
        got = pp_sys_call(SYS_read, reader->fd, (long)reader->block, BLOCK, 0, 0, 0);
    } while (got == -EINTR);
    reader->at = 0;
    reader->len = got > 0 ? (size_t)got : 0;
    reader->err = got < 0 ? (int)got : 0;
    return got > 0;
}

/* The next line without its end; what is longer than a line can be is cut. False at the end. */
static bool next_line(struct reader *reader)
{
    size_t len = 0;
    for (;;) {
        if (reader->at == reader->len && !fill(reader)) {
            reader->line[len] = '\0';
            return len > 0;
        }
        char *from = reader->block + reader->at;
        char *end = memchr(from, '\n', reader->len - reader->at);
        size_t part = end ? (size_t)(end - from) : reader->len - reader->at;
        size_t room = LINE_MAX_BYTES - 1 - len;
        memcpy(reader->line + len, from, part < room ? part : room);
        len += part < room ? part : room;
        reader->at += part + (end != NULL);
        if (end) {
            reader->line[len] = '\0';
            return true;
        }
    }
}

static const char *take_hex(const char *at, uint64_t *value)
{
    *value = 0;
    for (;; at++) {
        unsigned digit = (unsigned)(*at - '0');
        if (digit > 9) {
            digit = (unsigned)((*at | 32) - 'a') + 10;
            if (digit < 10 || digit > 15) {
                return at;
            }
        }
        *value = *value * 16 + digit;
    }
}

static uint64_t take_number(const char *at)
{
    uint64_t value = 0;
    for (at += strspn(at, " \t"); *at >= '0' && *at <= '9'; at++) {
        value = value * 10 + (uint64_t)(*at - '0');
    }
    return value;
}

static const char *next_word(const char *at)
{
    at += strcspn(at, " ");
    return at + strspn(at, " ");
}

/* "start-limit rwxp offset dev inode   name"; false for a line of another form. */
static bool parse_head(const char *line, struct pp_vma *vma, char *name)
{
    uint64_t start, limit;
    const char *at = take_hex(line, &start);
    if (at == line || *at != '-') {
        return false;
    }
    at = next_word(take_hex(at + 1, &limit));
    if (strlen(at) < 4) {
        return false;
    }
    *vma = (struct pp_vma){ .start = start, .limit = limit, .readable = at[0] == 'r',
                            .writable = at[1] == 'w', .executable = at[2] == 'x',
                            .shared = at[3] == 's', .name = name };
    at = next_word(next_word(next_word(at)));
    vma->inode = take_number(at);
    at = next_word(at);
    memcpy(name, at, strlen(at) + 1);
    return true;
}

static void parse_detail(const char *line, struct pp_vma *vma)
{
    static const struct {
        const char *name;
        size_t offset;
    } fields[] = {
        { "Rss:", offsetof(struct pp_vma, rss) },
        { "Anonymous:", offsetof(struct pp_vma, anonymous) },
        { "Swap:", offsetof(struct pp_vma, swap) },
    };
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        size_t len = strlen(fields[i].name);
        if (strncmp(line, fields[i].name, len) == 0) {
            uint64_t bytes = take_number(line + len) << 10;
            memcpy((char *)vma + fields[i].offset, &bytes, sizeof bytes);
        }
    }
}

static int visit_all(struct reader *reader, int (*visit)(void *ctx, const struct pp_vma *vma),
                     void *ctx)
{
    struct pp_vma vma, next;
    int current = 0, result = 0;
    bool have = false;
    while (!result && next_line(reader)) {
        if (!parse_head(reader->line, &next, reader->names[!current])) {
            parse_detail(reader->line, &vma);
            continue;
        }
        result = have ? visit(ctx, &vma) : 0;
        vma = next;
        current = !current;
        have = true;
    }
    result = result ? result : reader->err;
    return have && !result ? visit(ctx, &vma) : result;
}

int pp_vma_each(struct pp_arena *arena, bool detailed,
                int (*visit)(void *ctx, const struct pp_vma *vma), void *ctx)
{
    struct reader *reader = pp_arena_alloc(arena, sizeof *reader);
    if (!reader) {
        return -ENOMEM;
    }
    reader->fd = pp_sys_open_read(detailed ? PP_SYS_OWN("smaps") : PP_SYS_OWN("maps"));
    if (reader->fd < 0) {
        return reader->fd;
    }
    int result = visit_all(reader, visit, ctx);
    pp_sys_close(reader->fd);
    return result;
}
