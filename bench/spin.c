/* A fixed amount of arithmetic under a 24-frame stack; prints its CPU seconds. usage: spin [ROUNDS] */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static volatile unsigned long sink;

static __attribute__((noinline)) unsigned long churn(unsigned long x, long n)
{
    for (long i = 0; i < n; i++) {
        x = x * 6364136223846793005UL + 1442695040888963407UL;
        x ^= x >> 29;
    }
    return x;
}

static __attribute__((noinline)) unsigned long down(int depth, unsigned long x, long n)
{
    unsigned long y = depth ? down(depth - 1, x, n) : churn(x, n);
    sink = y;
    return y + (unsigned long)depth;
}

int main(int argc, char **argv)
{
    long rounds = argc > 1 ? strtol(argv[1], NULL, 10) : 1000;
    struct timespec a, b;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
    unsigned long x = 1;
    for (long i = 0; i < rounds; i++) {
        x = down(22, x, 1000000);
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
    printf("%.6f\n", (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9);
    return x == 0;
}
