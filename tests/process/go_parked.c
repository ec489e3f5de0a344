/* links libpprof, flags: -O1 */
/* Goroutines that wait in each of the ways there are, one that computes, and a dump or profile. */
#include <pprof/go.h>
#include <pprof/pprof.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct go_chan *nobody, *full;
static uint32_t stop;
static int fds[2];

#define NOINLINE __attribute__((noinline, noclone))

NOINLINE void waits_to_receive(void *arg)
{
    int value;
    (void)arg;
    go_chan_recv(nobody, &value);
    __asm__ volatile("");
}

NOINLINE void waits_to_send(void *arg)
{
    int value = 1;
    (void)arg;
    go_chan_send(full, &value);
    __asm__ volatile("");
}

NOINLINE void waits_for_nil(void *arg)
{
    go_chan_recv(arg, NULL);
    __asm__ volatile("");
}

NOINLINE static void select_below(int depth)
{
    if (depth) {
        select_below(depth - 1);
        __asm__ volatile("");
        return;
    }
    struct go_case cases[] = { go_case_recv(nobody, NULL), go_case_send(full, &depth) };
    go_select(cases, 2);
    __asm__ volatile("");
}

NOINLINE void waits_in_select(void *arg)
{
    const struct pprof_label_pair label = { "job", "chooser" };
    (void)arg;
    pprof_labels_push(&label, 1);
    select_below(5);
    __asm__ volatile("");
}

NOINLINE void waits_for_nothing(void *arg)
{
    (void)arg;
    go_select(NULL, 0);
    __asm__ volatile("");
}

NOINLINE void waits_for_time(void *arg)
{
    (void)arg;
    go_sleep(1000 * GO_S);
    __asm__ volatile("");
}

NOINLINE void waits_for_data(void *arg)
{
    char byte;
    (void)arg;
    go_read(fds[0], &byte, 1);
    __asm__ volatile("");
}

NOINLINE void computes(void *arg)
{
    (void)arg;
    while (!__atomic_load_n(&stop, __ATOMIC_SEQ_CST)) {
    }
    __asm__ volatile("");
}

static void answers_late(void *arg)
{
    int value = 1;
    go_sleep(50 * GO_MS);
    go_chan_send(arg, &value);
}

NOINLINE void waits_long(void *arg)
{
    int value;
    struct go_chan *c = go_chan_new(sizeof(value), 0);
    (void)arg;
    go_start(answers_late, c);
    go_chan_recv(c, &value);
    go_chan_free(c);
}

NOINLINE void starts_all(void *arg)
{
    const struct go_options named = { .name = "the-reader" };
    (void)arg;
    go_start(waits_to_receive, NULL);
    go_start(waits_to_send, NULL);
    go_start(waits_for_nil, NULL);
    go_start(waits_in_select, NULL);
    go_start(waits_for_nothing, NULL);
    go_start(waits_for_time, NULL);
    go_start_with(&named, waits_for_data, NULL);
    go_start(computes, NULL);
    __asm__ volatile("");
}

/* How many goroutines of a dump neither run nor could. */
static int count_parked(void *ctx, const struct pprof_response *response, const void *data,
                        size_t len)
{
    const char *at = data, *end = at + len;
    (void)response;
    while ((at = memmem(at, (size_t)(end - at), "goroutine ", 10))) {
        at += 10;
        while (at < end && *at >= '0' && *at <= '9') {
            at++;
        }
        *(int *)ctx += end - at > 5 && memcmp(at, " [", 2) == 0 && memcmp(at, " [run", 5) != 0;
    }
    return 0;
}

/* Until each that starts_all started, but the one that computes, has come to where it waits. */
static void await_parked(void)
{
    const struct pprof_request request = { .method = "GET", .path = "/debug/pprof/goroutine",
                                           .query = "debug=2" };
    int parked = 0;
    for (int i = 0; i < 6000 && parked < 7; i++) {
        parked = 0;
        go_sleep(10 * GO_MS);
        (void)pprof_handle(&request, count_parked, &parked);
    }
}

/* go_parked 0|1|2: the goroutine profile in that form; go_parked cpu: a second of CPU profile;
 * go_parked crash: a core file; go_parked block: waits that ended; go_parked stay: until standard
 * input ends */
int main(int argc, char **argv)
{
    int value = 0;
    nobody = go_chan_new(sizeof(int), 0);
    full = go_chan_new(sizeof(int), 1);
    go_chan_send(full, &value);
    if (pipe(fds) != 0 || go_procs(2) < 1 || go_run(starts_all, NULL) != 0) {
        return 1;
    }
    await_parked();
    if (argc > 1 && strcmp(argv[1], "cpu") == 0) {
        if (pprof_cpu_start(1, NULL) != 0) {
            return 1;
        }
        go_sleep(GO_S);
        pprof_cpu_stop();
        return 0;
    }
    if (argc > 1 && strcmp(argv[1], "stay") == 0) {
        char byte;
        return puts("parked") < 0 || fflush(stdout) || read(0, &byte, 1) != 0;
    }
    if (argc > 1 && strcmp(argv[1], "crash") == 0) {
        abort();
    }
    if (argc > 1 && strcmp(argv[1], "block") == 0) {
        return go_run(waits_long, NULL) || pprof_write("block", 1, 1);
    }
    return pprof_write("goroutine", 1, argc > 1 ? argv[1][0] - '0' : 2) ? 1 : 0;
}
