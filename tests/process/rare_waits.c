/* links libpprof flags: -O0
 * Calls that block and that few programs make. With "park", a thread waits in each for ever: the
 * dump of all is written, then each is cut short by a signal, waits again, and is cancelled where the
 * C library says that it can be. Else each call is made once and `block` is written.
 * Driven by waits.t. */
#include <pprof/pprof.h>

#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/sem.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define KEEP __attribute__((noinline, noclone))

enum { NO_CALL = -2 };
static char room[1 << 16];
static const struct iovec whole_room = { room, sizeof room };
static const struct timespec far_away = { .tv_sec = (time_t)1 << 40 };

/* ---- what to wait for ---- */

static int empty_pipe(int end)
{
    int ends[2];
    return pipe(ends) == 0 ? ends[end] : -1;
}

static int full_pipe(void)
{
    int fd = empty_pipe(1);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    while (write(fd, room, sizeof room) > 0) { /* until it is full */
    }
    fcntl(fd, F_SETFL, 0);
    return fd;
}

static int full_socket(void)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) {
        return -1;
    }
    while (send(pair[0], room, sizeof room, MSG_DONTWAIT) > 0) { /* until it is full */
    }
    return pair[0];
}

static int some_file(void)
{
    char path[] = "/tmp/pprof-rare-waits-XXXXXX";
    int fd = mkstemp(path);
    unlink(path);
    return write(fd, room, sizeof room) > 0 ? fd : -1;
}

static void name_pipe(char *path, size_t cap)
{
    static int number;
    (void)snprintf(path, cap, "/tmp/pprof-rare-waits-%d-%d", (int)getpid(),
                   __atomic_add_fetch(&number, 1, __ATOMIC_RELAXED));
    mkfifo(path, 0600);
}

/* A queue for one message of one byte, with that message in it or not. */
static mqd_t queue_of(int messages)
{
    static int number;
    char name[64];
    struct mq_attr attributes = { .mq_maxmsg = 1, .mq_msgsize = 1 };
    (void)snprintf(name, sizeof name, "/pprof-rare-waits-%d-%d", (int)getpid(),
                   __atomic_add_fetch(&number, 1, __ATOMIC_RELAXED));
    mqd_t queue = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attributes);
    mq_unlink(name);
    if (messages && queue >= 0) {
        mq_send(queue, room, 1, 0);
    }
    return queue;
}

static int semaphores;

/* ---- calls that wait for ever ---- */

#define WAY(name) KEEP static long by_##name(void)

WAY(preadv2)
{
    return preadv2(empty_pipe(0), &whole_room, 1, -1, 0);
}

WAY(preadv64v2)
{
    return preadv64v2(empty_pipe(0), &whole_room, 1, -1, 0);
}

WAY(pwritev2)
{
    return pwritev2(full_pipe(), &whole_room, 1, -1, 0);
}

WAY(pwritev64v2)
{
    return pwritev64v2(full_pipe(), &whole_room, 1, -1, 0);
}

WAY(splice)
{
    return splice(empty_pipe(0), NULL, empty_pipe(1), NULL, 1, 0);
}

WAY(tee)
{
    return tee(empty_pipe(0), empty_pipe(1), 1, 0);
}

WAY(vmsplice)
{
    return vmsplice(full_pipe(), &whole_room, 1, 0);
}

WAY(sendfile)
{
    return sendfile(full_pipe(), some_file(), &(off_t){ 0 }, 1);
}

WAY(sendfile64)
{
    return sendfile64(full_pipe(), some_file(), &(off_t){ 0 }, 1);
}

WAY(sendmmsg)
{
    struct iovec part = whole_room;
    struct mmsghdr message = { .msg_hdr = { .msg_iov = &part, .msg_iovlen = 1 } };
    return sendmmsg(full_socket(), &message, 1, 0);
}

WAY(mq_receive)
{
    mqd_t queue = queue_of(0);
    return queue < 0 ? NO_CALL : mq_receive(queue, room, 1, NULL);
}

WAY(mq_timedreceive)
{
    mqd_t queue = queue_of(0);
    return queue < 0 ? NO_CALL : mq_timedreceive(queue, room, 1, NULL, &far_away);
}

WAY(mq_send)
{
    mqd_t queue = queue_of(1);
    return queue < 0 ? NO_CALL : mq_send(queue, room, 1, 0);
}

WAY(mq_timedsend)
{
    mqd_t queue = queue_of(1);
    return queue < 0 ? NO_CALL : mq_timedsend(queue, room, 1, 0, &far_away);
}

