/* links deflate: how fast a profile can be had at all: inflated, and each byte looked at once.
 *
 * usage: floor FILE     prints seconds (the fastest of five) and the megabytes inflated */
#include <libdeflate.h>

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Byte by byte, as a decoder has to: how many end a varint. */
static size_t look(const unsigned char *data, size_t len)
{
    size_t ends = 0;
    for (size_t i = 0; i < len; i++) {
        ends += data[i] < 0x80;
    }
    return ends;
}

static double once(struct libdeflate_decompressor *d, const void *packed, size_t len, size_t size)
{
    static volatile size_t kept;
    size_t got = 0;
    double start = now();
    unsigned char *plain = malloc(size);
    if (!plain || libdeflate_gzip_decompress(d, packed, len, plain, size, &got)) {
        fprintf(stderr, "floor: no gzip file of one member\n");
        exit(1);
    }
    kept = look(plain, got);
    free(plain);
    return now() - start;
}

int main(int argc, char **argv)
{
    struct stat st;
    int fd = argc == 2 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0 || fstat(fd, &st) || st.st_size < 18) {
        fprintf(stderr, "usage: floor FILE\n");
        return 2;
    }
    size_t len = (size_t)st.st_size;
    const char *packed = mmap(NULL, len, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    if (packed == MAP_FAILED) {
        perror("floor");
        return 1;
    }
    uint32_t size;
    memcpy(&size, packed + len - sizeof(size), sizeof(size));
    struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
    double best = 1e9;
    for (int i = 0; d && i < 5; i++) {
        double seconds = once(d, packed, len, size);
        best = seconds < best ? seconds : best;
    }
    libdeflate_free_decompressor(d);
    printf("%.6f %.1f\n", best, size / 1e6);
    return 0;
}
