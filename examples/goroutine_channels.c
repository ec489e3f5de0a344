/* Goroutines that wait for a channel for ever, a kind for each word on the command line.
 *
 *   PPROF_DIR=held PPROF_KINDS=goroutine build/examples/goroutine_channels receive
 *   build/pprof -traces -lines held/?*.goroutine.pb.gz
 *
 * shows how many wait, at which line; GO_LEAKS=1 reports them when the program ends, with what they
 * wait for. usage: goroutine_channels receive | send | full | nil | return | worker
 */
#include <pprof/go.h>

#include <string.h>

static void receive_answer(void *answers)
{
    if (go_chan_recv(answers, NULL) == 0) { /* LEAK receive: who would send has given up */
        printf("an answer\n");
    }
}

static void send_answer(void *answers)
{
    int answer = 42;
    if (go_chan_send(answers, &answer) != 0) { /* LEAK send: who would receive has left */
        printf("nobody wants %d\n", answer);
    }
}

static void log_lines(void *lines)
{
    for (int line = 0; line < 100; line++) {
        if (go_chan_send(lines, &line) != 0) { /* LEAK full: room for 10, and no reader */
            return;
        }
    }
}

static void wait_for_config(void *unused)
{
    static struct go_chan *changes; /* was to be made in an init function */
    if (go_chan_recv(changes, unused) == 0) { /* LEAK nil: NULL, so for ever */
        printf("changed\n");
    }
}

static int handle_request(bool is_valid)
{
    struct go_chan *answers = go_chan_new(sizeof(int), 0);
    go_start(send_answer, answers);
    if (!is_valid) {
        return -EINVAL; /* returns early: send_answer stays in its send */
    }
    return go_chan_recv(answers, NULL);
}

static void work(void *jobs)
{
    while (go_chan_recv(jobs, NULL) == 0) { /* LEAK worker: jobs is never closed */
        printf("a job\n");
    }
}

int main(int argc, char **argv)
{
    static const struct { const char *kind; go_fn fn; size_t room; } kinds[] = {
        { "receive", receive_answer, 0 }, { "send", send_answer, 0 }, { "full", log_lines, 10 },
        { "nil", wait_for_config, 0 },    { "worker", work, 4 },
    };
    for (int i = 0; argc > 1 && i < 20; i++) {
        for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
            if (strcmp(argv[1], kinds[k].kind) == 0) {
                go_start(kinds[k].fn, go_chan_new(sizeof(int), kinds[k].room));
            }
        }
        if (strcmp(argv[1], "return") == 0) {
            (void)handle_request(i % 2 == 0);
        }
    }
    return (int)go_sleep(300 * GO_MS);
}
