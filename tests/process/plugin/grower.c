/* The library that dlopener loads: each call keeps 100 KiB. */
#include <stdlib.h>
#include <string.h>

void grow(void);

void *kept[1000]; /* not static: else the compiler sees that nobody reads it, and drops the malloc */
static int count;

void grow(void)
{
    kept[count % 1000] = malloc(100000);
    memset(kept[count++ % 1000], 1, 100000);
}
