/* links libpprof
 * A process that was switched off asks for profiles: its very next allocation counts. Driven by
 * wake.t with PPROF_HEAP_RATE=1.
 *
 *   wakes here    this process, off by PPROF_OFF
 *   wakes child   a forked child of one that is profiled into files, and so dormant
 * Prints the child's or its own heap profile (debug=1). */
#include <pprof/pprof.h>

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void *volatile held;

__attribute__((noinline)) void wake_alloc(void);
void wake_alloc(void)
{
    held = malloc(1234);
}

__attribute__((noinline)) void sleep_alloc(void);
void sleep_alloc(void)
{
    held = malloc(4321);
}

static int wake(void)
{
    sleep_alloc();
    pprof_enable(true);
    wake_alloc();
    return pprof_write("heap", 1, 1) != 0;
}

int main(int argc, char **argv)
{
    int status = 1;
    if (argc == 2 && strcmp(argv[1], "here") == 0) {
        return wake();
    }
    pid_t pid = fork();
    if (pid == 0) {
        _exit(wake());
    }
    waitpid(pid, &status, 0);
    return status != 0;
}
