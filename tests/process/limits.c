/* links libpprof
 * Prints what the page about ourselves says and whether half of the address space is still to be
 * had; driven by limits.t under ulimit -v. */
#include <pprof/pprof.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

static void *volatile held[32];

static int print(void *ctx, const struct pprof_response *response, const void *data, size_t len)
{
    (void)ctx;
    (void)response;
    fwrite(data, 1, len, stdout);
    const char *at = memmem(data, len, "samples taken", 13);
    if (at) {
        printf("samples: %ld\n", strtol(at + 13, NULL, 10));
    }
    return 0;
}

int main(void)
{
    struct rlimit limit;
    const struct pprof_request request = { .method = "GET", .path = "/debug/pprof/self" };
    for (int i = 0; i < 32; i++) {
        held[i] = malloc(400000);
    }
    (void)pprof_handle(&request, print, NULL);
    getrlimit(RLIMIT_AS, &limit);
    size_t half = limit.rlim_cur == RLIM_INFINITY ? 1 << 20 : limit.rlim_cur / 2;
    void *map = mmap(NULL, half, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    printf("space: %s\n", map == MAP_FAILED ? "no" : "yes");
    return 0;
}
