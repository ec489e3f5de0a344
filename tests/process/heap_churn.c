/* flags: -O2
 * Threads allocate, resize and free each other's blocks by every function of the malloc family and
 * check what they hold; a constructor and thread-exit destructors do it at the edges of life;
 * children are forked meanwhile and allocate too. Works with and without the library and over any
 * allocator. With "report", writes the heap profile to standard output at the end, when all blocks
 * are free again. usage: heap_churn [RATE] [report] */
#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 4, SLOTS = 128, STEPS = 40000, FORKS = 12 };

struct block {
    size_t size;
    unsigned char stamp;
    unsigned char bytes[];
};

static struct block *slots[SLOTS];
static pthread_key_t key;
static void *early;

static void fail(const char *what)
{
    fprintf(stderr, "heap_churn: %s\n", what);
    _exit(1);
}

static __attribute__((constructor(101))) void allocate_early(void)
{
    early = malloc(777);
    early = realloc(early, 7777);
    memset(early, 5, 7777);
}

static void stamp(struct block *block, size_t size, unsigned char value)
{
    block->size = size;
    block->stamp = value;
    memset(block->bytes, value, size - sizeof *block);
}

static void check(const struct block *block, size_t limit)
{
    size_t count = (block->size < limit ? block->size : limit) - sizeof *block;
    for (size_t i = 0; i < count; i++) {
        if (block->bytes[i] != block->stamp) {
            fail("a block has other contents");
        }
    }
    if (malloc_usable_size((void *)(uintptr_t)block) < block->size) {
        fail("a block is smaller than asked for");
    }
}

static struct block *allocate(uint64_t dice, size_t size)
{
    void *block = NULL;
    switch (dice % 7) {
    case 0: block = calloc(1, size); break;
    case 1: block = memalign(64, size); break;
    case 2: block = aligned_alloc(32, (size + 31) & ~(size_t)31); break;
    case 3:
        if (posix_memalign(&block, 256, size) != 0) {
            block = NULL;
        }
        break;
    case 4: block = reallocarray(NULL, 1, size); break;
    case 5: block = dice % 64 ? malloc(size) : valloc(size); break;
    default: block = malloc(size); break;
    }
    if (!block) {
        fail("no memory");
    }
    return block;
}

static struct block *resize(struct block *block, size_t size)
{
    size_t old = block->size;
    struct block *moved = realloc(block, size);
    if (!moved) {
        fail("no memory");
    }
    moved->size = old < size ? old : size;
    check(moved, size);
    return moved;
}

static uint64_t next(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 24;
}

static void churn(uint64_t seed, int steps)
{
    for (int i = 0; i < steps; i++) {
        uint64_t dice = next(&seed);
        size_t size = sizeof(struct block) + (dice % 1000 == 0 ? 300000 : dice % 3000);
        struct block **slot = &slots[next(&seed) % SLOTS];
        struct block *block = __atomic_exchange_n(slot, NULL, __ATOMIC_ACQ_REL);
        if (block) {
            check(block, SIZE_MAX);
        }
        if (block && dice & 64) {
            block = resize(block, size);
        } else {
            free(block);
            block = allocate(next(&seed), size);
        }
        stamp(block, size, (unsigned char)dice);
        free(__atomic_exchange_n(&slots[next(&seed) % SLOTS], block, __ATOMIC_ACQ_REL));
    }
}

static void free_late(void *block)
{
    free(block);
    free(malloc(100000));
}

static void *work(void *arg)
{
    pthread_setspecific(key, malloc(5000));
    churn((uintptr_t)arg, STEPS);
    return NULL;
}

static void fork_once(int number)
{
    pid_t child = fork();
    if (child < 0) {
        fail("fork");
    }
    if (child == 0) {
        churn((uint64_t)number + 99, 3000);
        _exit(7);
    }
    int status;
    if (waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 7) {
        fail("a child died");
    }
}

static void free_all(void)
{
    for (int i = 0; i < SLOTS; i++) {
        free(slots[i]);
    }
}

int main(int argc, char **argv)
{
    size_t (*set_rate)(size_t) = (size_t (*)(size_t))dlsym(RTLD_DEFAULT, "pprof_heap_rate");
    int (*write_profile)(const char *, int, int) =
        (int (*)(const char *, int, int))dlsym(RTLD_DEFAULT, "pprof_write");
    if (argc > 1 && set_rate) {
        set_rate(strtoul(argv[1], NULL, 0));
    }
    pthread_t threads[THREADS];
    pthread_key_create(&key, free_late);
    for (uintptr_t t = 0; t < THREADS; t++) {
        pthread_create(&threads[t], NULL, work, (void *)(t + 1));
    }
    for (int i = 0; i < FORKS; i++) {
        fork_once(i);
    }
    for (int t = 0; t < THREADS; t++) {
        pthread_join(threads[t], NULL);
    }
    free_all();
    free(early);
    if (argc > 2 && strcmp(argv[2], "report") == 0 && write_profile) {
        return write_profile("heap", 1, 1) != 0;
    }
    puts("ok");
    return 0;
}
