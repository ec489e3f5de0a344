/* Goroutines that wait for a lock, or for each other, for ever.
 *
 *   PPROF_DIR=held PPROF_KINDS=goroutine build/examples/goroutine_locks order
 *   build/pprof -traces -lines held/?*.goroutine.pb.gz
 *
 * shows the lines at which they wait; GO_LEAKS=1 reports them when the program ends, with what they
 * wait for and who holds that. usage: goroutine_locks lock | order | group
 */
#include <pprof/go.h>

#include <string.h>

struct account {
    struct go_mutex lock;
    long money;
};

static struct account savings = { .money = 100 }, checking = { .money = 100 };
static struct go_wait_group copies;

static void withdraw(void *sum)
{
    go_mutex_lock(&savings.lock); /* LEAK lock: kept by the first that found too little */
    if (savings.money < *(const long *)sum) {
        return; /* without unlocking */
    }
    savings.money -= *(const long *)sum;
    go_mutex_unlock(&savings.lock);
}

static void transfer(struct account *from, struct account *to)
{
    go_mutex_lock(&from->lock);
    go_sleep(5 * GO_MS); /* looks up the rate */
    go_mutex_lock(&to->lock); /* LEAK order: the other way round holds it, and waits for ours */
    from->money -= 10;
    to->money += 10;
    go_mutex_unlock(&to->lock);
    go_mutex_unlock(&from->lock);
}

static void move(void *from)
{
    transfer(from, from == &savings ? &checking : &savings);
}

static void copy_part(void *number)
{
    if (*(const int *)number == 2) {
        return; /* a part that is missing is not counted as done */
    }
    go_wait_group_done(&copies);
}

static void copy_all(void *unused)
{
    static int numbers[] = { 0, 1, 2, 3 };
    go_wait_group_add(&copies, 4);
    for (int i = 0; i < 4; i++) {
        go_start(copy_part, &numbers[i]);
    }
    go_wait_group_wait(&copies); /* LEAK group: one of four is never done */
    printf("copied%s\n", (const char *)unused);
}

int main(int argc, char **argv)
{
    static long sum = 30;
    const char *kind = argc > 1 ? argv[1] : "";
    for (int i = 0; strcmp(kind, "lock") == 0 && i < 20; i++) {
        go_start(withdraw, &sum);
    }
    if (strcmp(kind, "order") == 0) {
        go_start(move, &savings);
        go_start(move, &checking);
    } else if (strcmp(kind, "group") == 0) {
        go_start(copy_all, "");
    }
    return (int)go_sleep(300 * GO_MS);
}
