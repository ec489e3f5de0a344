/* A cache without eviction: every request's result is kept under a key that will hardly come again,
 * and nothing is ever thrown out. All of it is reachable and meant.
 *
 *   build/pprof leaks --every=2 -- build/examples/cache
 *
 * reports cache_put at the line of its malloc, with its rate, called by answer.
 * usage: cache [SECONDS]     (60)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SLOTS = 1 << 16 };

struct entry {
    struct entry *next;
    unsigned long key;
    char result[1000];
};

static struct entry *slots[SLOTS];

static struct entry *cache_get(unsigned long key)
{
    struct entry *entry = slots[key % SLOTS];
    while (entry && entry->key != key) {
        entry = entry->next;
    }
    return entry;
}

__attribute__((noinline)) static struct entry *cache_put(unsigned long key)
{
    struct entry *entry = malloc(sizeof *entry); /* LEAK: nothing ever leaves the cache */
    if (entry) {
        *entry = (struct entry){ slots[key % SLOTS], key, "" };
        slots[key % SLOTS] = entry;
    }
    return entry;
}

__attribute__((noinline)) static const char *answer(unsigned long key)
{
    struct entry *entry = cache_get(key);
    if (!entry && (entry = cache_put(key))) {
        snprintf(entry->result, sizeof entry->result, "result of %lu", key);
    }
    return entry ? entry->result : "";
}

int main(int argc, char **argv)
{
    int seconds = argc > 1 ? atoi(argv[1]) : 60;
    unsigned long key = 1, bytes = 0;
    for (int i = 0; i < seconds * 100; i++) {
        for (int k = 0; k < 20; k++) {
            key = key * 6364136223846793005u + 1442695040888963407u; /* time, session, request id */
            bytes += strlen(answer(key));
        }
        usleep(10000);
    }
    printf("%lu bytes answered\n", bytes);
    return 0;
}