WAY(semtimedop)
{
    struct sembuf take = { .sem_op = -1 };
    return semaphores < 0 ? NO_CALL : semtimedop(semaphores, &take, 1, &far_away);
}

/* The name goes as soon as nobody needs it, which is before the call is left. */
static void remove_name(void *path)
{
    unlink(path);
}

#define OPEN_WAY(name, ...)                                                                        \
    WAY(name)                                                                                      \
    {                                                                                              \
        char path[64];                                                                             \
        long result;                                                                               \
        name_pipe(path, sizeof path);                                                              \
        pthread_cleanup_push(remove_name, path);                                                   \
        result = name(__VA_ARGS__);                                                                \
        pthread_cleanup_pop(1);                                                                    \
        return result;                                                                             \
    }

OPEN_WAY(open, path, O_RDONLY | O_CLOEXEC)
OPEN_WAY(open64, path, O_RDONLY | O_CLOEXEC)
OPEN_WAY(openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC)
OPEN_WAY(openat64, AT_FDCWD, path, O_RDONLY | O_CLOEXEC)
OPEN_WAY(creat, path, 0600)
OPEN_WAY(creat64, path, 0600)

/* By the names that old programs are bound to; the header calls them deprecated. */
extern int bsd_sigpause(int mask) __asm__("sigpause");
extern int xpg_sigpause(int signal) __asm__("__xpg_sigpause");

WAY(bsd_sigpause)
{
    return bsd_sigpause(0);
}

WAY(xpg_sigpause)
{
    return xpg_sigpause(SIGUSR2);
}

#ifdef SYS_creat
#define CREAT_NUMBER SYS_creat
#else
#define CREAT_NUMBER SYS_openat
#endif

static const struct way {
    const char *name;
    long (*wait)(void);
    long number; /* of the system call it waits in */
    bool is_cancelled;
} ways[] = {
#define ROW(name, number, is_cancelled)                                                            \
    {                                                                                              \
#name, by_##name, SYS_##number, is_cancelled                                               \
    }
    ROW(preadv2, preadv2, true),
    ROW(preadv64v2, preadv2, true),
    ROW(pwritev2, pwritev2, true),
    ROW(pwritev64v2, pwritev2, true),
    ROW(splice, splice, true),
    ROW(tee, tee, true),
    ROW(vmsplice, vmsplice, true),
    ROW(sendfile, sendfile, false),
    ROW(sendfile64, sendfile, false),
    ROW(sendmmsg, sendmmsg, true),
    ROW(mq_receive, mq_timedreceive, true),
    ROW(mq_timedreceive, mq_timedreceive, true),
    ROW(mq_send, mq_timedsend, true),
    ROW(mq_timedsend, mq_timedsend, true),
    ROW(semtimedop, semtimedop, false),
    ROW(open, openat, true),
    ROW(open64, openat, true),
    ROW(openat, openat, true),
    ROW(openat64, openat, true),
    { "creat", by_creat, CREAT_NUMBER, true },
    { "creat64", by_creat64, CREAT_NUMBER, true },
    ROW(bsd_sigpause, rt_sigsuspend, true),
    ROW(xpg_sigpause, rt_sigsuspend, true),
};

enum { WAYS = sizeof ways / sizeof *ways };

/* ---- each in a thread, for ever ---- */

static struct parked {
    const struct way *way;
    pthread_t thread;
    pid_t tid;
    long result;
    int error, cleaned;
    bool is_done;
} all_parked[WAYS];

static void clean_up(void *parked)
{
    ((struct parked *)parked)->cleaned++;
}

KEEP static void *park(void *arg)
{
    struct parked *parked = arg;
    __atomic_store_n(&parked->tid, gettid(), __ATOMIC_RELEASE);
    pthread_cleanup_push(clean_up, parked);
    errno = 0;
    parked->result = parked->way->wait();
    parked->error = errno;
    pthread_cleanup_pop(0);
    __atomic_store_n(&parked->is_done, true, __ATOMIC_RELEASE);
    return NULL;
}

static bool waits_in_its_call(const struct parked *parked)
{
    char path[64], text[32] = "";
    (void)snprintf(path, sizeof path, "/proc/self/task/%d/syscall",
                   (int)__atomic_load_n(&parked->tid, __ATOMIC_ACQUIRE));
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    (void)!read(fd, text, sizeof text - 1);
    close(fd);
    char *end;
    long number = strtol(text, &end, 10);
    return end != text && number == parked->way->number;
}

