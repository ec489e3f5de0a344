/* Clean-up put off to the end of a long loop: what each batch loaded is freed when all are done, as
 * with Go's defer in a loop. At the end nothing is left; in the middle everything was held.
 *
 *   PPROF_DIR=held PPROF_KINDS=peak,heap build/pprof run -- build/examples/deferred
 *   build/pprof -top held/?*.peak.pb.gz
 *
 * shows load_batch with nearly all that was in use when most was; the heap at the end has nothing
 * of it.
 * usage: deferred [BATCHES]     (500)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH_BYTES = 128 << 10 };

struct cleanup {
    struct cleanup *next;
    void *memory;
};

__attribute__((noinline)) static char *load_batch(int number)
{
    char *batch = malloc(BATCH_BYTES); /* HELD: until the last batch is done */
    if (!batch) {
        exit(1);
    }
    memset(batch, number, BATCH_BYTES);
    return batch;
}

static struct cleanup *defer(struct cleanup *next, void *memory)
{
    struct cleanup *cleanup = malloc(sizeof *cleanup);
    if (!cleanup) {
        exit(1);
    }
    *cleanup = (struct cleanup){ next, memory };
    return cleanup;
}

static void clean_up(struct cleanup *cleanup)
{
    while (cleanup) {
        struct cleanup *next = cleanup->next;
        free(cleanup->memory);
        free(cleanup);
        cleanup = next;
    }
}

__attribute__((noinline)) static unsigned long process(int batches)
{
    struct cleanup *deferred = NULL;
    unsigned long sum = 0;
    for (int i = 0; i < batches; i++) {
        char *batch = load_batch(i);
        deferred = defer(deferred, batch);
        for (int k = 0; k < BATCH_BYTES; k++) {
            sum += (unsigned char)batch[k];
        }
    }
    clean_up(deferred);
    return sum;
}

int main(int argc, char **argv)
{
    printf("sum %lu\n", process(argc > 1 ? atoi(argv[1]) : 500));
    return 0;
}
