/* Time that is waited for too long: timers and contexts that pile up, and a loop without an end.
 *
 *   PPROF_DIR=held PPROF_KINDS=heap,cpu,goroutine build/examples/goroutine_time after
 *   build/pprof -traces -lines -sample_index=inuse_space held/?*.heap.pb.gz
 *   build/pprof -traces -lines held/?*.goroutine.pb.gz
 *   build/pprof -top -lines held/?*.cpu.pb.gz
 *
 * The first shows who made what is still held: ticker, after, context, values; the second who waits
 * for a context; the third who computes: loop.
 * usage: goroutine_time ticker | after | context | values | loop
 */
#include <pprof/go.h>

#include <string.h>

static const int key;

static void refresh_once(void *now)
{
    struct go_timer *ticker = go_ticker_new(3600 * GO_S); /* LEAK ticker: never stopped nor freed */
    (void)go_chan_try_recv(go_timer_chan(ticker), now);
}

static void receive_or_give_up(void *buffer)
{
    struct go_chan *late = go_after(3600 * GO_S); /* LEAK after: kept until it fires */
    struct go_case cases[] = { go_case_recv(late, buffer), go_case_default() };
    go_select(cases, 2);
    go_chan_free(late);
}

static void watch_query(void *query)
{
    if (go_context_wait(query) != 0) { /* LEAK waiter: nobody cancels it */
        printf("query ended\n");
    }
}

static void start_query(void *number)
{
    struct go_context *query = go_context_new(NULL); /* LEAK context: not cancelled, not freed */
    if (*(const int64_t *)number < 20) {
        go_start(watch_query, query);
    }
}

static void add_value(void *value)
{
    static struct go_context *current; /* should begin anew for each request */
    struct go_context *inner = current;
    current = go_context_new_value(inner, &key, value, NULL); /* LEAK values: one more each time */
    go_context_free(inner); /* the chain holds it all the same */
}

static void retry(void *is_done)
{
    volatile const int64_t *done = is_done;
    while (!*done) { /* LEAK loop: nobody sets it */
    }
}

int main(int argc, char **argv)
{
    static const struct { const char *kind; go_fn fn; } kinds[] = {
        { "ticker", refresh_once }, { "after", receive_or_give_up }, { "context", start_query },
        { "values", add_value },
    };
    static int64_t number, never;
    for (size_t k = 0; argc > 1 && k < sizeof(kinds) / sizeof(kinds[0]); k++) {
        for (number = 0; strcmp(argv[1], kinds[k].kind) == 0 && number < 30000; number++) {
            kinds[k].fn(&number);
        }
    }
    if (argc > 1 && strcmp(argv[1], "loop") == 0) {
        go_start(retry, &never);
        return (int)go_sleep(2 * GO_S);
    }
    return (int)go_sleep(300 * GO_MS);
}
