/* A program that owns SIGPROF: says "ready", computes until there is a line on standard input, and exits with 0
 * when its own ticks still come then. Driven by trouble.t. */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>
#include <time.h>

enum { TICKS = 20, PATIENCE_S = 100 };

static volatile sig_atomic_t ticks;

static void on_tick(int signal)
{
    (void)signal;
    ticks++;
}

int main(void)
{
    struct sigaction action = { .sa_handler = on_tick, .sa_flags = SA_RESTART };
    sigaction(SIGPROF, &action, NULL);
    struct itimerval every = { { 0, 10000 }, { 0, 10000 } };
    setitimer(ITIMER_PROF, &every, NULL);
    puts("ready");
    fflush(stdout);
    while (poll(&(struct pollfd){ 0, POLLIN, 0 }, 1, 0) <= 0) {
    }
    (void)getchar();
    time_t end = time(NULL) + PATIENCE_S;
    for (int before = ticks; ticks < before + TICKS;) {
        if (time(NULL) > end) {
            return 1;
        }
    }
    return 0;
}
