/* Runs a fuzz target over files without libFuzzer: each FILE, or every file of each folder, and each of
 * them cut short at a few places. Linked with one target of fuzz/targets. TAP on stdout. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static int count;

static void replay_bytes(const unsigned char *data, size_t size)
{
    enum { CUTS = 16 };
    for (size_t i = 1; i <= CUTS; i++) {
        /* A copy of exactly that size, so that a sanitizer sees the first byte too many. */
        size_t len = size * i / CUTS;
        unsigned char *copy = malloc(len ? len : 1);
        memcpy(copy, data, len);
        LLVMFuzzerTestOneInput(copy, len);
        free(copy);
    }
}

static int replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    static unsigned char data[1 << 20];
    if (!file) {
        perror(path);
        return 1;
    }
    size_t size = fread(data, 1, sizeof(data), file);
    fclose(file);
    replay_bytes(data, size);
    printf("ok %d - %s\n", ++count, strrchr(path, '/') ? strrchr(path, '/') + 1 : path);
    return 0;
}

static int replay_folder(const char *path)
{
    DIR *folder = opendir(path);
    struct dirent *entry;
    int failed = 0;
    while (folder && (entry = readdir(folder))) {
        char file[4096];
        int len = snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
        if (entry->d_name[0] != '.' && len < (int)sizeof(file)) {
            failed |= replay_file(file);
        }
    }
    if (folder) {
        closedir(folder);
    }
    return failed;
}

int main(int argc, char **argv)
{
    int failed = 0;
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (int i = 1; i < argc; i++) {
        struct stat st;
        failed |= stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode) ? replay_folder(argv[i])
                                                                : replay_file(argv[i]);
    }
    printf("1..%d\n", count);
    return failed || !count; /* nothing replayed is no success */
}
