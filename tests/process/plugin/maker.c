/* Makes blocks for tests/process/faults.c, which frees them or not. */
#include <stdlib.h>
#include <string.h>

void *make_block(size_t size);

void *make_block(size_t size)
{
    void *block = malloc(size);
    return block ? memset(block, 1, size) : NULL;
}