static void start(struct parked *parked, const struct way *way)
{
    *parked = (struct parked){ .way = way };
    if (pthread_create(&parked->thread, NULL, park, parked) != 0) {
        exit(2);
    }
    while (!waits_in_its_call(parked) && !__atomic_load_n(&parked->is_done, __ATOMIC_ACQUIRE)) {
        usleep(1000);
    }
}

static void start_all(void)
{
    for (size_t i = 0; i < WAYS; i++) {
        start(&all_parked[i], &ways[i]);
    }
}

static void interrupt(int signal)
{
    (void)signal;
}

static const char *error_name(const struct parked *parked)
{
    if (parked->result == NO_CALL) {
        return "no such thing here";
    }
    return parked->result == -1 ? strerrorname_np(parked->error) : "success";
}

static void end_by_signal(struct parked *parked)
{
    while (!__atomic_load_n(&parked->is_done, __ATOMIC_ACQUIRE)) {
        pthread_kill(parked->thread, SIGUSR1);
        usleep(1000);
    }
    pthread_join(parked->thread, NULL);
    printf("%s, a signal: %s\n", parked->way->name, error_name(parked));
}

static void end_by_cancel(struct parked *parked)
{
    void *result;
    pthread_cancel(parked->thread);
    if (!parked->way->is_cancelled) {
        end_by_signal(parked);
        return;
    }
    pthread_join(parked->thread, &result);
    printf("%s, cancelled: %s, cleaned up %d\n", parked->way->name,
           result == PTHREAD_CANCELED ? "yes" : error_name(parked), parked->cleaned);
}

static int park_all(void)
{
    struct sigaction action = { .sa_handler = interrupt };
    sigaction(SIGUSR1, &action, NULL);
    start_all();
    fflush(stdout);
    if (pprof_write("goroutine", STDOUT_FILENO, 2) != 0) {
        return 2;
    }
    for (size_t i = 0; i < WAYS; i++) {
        end_by_signal(&all_parked[i]);
    }
    start_all();
    for (size_t i = 0; i < WAYS; i++) {
        end_by_cancel(&all_parked[i]);
    }
    return 0;
}

/* ---- each once ---- */

KEEP static void once_file(void)
{
    int fd = some_file(), other = some_file();
    void *shared = mmap(NULL, sizeof room, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    long failed = 0;
    memset(shared, 1, sizeof room);
    failed += msync(shared, sizeof room, MS_SYNC) != 0;
    failed += sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE) != 0;
    failed += fdatasync(fd) != 0;
    failed += fsync(fd) != 0;
    failed += syncfs(fd) != 0;
    failed += preadv(fd, &whole_room, 1, 0) != sizeof room;
    failed += preadv64(fd, &whole_room, 1, 0) != sizeof room;
    failed += pwritev(fd, &whole_room, 1, 0) != sizeof room;
    failed += pwritev64(fd, &whole_room, 1, 0) != sizeof room;
    failed += copy_file_range(fd, NULL, other, &(off_t){ 0 }, 1, 0) != 0; /* at the end of it */
    failed += close(other) != 0;
    printf("files: %ld failed\n", failed);
}

static pid_t wait_for_child(void)
{
    pid_t child = fork();
    if (child == 0) {
        _exit(0);
    }
    return waitpid(child, NULL, 0);
}

static int take_signal(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    kill(getpid(), SIGUSR2);
    return sigwaitinfo(&set, NULL);
}

KEEP static void once_rest(void)
{
    long failed = 0;
    int terminal = posix_openpt(O_RDWR | O_NOCTTY);
    failed += getrandom(room, 1, 0) != 1;
    failed += getentropy(room, 1) != 0;
    failed += terminal >= 0 && tcdrain(terminal) != 0;
    failed += wait_for_child() <= 0;
    failed += take_signal() != SIGUSR2;
    printf("others: %ld failed\n", failed);
}

static int wait_once(void)
{
    once_file();
    once_rest();
    fflush(stdout);
    return pprof_write("block", STDOUT_FILENO, 1) != 0;
}

int main(int argc, char **argv)
{
    (void)argv;
    semaphores = semget(IPC_PRIVATE, 1, 0600);
    int status = argc > 1 ? park_all() : wait_once();
    if (semaphores >= 0) {
        semctl(semaphores, 0, IPC_RMID);
    }
    return status;
}
