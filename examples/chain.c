/* A chain that only grows: each step wraps the value of the step before, as contexts, closures or
 * log prefixes do when they are piled on each other in a loop. All of it stays reachable, so a
 * checker that runs at exit sees nothing wrong; a heap profile of the running program does.
 *
 *   build/pprof leaks --every=2 -- build/examples/chain
 *
 * reports value_with at the line of its malloc, with its rate and the path loop <- main. The
 * program ends by itself after 60 s (or the number of seconds given).
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct value {
    const struct value *parent;
    int key;
    char text[200];
};

__attribute__((noinline)) static const struct value *value_with(const struct value *parent, int key)
{
    struct value *v = malloc(sizeof(*v)); /* LEAK: the chain behind it is never cut */
    if (v) {
        v->parent = parent;
        v->key = key;
        snprintf(v->text, sizeof(v->text), "request %d", key);
    }
    return v;
}

__attribute__((noinline)) static const struct value *loop(long seconds)
{
    const struct value *context = NULL;
    struct timespec pause = { 0, 200000 };
    time_t end = time(NULL) + seconds;
    for (int i = 0; time(NULL) < end; i++) {
        context = value_with(context, i); /* should be: a new chain for each request */
        if (i % 4 == 0) {
            nanosleep(&pause, NULL);
        }
    }
    return context;
}

int main(int argc, char **argv)
{
    const struct value *last = loop(argc > 1 ? atol(argv[1]) : 60);
    printf("the last of the chain is %s\n", last ? last->text : "nothing");
    return 0;
}
