/* links libpprof */
/* What goroutines cost: usage go_micro NAME [rounds [traced]]; prints "NAME NANOSECONDS" for each
 * round, one thing each; traced: into an execution trace meanwhile. bench/go_peer.go does the same in
 * Go. */
#include <pprof/go.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { N = 1000000, BATCH = 1000 };

static int64_t began;
static uint32_t done;

static void start_clock(void)
{
    began = go_now();
}

static void tell(const char *name, double count)
{
    printf("%s %.2f\n", name, (double)(go_now() - began) / count);
    fflush(stdout);
}

/* ---- yield ---- */

static void yield_many(void *arg)
{
    (void)arg;
    for (int i = 0; i < N; i++) {
        go_yield();
    }
    done = 1;
}

static void yield(void *arg)
{
    done = 0;
    go_start(yield_many, arg);
    start_clock();
    yield_many(arg);
    tell("yield", 2.0 * N);
    while (!__atomic_load_n(&done, __ATOMIC_ACQUIRE)) {
        go_yield();
    }
}

/* ---- start, run, end ---- */

/* Each has a place of its own for its mark: no line of cache that all write. */
static uint8_t marks[BATCH];

static void mark(void *arg)
{
    __atomic_store_n((uint8_t *)arg, 1, __ATOMIC_RELEASE);
}

static void spawn(void *arg)
{
    (void)arg;
    start_clock();
    for (int i = 0; i < N / BATCH; i++) {
        memset(marks, 0, sizeof(marks));
        for (int k = 0; k < BATCH; k++) {
            go_start(mark, &marks[k]);
        }
        for (int k = 0; k < BATCH; k++) {
            while (!__atomic_load_n(&marks[k], __ATOMIC_ACQUIRE)) {
                go_yield();
            }
        }
    }
    tell("spawn", N);
}

/* ---- channels ---- */

static struct go_chan *there, *back;

static void answer(void *arg)
{
    uint64_t value;
    (void)arg;
    while (go_chan_recv(there, &value) == 0) {
        go_chan_send(back, &value);
    }
    go_chan_close(back);
}

static void pingpong(void *arg)
{
    uint64_t value = 1;
    there = go_chan_new(sizeof(value), 0);
    back = go_chan_new(sizeof(value), 0);
    go_start(answer, arg);
    start_clock();
    for (int i = 0; i < N; i++) {
        go_chan_send(there, &value);
        go_chan_recv(back, &value);
    }
    tell("pingpong", N);
    go_chan_close(there);
    go_chan_recv(back, &value);
    go_chan_free(there);
    go_chan_free(back);
}

static void produce(void *arg)
{
    for (uint64_t i = 0; i < N; i++) {
        go_chan_send(arg, &i);
    }
    go_chan_close(arg);
}

static void buffered(void *arg)
{
    uint64_t value;
    struct go_chan *c = go_chan_new(sizeof(value), 128);
    (void)arg;
    go_start(produce, c);
    start_clock();
    while (go_chan_recv(c, &value) == 0) {
    }
    tell("buffered", N);
    go_chan_free(c);
}

static void select_two(void *arg)
{
    uint64_t value;
    struct go_chan *c = go_chan_new(sizeof(value), 0), *d = go_chan_new(sizeof(value), 0);
    int open = 2;
    (void)arg;
    go_start(produce, c);
    go_start(produce, d);
    start_clock();
    while (open) {
        struct go_case cases[] = { go_case_recv(c, &value), go_case_recv(d, &value) };
        int chosen = go_select(cases, 2);
        open -= cases[chosen].result == GO_CLOSED;
        if (cases[chosen].result == GO_CLOSED) {
            uint64_t rest = 0;
            while (open == 1 && go_chan_recv(chosen ? c : d, &value) == 0) {
                rest++;
            }
            open = 0;
        }
    }
    tell("select", 2.0 * N);
    go_chan_free(c);
    go_chan_free(d);
}

/* ---- many ---- */

static void wait_for_close(void *arg)
{
    go_chan_recv(arg, NULL);
    __atomic_fetch_add(&done, 1, __ATOMIC_RELAXED);
}

