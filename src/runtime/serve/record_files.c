/* The directory of a recording: names that sort by time, and the caps. */
#include "base/date.h"
#include "base/sort_in_place.h"
#include "base/sys.h"
#include "runtime/serve/file.h"
#include "runtime/serve/record.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

enum { NAME_BYTES = 96 };

void pp_record_path(const char *directory, const char *name, const char *suffix, char *path,
                    size_t cap)
{
    int64_t now = pp_sys_wall_ns();
    struct pp_date date = pp_date_of_ns(now);
    (void)snprintf(path, cap, "%s/%04d%02d%02dT%02d%02d%02d.%03dZ.%d.%s%s", directory, date.year,
                   date.month, date.day, date.hour, date.minute, date.second,
                   (int)(now / 1000000 % 1000), (int)pp_sys_pid(), name, suffix);
}

struct file {
    char name[NAME_BYTES];
    uint64_t bytes;
};

struct listing {
    struct pp_arena *arena;
    struct file *files;
    size_t count, cap;
    uint64_t bytes;
};

static bool ends_with(const char *name, const char *end)
{
    size_t len = strlen(name), end_len = strlen(end);
    return len >= end_len && strcmp(name + len - end_len, end) == 0;
}

/* "########T######.###Z." and a profile, or what was left of one by a process that was killed. */
static bool is_ours(const char *name)
{
    static const char form[] = "########T######.###Z.";
    for (size_t i = 0; form[i]; i++) {
        bool fits = form[i] == '#' ? name[i] >= '0' && name[i] <= '9' : name[i] == form[i];
        if (!fits) {
            return false;
        }
    }
    return strlen(name) < NAME_BYTES &&
           (ends_with(name, ".pb.gz") || ends_with(name, ".pb.gz.tmp"));
}

static void add_file(struct listing *listing, int directory, const char *name)
{
    struct stat st;
    if (!is_ours(name) || fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
        !S_ISREG(st.st_mode) ||
        pp_arena_reserve(listing->arena, &listing->files, &listing->cap, listing->count,
                         sizeof *listing->files) != 0) {
        return;
    }
    struct file *file = &listing->files[listing->count++];
    memcpy(file->name, name, strlen(name) + 1);
    file->bytes = (uint64_t)st.st_blocks * 512;
    listing->bytes += file->bytes;
}

static void list(struct listing *listing, int directory)
{
    char block[4096] __attribute__((aligned(8)));
    long size;
    while ((size = pp_sys_call(SYS_getdents64, directory, (long)block, sizeof block, 0, 0, 0)) >
           0) {
        for (long at = 0; at < size;) {
            uint16_t length;
            memcpy(&length, block + at + 16, sizeof length);
            add_file(listing, directory, block + at + 19);
            at += length;
        }
    }
}

static bool is_older(const struct file *a, const struct file *b)
{
    return strcmp(a->name, b->name) < 0;
}

PP_SORT_IN_PLACE(sort_by_name, struct file, is_older)

static unsigned remove_oldest(const struct listing *listing, int directory, uint64_t max_files,
                              uint64_t max_bytes)
{
    uint64_t bytes = listing->bytes;
    unsigned removed = 0;
    for (size_t i = 0; i < listing->count; i++) {
        if (listing->count - i <= max_files && bytes <= max_bytes) {
            break;
        }
        bytes -= listing->files[i].bytes;
        removed += pp_sys_call(SYS_unlinkat, directory, (long)listing->files[i].name, 0, 0, 0,
                               0) == 0;
    }
    return removed;
}

/* Keeps also no more than a part of what is there: 1 is all, 2 the newer half. */
static unsigned prune(const char *directory, uint64_t max_files, uint64_t max_bytes,
                      unsigned divided)
{
    struct pp_arena arena;
    struct listing listing = { .arena = &arena };
    int fd = (int)pp_sys_call(SYS_openat, AT_FDCWD, (long)directory,
                              O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0, 0, 0);
    if (fd < 0) {
        return 0;
    }
    pp_arena_init(&arena, 0);
    list(&listing, fd);
    sort_by_name(listing.files, listing.count);
    uint64_t part = listing.count / divided;
    unsigned removed =
        remove_oldest(&listing, fd, part < max_files ? part : max_files, max_bytes);
    pp_arena_release(&arena);
    pp_sys_close(fd);
    return removed;
}

unsigned pp_record_prune(const char *directory, uint64_t max_files, uint64_t max_bytes)
{
    return prune(directory, max_files, max_bytes, 1);
}

unsigned pp_record_halve(const char *directory)
{
    return prune(directory, UINT64_MAX, UINT64_MAX, 2);
}
