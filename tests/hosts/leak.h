/* The leak in the C half of each host: every call keeps 40 kB that nothing points to. */
#include <stdlib.h>
#include <string.h>

static void *volatile host_last;

static __attribute__((noinline)) void host_leak(void)
{
    host_last = malloc(40000);
    memset(host_last, 1, 40000);
    host_last = NULL;
}

/* What is not leaked: used and given back. */
static __attribute__((noinline)) void host_use(void)
{
    host_last = malloc(30000);
    memset(host_last, 2, 30000);
    free(host_last);
}
