/* links libpprof
 * A small program with something to see, driven by serve.t.
 *
 *   served ADDRESS [WORD...]   each word does one thing:
 *     spin      a thread that burns CPU          alloc     64 MiB in serve_held()
 *     custom    a custom profile "conns" with 3  fork      a child that lives as long
 *     exec      a child program (sleep)          label     a thread with labels, waiting
 *     off       pprof_enable(false)              quick     ends by quick_exit after a line on stdin
 *     under     ends by _exit after it           stop      pprof_serve_stop after it, then waits
 *   ADDRESS "-" serves nothing (the environment may). It ends when standard input does. */
#include <pprof/pprof.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static volatile unsigned long sink;
static void *volatile held[64];

__attribute__((noinline)) void serve_held(void);
void serve_held(void)
{
    for (int i = 0; i < 64; i++) {
        held[i] = malloc(1 << 20);
    }
}

static void *serve_spin(void *arg)
{
    (void)arg;
    for (;;) {
        sink = sink * 31 + 1;
    }
    return NULL;
}

static void *wait_with_labels(void *arg)
{
    struct pprof_label_pair labels[] = { { "who", "waiter" } };
    (void)arg;
    if (pprof_labels_push(labels, 1) != 0) {
        return NULL;
    }
    pause();
    return NULL;
}

static void do_thread(void *(*thread_main)(void *))
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, thread_main, NULL) != 0) {
        exit(3);
    }
}

static void do_spin(void)
{
    do_thread(serve_spin);
}

static void do_label(void)
{
    do_thread(wait_with_labels);
}

static void do_custom(void)
{
    static const char things[3];
    struct pprof_custom *conns = pprof_custom_new("conns");
    for (int i = 0; i < 3; i++) {
        if (pprof_custom_add(conns, &things[i], 0) != 0) {
            exit(4);
        }
    }
}

static void do_fork(void)
{
    if (fork() == 0) {
        char byte;
        while (read(0, &byte, 1) > 0) {
        }
        _exit(0);
    }
}

static void do_exec(void)
{
    if (fork() == 0) {
        execlp("cat", "cat", (char *)NULL);
        _exit(127);
    }
}

static void do_off(void)
{
    pprof_enable(false);
}

static void (*at_end)(void);

static void end_quick(void)
{
    quick_exit(0);
}

static void end_under(void)
{
    _exit(0);
}

static void end_stop(void)
{
    pprof_serve_stop();
    puts("stopped");
    fflush(stdout);
    while (getchar() != EOF) {
    }
}

static const struct {
    const char *word;
    void (*now)(void);
    void (*end)(void);
} words[] = {
    { "spin", do_spin, NULL },     { "alloc", serve_held, NULL },    { "custom", do_custom, NULL },
    { "fork", do_fork, NULL },     { "exec", do_exec, NULL },        { "label", do_label, NULL },
    { "off", do_off, NULL },       { "quick", NULL, end_quick },     { "under", NULL, end_under },
    { "stop", NULL, end_stop },
};

static void do_word(const char *word)
{
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(word, words[i].word) == 0) {
            at_end = words[i].end ? words[i].end : at_end;
            if (words[i].now) {
                words[i].now();
            }
        }
    }
}

int main(int argc, char **argv)
{
    char url[256] = "";
    if (argc > 1 && strcmp(argv[1], "-") != 0 && pprof_serve(argv[1], NULL) != 0) {
        return 2;
    }
    for (int i = 2; i < argc; i++) {
        do_word(argv[i]);
    }
    printf("ready %d %s\n", (int)getpid(), pprof_serve_url(url, sizeof(url)) == 0 ? url : "none");
    fflush(stdout);
    int c;
    do {
        c = getchar();
    } while (c != EOF && c != '\n');
    if (at_end) {
        at_end();
    }
    return 0;
}