static long status_kib(const char *field)
{
    char line[200];
    long kib = 0;
    FILE *file = fopen("/proc/self/status", "r");
    while (file && fgets(line, sizeof(line), file)) {
        if (strncmp(line, field, strlen(field)) == 0) {
            kib = atol(line + strlen(field));
        }
    }
    if (file) {
        fclose(file);
    }
    return kib;
}

/* The longest that a running goroutine was kept from going on while the stacks of all are written. */
static uint32_t watching, watched;
static int64_t stall_ns;

static void watch_clock(void *arg)
{
    int64_t before = go_now();
    (void)arg;
    while (__atomic_load_n(&watching, __ATOMIC_RELAXED)) {
        go_yield();
        int64_t now = go_now();
        stall_ns = now - before > stall_ns ? now - before : stall_ns;
        before = now;
    }
    __atomic_store_n(&watched, 1, __ATOMIC_RELAXED);
}

static void watch_for(const char *name, go_fn fn, void *arg)
{
    stall_ns = 0;
    watched = 0;
    __atomic_store_n(&watching, 1, __ATOMIC_RELAXED);
    go_start(watch_clock, NULL);
    go_yield();
    go_block(fn, arg); /* the place is left to the one that watches */
    __atomic_store_n(&watching, 0, __ATOMIC_RELAXED);
    while (!__atomic_load_n(&watched, __ATOMIC_RELAXED)) {
        go_yield();
    }
    printf("%s %.3f\n", name, (double)stall_ns / 1e6);
}

static void dump_all(void *arg)
{
    go_dump((int)(intptr_t)arg);
}

static void sleep_alike(void *arg)
{
    struct timespec time = { 0, *(long *)arg };
    nanosleep(&time, NULL);
}

/* A million parked: seconds to make, bytes each with their page tables, seconds to list. */
static void million(void *arg)
{
    size_t many = (size_t)(uintptr_t)arg;
    struct go_chan *c = go_chan_new(0, 0);
    long rss = status_kib("VmRSS:"), tables = status_kib("VmPTE:");
    done = 0;
    start_clock();
    for (size_t i = 0; i < many; i++) {
        if (go_start(wait_for_close, c) != 0) {
            printf("no more than %zu\n", i);
            exit(1);
        }
        if (i % BATCH == 0) {
            go_yield();
        }
    }
    while (go_chan_try_send(c, NULL) != 0) {
        go_yield();
    }
    printf("create_s %.3f\n", (double)(go_now() - began) / 1e9);
    printf("bytes_each %.0f\n", (double)(status_kib("VmRSS:") - rss) * 1024 / (double)many);
    printf("tables_each %.0f\n", (double)(status_kib("VmPTE:") - tables) * 1024 / (double)many);
    start_clock();
    int null = open("/dev/null", O_WRONLY);
    go_dump(null);
    long took = (long)(go_now() - began);
    printf("dump_s %.3f\n", (double)took / 1e9);
    took = took < 900000000 ? took : 900000000;
    watch_for("stall_ms", dump_all, (void *)(intptr_t)null);
    watch_for("stall_without_ms", sleep_alike, &took); /* the machine's own */
    go_chan_close(c);
    while (__atomic_load_n(&done, __ATOMIC_RELAXED) < many) {
        go_sleep(GO_MS);
    }
}

static const struct {
    const char *name;
    go_fn fn;
    uintptr_t arg;
} things[] = {
    { "yield", yield, 0 },       { "spawn", spawn, 0 },       { "pingpong", pingpong, 0 },
    { "buffered", buffered, 0 }, { "select", select_two, 0 }, { "million", million, 1000000 },
    { "parked", million, 100000 },
};

int main(int argc, char **argv)
{
    int rounds = argc > 2 ? atoi(argv[2]) : 1;
    int null = open("/dev/null", O_WRONLY);
    if (argc > 3 && pprof_trace_start(null) != 0) {
        return 1;
    }
    for (size_t i = 0; argc > 1 && i < sizeof(things) / sizeof(things[0]); i++) {
        for (int k = 0; strcmp(argv[1], things[i].name) == 0 && k < rounds; k++) {
            if (go_run(things[i].fn, (void *)things[i].arg) != 0) {
                return 1;
            }
        }
    }
    return argc > 3 && pprof_trace_stop() != 0;
}
