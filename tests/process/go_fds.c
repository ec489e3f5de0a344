/* links libpprof */
/* Descriptors beside the library's own calls: go_fds dup | seen */
#include <pprof/go.h>
#include <pprof/pprof.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void write_late(void *arg)
{
    go_sleep(5 * GO_MS);
    if (write(*(int *)arg, "hi", 2) != 2) {
        perror("write");
    }
}

/* What a number stands for is changed by dup2 after it was waited for once. */
static int dup_over(void)
{
    int before[2], after[2];
    char buf[8];
    int64_t patience = 20 * GO_S;
    if (pipe(before) != 0 || pipe(after) != 0) {
        return 2;
    }
    GO_WITH_TIMEOUT(GO_MS) {
        (void)go_read(before[0], buf, sizeof(buf));
    }
    if (dup2(after[0], before[0]) < 0 || go_start(write_late, &after[1]) != 0) {
        return 2;
    }
    GO_WITH_TIMEOUT(patience) {
        return go_read(before[0], buf, sizeof(buf)) != 2;
    }
    return 2;
}

__attribute__((noinline)) int opens_by_goroutine(void)
{
    int fd = go_open("/dev/null", O_RDONLY, 0);
    __asm__ volatile("");
    return fd;
}

/* Who opened what the goroutines' calls open is seen as with the system's. */
static void is_seen(void *arg)
{
    *(int *)arg = opens_by_goroutine() < 0 || pprof_write("fd", 1, 1) != 0;
}

int main(int argc, char **argv)
{
    int result = 2;
    if (argc > 1 && strcmp(argv[1], "dup") == 0) {
        return dup_over();
    }
    return go_run(is_seen, &result) ? 2 : result;
}
