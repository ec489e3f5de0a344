#include "tool/driver/history.h"

#include "base/sys.h"
#include "tool/driver/folders.h"

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_BYTES = 1 << 22 };

/* The file's name, its folder made; false without a home. */
static bool find_file(char *path, size_t cap)
{
    if (pp_folders_own("XDG_STATE_HOME", ".local/state", path, cap) ||
        pp_folders_make(path, 0700)) {
        return false;
    }
    size_t len = strlen(path);
    return (size_t)snprintf(path + len, cap - len, "/history") < cap - len;
}

/* A plain file of ours, or -1: nothing is read from or written to anything else. */
static int open_file(const char *path, int flags)
{
    struct stat info;
    int fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (fd >= 0 && (fstat(fd, &info) || !S_ISREG(info.st_mode) || info.st_uid != geteuid())) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

/* The file's bytes with a NUL behind them; NULL when there is none, or far too much. */
static char *read_file(const char *path, size_t *len)
{
    struct stat info;
    int fd = open_file(path, O_RDONLY);
    char *text = fd >= 0 && fstat(fd, &info) == 0 && info.st_size < MAX_BYTES
                     ? malloc((size_t)info.st_size + 1)
                     : NULL;
    ssize_t got = text ? read(fd, text, (size_t)info.st_size) : 0;
    *len = got > 0 ? (size_t)got : 0;
    if (text) {
        text[*len] = '\0';
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    return text;
}

/* The file with this text alone, replaced as a whole. */
static void replace(const char *path, const char *text, size_t len)
{
    char made[PATH_MAX];
    if (snprintf(made, sizeof(made), "%s.%d", path, (int)getpid()) >= (int)sizeof(made)) {
        return;
    }
    int fd = open_file(made, O_WRONLY | O_CREAT | O_EXCL);
    if (fd >= 0) {
        bool whole = pp_sys_write_all(fd, text, len) == 0;
        (void)close(fd);
        (void)(whole ? rename(made, path) : unlink(made));
    }
}

/* Where the last `count` lines begin. */
static char *last_lines(char *text, size_t len, size_t count)
{
    char *at = text + len;
    for (size_t n = 0; at > text; at--) {
        n += at[-1] == '\n' && at != text + len;
        if (n == count) {
            break;
        }
    }
    return at;
}

void pp_history_load(void (*each)(void *ctx, const char *line), void *ctx)
{
    char path[PATH_MAX], *rest = NULL;
    size_t len;
    char *text = find_file(path, sizeof(path)) ? read_file(path, &len) : NULL;
    if (!text) {
        return;
    }
    char *kept = last_lines(text, len, PP_HISTORY_LINES);
    size_t kept_len = len - (size_t)(kept - text);
    if (len - kept_len > kept_len) {
        replace(path, kept, kept_len);
    }
    for (char *line = strtok_r(kept, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        each(ctx, line);
    }
    free(text);
}

void pp_history_add(const char *line)
{
    char path[PATH_MAX];
    size_t len = strlen(line);
    char *text = strchr(line, '\n') || !find_file(path, sizeof(path)) ? NULL : malloc(len + 2);
    int fd = text ? open_file(path, O_WRONLY | O_APPEND | O_CREAT) : -1;
    if (fd >= 0) {
        memcpy(text, line, len);
        memcpy(text + len, "\n", 2);
        (void)pp_sys_write_all(fd, text, len + 1);
        (void)close(fd);
    }
    free(text);
}
