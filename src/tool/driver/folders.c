#include "tool/driver/folders.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int pp_folders_make(const char *path, mode_t mode)
{
    char copy[PATH_MAX];
    struct stat info;
    if (strlen(path) >= sizeof(copy)) {
        return ENAMETOOLONG;
    }
    strcpy(copy, path);
    for (char *p = copy + 1; *copy && *p; p++) {
        if (*p == '/') {
            *p = '\0';
            (void)mkdir(copy, mode);
            *p = '/';
        }
    }
    if ((mkdir(copy, mode) && errno != EEXIST) || stat(copy, &info)) {
        return errno;
    }
    return S_ISDIR(info.st_mode) ? 0 : ENOTDIR;
}

int pp_folders_own(const char *variable, const char *fallback, char *path, size_t cap)
{
    const char *root = getenv(variable), *home = getenv("HOME");
    int len;
    if (root && *root == '/') {
        len = snprintf(path, cap, "%s/pprof", root);
    } else if (home && *home == '/') {
        len = snprintf(path, cap, "%s/%s/pprof", home, fallback);
    } else {
        return ENOENT;
    }
    return len < 0 || (size_t)len >= cap ? ENAMETOOLONG : 0;
}
