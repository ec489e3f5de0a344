/* links objects: what reading a profile costs.
 *
 * usage: decode FILE [ROUNDS]     reads FILE, plain or gzipped, ROUNDS times (default 5): seconds of the
 *                                 fastest and the median, and the most memory the process ever had */
#include <pprof/profile.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double read_once(const void *data, size_t size)
{
    struct pprof_profile *p;
    struct pprof_error error;
    double start = now();
    if (pprof_profile_read(data, size, NULL, &p, &error)) {
        fprintf(stderr, "decode: %s\n", error.detail);
        exit(1);
    }
    double seconds = now() - start;
    pprof_profile_free(p);
    return seconds;
}

int main(int argc, char **argv)
{
    enum { MOST = 1000 };
    static double seconds[MOST];
    struct stat st;
    int fd = argc > 1 ? open(argv[1], O_RDONLY) : -1;
    int rounds = argc > 2 ? atoi(argv[2]) : 5;
    if (fd < 0 || fstat(fd, &st) != 0 || rounds < 1 || rounds > MOST) {
        fprintf(stderr, "usage: decode FILE [ROUNDS]: %s\n", strerror(errno));
        return 2;
    }
    void *data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    if (data == MAP_FAILED) {
        perror("decode");
        return 1;
    }
    for (int i = 0; i < rounds; i++) {
        seconds[i] = read_once(data, (size_t)st.st_size);
    }
    qsort(seconds, (size_t)rounds, sizeof(*seconds), compare);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("%s: fastest %.4f s, median %.4f s of %d, %ld kB at most, %lld kB of it the file\n", argv[1],
           seconds[0], seconds[rounds / 2], rounds, usage.ru_maxrss, (long long)st.st_size / 1024);
    return 0;
}
