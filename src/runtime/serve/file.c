#include "runtime/serve/file.h"

#include "base/atomic.h"
#include "base/err.h"
#include "base/log.h"
#include "base/sys.h"
#include "runtime/serve/encode.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

int pp_file_write(const char *path, const struct pp_buf *bytes)
{
    char temporary[PP_DIRECTORY_BYTES + 128];
    if (bytes->err || (size_t)snprintf(temporary, sizeof temporary, "%s.tmp", path) >=
                          sizeof temporary) {
        return bytes->err ? -ENOMEM : -ENAMETOOLONG;
    }
    int fd = (int)pp_sys_call(SYS_openat, AT_FDCWD, (long)temporary,
                              O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600, 0, 0);
    if (fd < 0) {
        return fd;
    }
    int result = pp_sys_write_unheard(fd, bytes->data, bytes->len);
    pp_sys_close(fd);
    if (result == 0) {
        result = (int)pp_sys_call(SYS_renameat2, AT_FDCWD, (long)temporary, AT_FDCWD, (long)path, 0,
                                  0);
    }
    if (result < 0) {
        pp_sys_call(SYS_unlinkat, AT_FDCWD, (long)temporary, 0, 0, 0, 0);
    }
    return result;
}

int pp_file_write_profile(const char *path, const struct pprof_profile *profile)
{
    struct pp_arena arena;
    struct pp_buf bytes;
    pp_arena_init(&arena, 0);
    pp_buf_init(&bytes, &arena);
    int result = pp_encode_gzip(profile, 1, &bytes, NULL) ? -ENOMEM : pp_file_write(path, &bytes);
    pp_arena_release(&arena);
    return result;
}

void pp_file_complain(const char *path, int result, uint32_t *said)
{
    if (result && !pp_swap(said, 1)) {
        pp_log("cannot write %s: %s", path, strerror(-result));
    }
}

static int make_directory(const char *directory, struct pprof_error *error)
{
    struct stat st;
    if (strlen(directory) >= PP_DIRECTORY_BYTES) {
        return pp_err_set(error, PPROF_ERR_INVALID, "the name of the directory is too long");
    }
    if (mkdir(directory, 0700) != 0 && errno != EEXIST) {
        return pp_err_errno(error, PPROF_ERR_SYSTEM, errno, "cannot make the directory %.300s",
                            directory);
    }
    if (stat(directory, &st) != 0 || !S_ISDIR(st.st_mode)) {
        return pp_err_set(error, PPROF_ERR_INVALID, "%.300s is not a directory", directory);
    }
    return 0;
}

int pp_file_directory(const char *directory, char *kept, struct pprof_error *error)
{
    int failed = make_directory(directory, error);
    if (failed) {
        return failed;
    }
    size_t used = 0;
    if (directory[0] != '/') {
        long len = pp_sys_call(SYS_getcwd, (long)kept, PP_DIRECTORY_BYTES, 0, 0, 0, 0);
        if (len <= 0 || kept[0] != '/' ||
            (size_t)len + strlen(directory) >= PP_DIRECTORY_BYTES) {
            return pp_err_set(error, PPROF_ERR_SYSTEM,
                              "the current directory has no usable name: name %.300s from /",
                              directory);
        }
        used = (size_t)len;
        kept[used - 1] = '/'; /* instead of its NUL */
    }
    memcpy(kept + used, directory, strlen(directory) + 1);
    return 0;
}
