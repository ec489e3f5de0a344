/* links libpprof flags: -O0
 * Waits once in each way that `block` counts as input and output when asked to, at least WAIT_MS,
 * and writes the profile. Driven by locks.t. */
#include <pprof/pprof.h>

#include <fcntl.h>
#include <linux/futex.h>
#include <linux/io_uring.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define KEEP __attribute__((noinline, noclone))

enum { WAIT_MS = 20 };
static const struct timespec wait_time = { .tv_nsec = WAIT_MS * 1000000L };
static const struct timeval wait_timeval = { .tv_usec = WAIT_MS * 1000L };
static char room[1 << 20];

static void limit_waits(int fd)
{
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait_timeval, sizeof wait_timeval);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait_timeval, sizeof wait_timeval);
}

static int quiet_socket(void)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) {
        exit(2);
    }
    limit_waits(pair[0]);
    return pair[0];
}

KEEP static void by_read(void)
{
    (void)!read(quiet_socket(), room, 1);
}

KEEP static void by_recv(void)
{
    recv(quiet_socket(), room, 1, 0);
}

KEEP static void by_write(void)
{
    int fd = quiet_socket();
    while (write(fd, room, sizeof room) > 0) { /* until nobody takes more */
    }
}

static int listen_at(struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    limit_waits(fd);
    *address = (struct sockaddr_un){ .sun_family = AF_UNIX };
    (void)snprintf(address->sun_path + 1, sizeof address->sun_path - 1, "pprof-io-waits-%d-%d",
                   (int)getpid(), fd);
    if (bind(fd, (struct sockaddr *)address, sizeof *address) != 0 || listen(fd, 0) != 0) {
        exit(2);
    }
    return fd;
}

KEEP static void by_accept(void)
{
    struct sockaddr_un address;
    accept(listen_at(&address), NULL, NULL);
}

KEEP static void by_connect(void)
{
    struct sockaddr_un address;
    listen_at(&address);
    for (int i = 0; i < 2; i++) { /* the second finds the queue full */
        int fd = socket(AF_UNIX, SOCK_STREAM, 0);
        limit_waits(fd);
        connect(fd, (struct sockaddr *)&address, sizeof address);
    }
}

KEEP static void by_poll(void)
{
    struct pollfd fd = { .fd = quiet_socket(), .events = POLLIN };
    poll(&fd, 1, WAIT_MS);
}

KEEP static void by_select(void)
{
    struct timeval time = wait_timeval;
    select(0, NULL, NULL, NULL, &time);
}

KEEP static void by_epoll(void)
{
    struct epoll_event event;
    epoll_wait(epoll_create1(0), &event, 1, WAIT_MS);
}

KEEP static void by_sleep(void)
{
    nanosleep(&wait_time, NULL);
}

static void interrupt(int signal)
{
    (void)signal;
}

/* The lock never comes; a signal ends the wait. */
KEEP static void by_flock(void)
{
    struct sigaction action = { .sa_handler = interrupt };
    struct itimerval timer = { .it_value = wait_timeval, .it_interval = wait_timeval };
    char path[] = "/tmp/pprof-io-waits-XXXXXX";
    int held = mkstemp(path), wanted = open(path, O_RDONLY | O_CLOEXEC);
    unlink(path);
    sigaction(SIGALRM, &action, NULL);
    flock(held, LOCK_EX);
    setitimer(ITIMER_REAL, &timer, NULL);
    flock(wanted, LOCK_EX);
    timer = (struct itimerval){ .it_value = { 0 } };
    setitimer(ITIMER_REAL, &timer, NULL);
}

static void submit_timeout(int ring, const struct io_uring_params *params)
{
    static const struct __kernel_timespec time = { .tv_nsec = WAIT_MS * 1000000LL };
    int shared = PROT_READ | PROT_WRITE;
    struct io_uring_sqe *entries = mmap(NULL, params->sq_entries * sizeof *entries, shared,
                                        MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQES);
    char *queue = mmap(NULL, params->sq_off.array + params->sq_entries * sizeof(unsigned), shared,
                       MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQ_RING);
    entries[0] = (struct io_uring_sqe){ .opcode = IORING_OP_TIMEOUT,
                                        .fd = -1,
                                        .addr = (uintptr_t)&time,
                                        .len = 1 };
    *(unsigned *)(void *)(queue + params->sq_off.array) = 0;
    __atomic_store_n((unsigned *)(void *)(queue + params->sq_off.tail), 1, __ATOMIC_RELEASE);
}

KEEP static void by_ring(void)
{
    struct io_uring_params params = { 0 };
    int ring = (int)syscall(SYS_io_uring_setup, 8, &params);
    if (ring < 0) {
        puts("no ring");
        return;
    }
    submit_timeout(ring, &params);
    syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0);
}

int main(void)
{
    static void (*const ways[])(void) = { by_read,   by_recv,  by_write,  by_accept,
                                          by_connect, by_poll,  by_select, by_epoll,
                                          by_sleep,  by_flock, by_ring };
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        ways[i]();
    }
    fflush(stdout);
    return pprof_write("block", STDOUT_FILENO, 1) != 0;
}
