/* links libpprof flags: -O0
 * Uses memory in known ways and prints a page of the profiler; driven by memory.t.
 *
 *   memory PAGE [WORD...]   each word does one thing first:
 *     heap     32 MiB of blocks of 64 KiB, kept and written     freed   the same, freed again
 *     mix      100, 1000 and 10000 byte blocks, 8 MiB each, in functions of their own
 *     wave     24 MiB in rises(), all but a quarter freed, then 8 MiB in stays_low()
 *     map      24 MiB mapped and written           file    a file of 8 MiB mapped and read
 *     threads  16 threads that wait, with 256 KiB of stack in use each
 *     pile     24 MiB mapped and written, the stacks of two threads in it, 4 MiB each
 *     raw      64 MiB of address space mapped by the system call itself, at a multiple of 64 MiB, and 16
 *              MiB of it written
 *     cached   8 MiB of small blocks freed into the allocator   old     two seconds pass,
 *              and the milliseconds from then to the end of the page go to standard error */
#include <pprof/pprof.h>

#include <alloca.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { MIB = 1 << 20 };
static void *volatile kept[1 << 18];
static size_t kept_count;
static pthread_barrier_t all_there;
static struct timespec old_since;

static int print(void *ctx, const struct pprof_response *response, const void *data, size_t len)
{
    (void)ctx;
    (void)response;
    fwrite(data, 1, len, stdout);
    return 0;
}

static void *written(size_t size)
{
    void *block = malloc(size);
    memset(block, 1, size);
    kept[kept_count++] = block;
    return block;
}

static void holds(void)
{
    for (int i = 0; i < 512; i++) {
        written(64 << 10);
    }
}

static void free_from(size_t first)
{
    while (kept_count > first) {
        free(kept[--kept_count]);
    }
}

static void makes_hundreds(void)
{
    for (int i = 0; i < 8 * MIB / 100; i++) {
        kept[kept_count++] = malloc(100);
    }
}

static void makes_thousands(void)
{
    for (int i = 0; i < 8 * MIB / 1000; i++) {
        kept[kept_count++] = malloc(1000);
    }
}

static void makes_ten_thousands(void)
{
    for (int i = 0; i < 8 * MIB / 10000; i++) {
        kept[kept_count++] = malloc(10000);
    }
}

static void rises(void)
{
    for (int i = 0; i < 384; i++) {
        written(64 << 10);
    }
}

static void stays_low(void)
{
    for (int i = 0; i < 128; i++) {
        written(64 << 10);
    }
}

static void maps(void)
{
    memset(mmap(NULL, 24 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), 1,
           24 * MIB);
}

static void *waits(void *arg);

static void piles(void)
{
    char *at = mmap(NULL, 24 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(at, 1, 24 * MIB);
    pthread_barrier_init(&all_there, NULL, 3);
    for (int i = 0; i < 2; i++) {
        pthread_attr_t in_it;
        pthread_t thread;
        pthread_attr_init(&in_it);
        pthread_attr_setstack(&in_it, at + (4 + 8 * i) * MIB, 4 * MIB);
        pthread_create(&thread, &in_it, waits, NULL);
    }
    pthread_barrier_wait(&all_there);
}

/* Through no function of libc's. */
static void maps_raw(void)
{
#if defined(__x86_64__)
    register long flags __asm__("r10") = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;
    register long fd __asm__("r8") = -1, offset __asm__("r9") = 0;
    char *at = (char *)((uintptr_t)1 << 45);
    long got;
    __asm__ volatile("syscall"
                     : "=a"(got)
                     : "0"(SYS_mmap), "D"(at), "S"(64L * MIB), "d"(PROT_READ | PROT_WRITE),
                       "r"(flags), "r"(fd), "r"(offset)
                     : "rcx", "r11", "memory");
    if (got == (long)at) {
        memset(at, 1, 16 * MIB);
    }
#endif
}

static void reads_file(void)
{
    static volatile unsigned sum;
    char name[] = "/tmp/pprof-memory-XXXXXX";
    int fd = mkstemp(name);
    if (ftruncate(fd, 8 * MIB) != 0) {
        exit(1);
    }
    char *at = mmap(NULL, 8 * MIB, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    memset(at, 1, 8 * MIB);
    for (int i = 0; i < 8 * MIB; i += 4096) {
        sum += (unsigned char)at[i];
    }
    unlink(name);
}

static void *waits(void *arg)
{
    memset(alloca(256 << 10), 1, 256 << 10);
    pthread_barrier_wait(&all_there);
    pause();
    return arg;
}

static void start_threads(void)
{
    pthread_t thread;
    pthread_barrier_init(&all_there, NULL, 17);
    for (int i = 0; i < 16; i++) {
        pthread_create(&thread, NULL, waits, NULL);
    }
    pthread_barrier_wait(&all_there);
}

static void fills_caches(void)
{
    size_t first = kept_count;
    for (int i = 0; i < 8 * MIB / 64; i++) {
        void *block = malloc(48);
        memset(block, 1, 48);
        kept[kept_count++] = block;
    }
    written(1000); /* so that nothing can be trimmed at the end */
    kept_count--;
    free_from(first);
}

static void act(const char *word)
{
    if (strcmp(word, "heap") == 0) {
        holds();
    } else if (strcmp(word, "freed") == 0) {
        size_t first = kept_count;
        holds();
        free_from(first);
    } else if (strcmp(word, "mix") == 0) {
        makes_hundreds();
        makes_thousands();
        makes_ten_thousands();
    } else if (strcmp(word, "wave") == 0) {
        size_t first = kept_count;
        rises();
        free_from(first + 96);
        stays_low();
    } else if (strcmp(word, "map") == 0) {
        maps();
    } else if (strcmp(word, "pile") == 0) {
        piles();
    } else if (strcmp(word, "raw") == 0) {
        maps_raw();
    } else if (strcmp(word, "file") == 0) {
        reads_file();
    } else if (strcmp(word, "threads") == 0) {
        start_threads();
    } else if (strcmp(word, "cached") == 0) {
        fills_caches();
    } else if (strcmp(word, "old") == 0) {
        sleep(2);
        clock_gettime(CLOCK_MONOTONIC, &old_since);
    }
}

static void tell_time(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    fprintf(stderr, "%ld\n",
            (now.tv_sec - old_since.tv_sec) * 1000 + (now.tv_nsec - old_since.tv_nsec) / 1000000);
}

int main(int argc, char **argv)
{
    struct pprof_request request = { .method = "GET", .path = argc > 1 ? argv[1] : "/" };
    char *query = strchr(request.path, '?');
    if (query) {
        *query = '\0';
        request.query = query + 1;
    }
    for (int i = 2; i < argc; i++) {
        act(argv[i]);
    }
    (void)pprof_handle(&request, print, NULL);
    fflush(stdout);
    if (old_since.tv_sec) {
        tell_time();
    }
    _exit(0);
}
