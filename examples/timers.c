/* Timers armed in a loop: each message arms a timeout of its own, and the timer of a message that
 * was answered in time is disarmed but never closed.
 *
 *   PPROF_DIR=held PPROF_KINDS=fd build/pprof run -- build/examples/timers
 *   build/pprof -top -tagfocus=kind=timerfd held/?*.fd.pb.gz
 *
 * shows arm_timeout with the number of timers, called by handle.
 * usage: timers [MESSAGES]     (200)
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

struct message {
    int number;
    int timer;
};

__attribute__((noinline)) static bool arm_timeout(struct message *message, int seconds)
{
    struct itimerspec when = { .it_value = { .tv_sec = seconds } };
    message->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC); /* TIMER: one for each message */
    return message->timer >= 0 && timerfd_settime(message->timer, 0, &when, NULL) == 0;
}

__attribute__((noinline)) static void answered(struct message *message)
{
    struct itimerspec never = { .it_value = { .tv_sec = 0 } };
    (void)timerfd_settime(message->timer, 0, &never, NULL); /* and where is close()? */
}

__attribute__((noinline)) static bool handle(struct message *message)
{
    if (!arm_timeout(message, 30)) {
        perror("timer");
        return false;
    }
    answered(message);
    return true;
}

int main(int argc, char **argv)
{
    int count = argc > 1 ? atoi(argv[1]) : 200;
    for (int i = 0; i < count; i++) {
        struct message message = { .number = i };
        if (!handle(&message)) {
            break;
        }
    }
    printf("%d messages answered in time\n", count);
    return 0;
}
