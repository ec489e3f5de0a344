/* Allocates, writes and frees buffers of 1 MiB, nearly each of which is sampled at the default rate;
 * prints microseconds of CPU time for a buffer. usage: heap_big [BUFFERS] */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BUFFER_BYTES = 1 << 20 };

static double cpu_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void buffers(long count)
{
    for (long i = 0; i < count; i++) {
        void *volatile buffer = malloc(BUFFER_BYTES);
        memset(buffer, (int)i, BUFFER_BYTES);
        free(buffer);
    }
}

int main(int argc, char **argv)
{
    long count = argc > 1 ? atol(argv[1]) : 20000;
    buffers(count / 10);
    double start = cpu_us();
    buffers(count);
    printf("%.4f\n", (cpu_us() - start) / (double)count);
    return 0;
}
