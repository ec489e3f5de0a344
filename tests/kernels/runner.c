/* go_kernels leaky FILE: runs the broken forms, then writes the goroutine profile to FILE and every
 * goroutine to standard output. go_kernels fixed: runs the other forms, and tells of each whether it
 * leaks all the same. */
#include "kernels.h"

#include <pprof/pprof.h>

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PATIENCE = 20000, DUMP_MAX = 1 << 20 };

bool fixed;

static void run_one(const struct kernel *kernel)
{
    const struct pprof_label_pair label = { "kernel", kernel->name };
    uint64_t mark = go_leak_mark();
    pprof_labels_push(&label, 1);
    go_start(kernel->run, NULL);
    pprof_labels_pop();
    go_sleep(GO_MS);
    if (fixed) {
        printf("%s: %zu leak\n", kernel->name, go_leaks(mark, NULL, 0, 20 * GO_S, 2));
    }
}

static void run_all(const struct kernel *kernels)
{
    for (; kernels->name; kernels++) {
        run_one(kernels);
    }
}

/* True when no goroutine runs or sleeps any more. */
static bool is_quiet(void)
{
    static char text[DUMP_MAX];
    int fd = memfd_create("dump", MFD_CLOEXEC);
    ssize_t n = fd >= 0 && go_dump(fd) == 0 ? pread(fd, text, sizeof(text) - 1, 0) : -1;
    close(fd);
    text[n > 0 ? n : 0] = '\0';
    return n > 0 && !strstr(text, " [runnable") && !strstr(text, " [sleep");
}

int main(int argc, char **argv)
{
    const struct kernel *const all[] = { cockroach_kernels,  etcd_kernels, grpc_kernels,
                                         kubernetes_kernels, moby_kernels, other_kernels };
    fixed = argc > 1 && strcmp(argv[1], "fixed") == 0;
    go_procs(1);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        run_all(all[i]);
    }
    for (int i = 0; !is_quiet() && i < PATIENCE; i++) {
        go_sleep(GO_MS);
    }
    int fd = argc > 2 ? open(argv[2], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
    if (!fixed && (fd < 0 || pprof_write("goroutine", fd, 0) != 0)) {
        return 1;
    }
    return fixed ? 0 : go_dump(1);
}
