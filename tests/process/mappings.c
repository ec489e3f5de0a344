/* links libpprof flags: -O0
 * Maps and unmaps in one way each, then writes the mmap profile as text to standard output; driven
 * by mmap.t. usage: mappings WAY */
#include <pprof/pprof.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MIB = 1 << 20 };

static char *maps(size_t bytes)
{
    return mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static char *maps_over(char *at, size_t bytes)
{
    return mmap(at, bytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

static char *moves(char *at, size_t bytes, size_t wanted)
{
    return mremap(at, bytes, wanted, MREMAP_MAYMOVE);
}

static void report(void)
{
    fflush(stdout);
    if (pprof_write("mmap", STDOUT_FILENO, 1) != 0) {
        puts("no profile");
    }
}

static void parts(void)
{
    char *at = maps(16 * MIB);
    munmap(at, MIB);            /* its head */
    munmap(at + 15 * MIB, MIB); /* its tail */
    munmap(at + 4 * MIB, 2 * MIB);
    munmap(at + 8 * MIB, 2 * MIB);
    report(); /* 10 left in three parts */
}

static void across(void)
{
    char *at = maps(8 * MIB);
    munmap(at, 8 * MIB);
    for (int i = 0; i < 4; i++) { /* four mappings in a row */
        (void)mmap(at + i * 2 * MIB, 2 * MIB, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
                   -1, 0);
    }
    munmap(at + MIB, 6 * MIB); /* half of the first, the second and third, half of the last */
    report();
}

static void over(void)
{
    char *at = maps(8 * MIB);
    maps_over(at + 2 * MIB, MIB);
    maps_over(at + 7 * MIB, MIB);
    report(); /* 6 and 2 */
}

static void remapped(void)
{
    char *grown = moves(maps(4 * MIB), 4 * MIB, 32 * MIB);
    char *other = maps(8 * MIB);
    char *shrunk = moves(other, 8 * MIB, 2 * MIB);
    bool failed = mremap(grown, 32 * MIB, (size_t)1 << 60, MREMAP_MAYMOVE) == MAP_FAILED;
    printf("failed %d %d\n", failed, shrunk == other);
    report(); /* moves: 32 and 2 */
}

static void refused(void)
{
    char *at = maps(4 * MIB);
    printf("refused %d\n", munmap(at + 1, MIB) == -1 && errno == EINVAL);
    printf("empty %d\n", munmap(at, 0) == -1 && errno == EINVAL);
    errno = 0;
    printf("none %d\n", maps((size_t)1 << 62) == MAP_FAILED && errno == ENOMEM);
    report();
}

static void unseen(void)
{
    char *at = maps(4 * MIB);
    maps(2 * MIB);
    syscall(SYS_munmap, at, 4 * MIB);
    report(); /* the kernel no longer lists 4 of them */
}

static void maps_all(char *at, size_t bytes)
{
    if (mmap(at, bytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) != at) {
        puts("not there");
    }
}

/* Three mappings, unmapped unseen, one mapped over all of them, in which each page counts once. */
static void reused(void)
{
    char *at = (char *)((uintptr_t)1 << 45); /* far from what others use */
    for (int i = 0; i < 3; i++) {
        maps_over(at + (1 + 2 * i) * MIB, MIB);
        syscall(SYS_munmap, at + (1 + 2 * i) * MIB, MIB);
    }
    maps_all(at, 8 * MIB);
    report();
}

static void kinds(void)
{
    int fd = open("/proc/self/exe", O_RDONLY);
    maps(MIB);
    (void)mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
    (void)mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    report();
}

static void forked(void)
{
    char *at = maps(4 * MIB);
    maps(2 * MIB);
    if (fork() == 0) {
        munmap(at, 4 * MIB);
        report();
        _exit(0);
    }
    wait(NULL);
}

static void *churn(void *arg)
{
    for (int i = 0; i < 3000; i++) {
        char *at = maps(64 << 10);
        munmap(at + (16 << 10), 16 << 10);
        munmap(at, 64 << 10);
    }
    return arg;
}

static char *stays(size_t bytes)
{
    return mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void threads(void)
{
    pthread_t all[8];
    for (int i = 0; i < 8; i++) {
        pthread_create(&all[i], NULL, churn, NULL);
    }
    stays(3 * MIB);
    for (int i = 0; i < 8; i++) {
        pthread_join(all[i], NULL);
    }
    report();
}

static const struct {
    const char *name;
    void (*run)(void);
} ways[] = {
    { "parts", parts },     { "across", across },   { "over", over },
    { "remap", remapped },  { "refused", refused }, { "unseen", unseen },
    { "kinds", kinds },     { "fork", forked },     { "threads", threads },
    { "reused", reused },
};

int main(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < sizeof ways / sizeof *ways; i++) {
        if (strcmp(ways[i].name, argv[1]) == 0) {
            ways[i].run();
            return 0;
        }
    }
    return 2;
}
