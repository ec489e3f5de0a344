/* Selects that never end, or never wait; and a call without a timeout.
 *
 *   PPROF_DIR=held PPROF_KINDS=goroutine,cpu build/examples/goroutine_selects blocked
 *   build/pprof -traces -lines held/?*.goroutine.pb.gz
 *   build/pprof -top -lines held/?*.cpu.pb.gz
 *
 * The first shows who waits in a select or a read, the second who spins in one with a default.
 * usage: goroutine_selects blocked | default | timeout
 */
#include <pprof/go.h>

#include <string.h>
#include <unistd.h>

static struct go_chan *events, *stop;

static void follow(void *unused)
{
    int event;
    struct go_case cases[] = { go_case_recv(events, &event), go_case_recv(stop, unused) };
    while (go_select(cases, 2) == 0) { /* LEAK blocked: nobody sends, nobody calls stop */
        printf("event %d\n", event);
    }
}

static void poll_events(void *unused)
{
    int event = 0;
    (void)unused;
    struct go_case cases[] = { go_case_recv(events, &event), go_case_default() };
    for (;;) {
        if (go_select(cases, 2) == 0) { /* LEAK default: does not wait, takes a processor */
            printf("event %d\n", event);
        }
    }
}

static void ask_peer(void *unused)
{
    int ends[2];
    char answer[64];
    (void)unused;
    if (pipe(ends) == 0) {
        if (go_read(ends[0], answer, sizeof(answer)) > 0) { /* LEAK timeout: GO_WITH_TIMEOUT? */
            printf("answered\n");
        }
        go_close(ends[0]);
        go_close(ends[1]);
    }
}

int main(int argc, char **argv)
{
    const char *kind = argc > 1 ? argv[1] : "";
    events = go_chan_new(sizeof(int), 0);
    stop = go_chan_new(0, 0);
    if (strcmp(kind, "default") == 0) {
        go_start(poll_events, NULL);
        return (int)go_sleep(2 * GO_S);
    }
    for (int i = 0; i < 20; i++) {
        go_start(strcmp(kind, "timeout") == 0 ? ask_peer : follow, NULL);
    }
    return (int)go_sleep(300 * GO_MS);
}
