/* A program that owns SIGPROF: it counts its own ticks for 3 s, then prints how many and exits 0. */
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

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
    time_t end = time(NULL) + 3;
    while (time(NULL) < end) {
    }
    printf("ticks %d\n", (int)ticks);
    return ticks > 20 ? 0 : 1;
}
