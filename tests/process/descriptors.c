/* links libpprof flags: -O0
 * Opens and closes descriptors in one way each, then writes the fd profile as text to standard
 * output; driven by fd.t. usage: descriptors WAY */
#include <pprof/pprof.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <mqueue.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

static const char some_file[] = "/etc/passwd", other_file[] = "/etc/group";

static int keeps(void)
{
    return open(some_file, O_RDONLY);
}

static int drops(void)
{
    return open(some_file, O_RDONLY);
}

static int limit(rlim_t wanted)
{
    struct rlimit now;
    getrlimit(RLIMIT_NOFILE, &now);
    now.rlim_max = now.rlim_max < wanted ? wanted : now.rlim_max;
    now.rlim_cur = wanted;
    return setrlimit(RLIMIT_NOFILE, &now);
}

static void report(void)
{
    fflush(stdout);
    if (pprof_write("fd", STDOUT_FILENO, 1) != 0) {
        puts("no profile");
    }
}

/* Names are read from the modules' files, which must be within reach once. */
static void learn_names(void)
{
    int fd = open("/dev/null", O_WRONLY), kept = keeps();
    (void)pprof_write("fd", fd, 1);
    close(kept);
    close(fd);
}

/* Nothing is left to open /proc/self/fd with. */
static void full_table(void)
{
    learn_names();
    limit(64);
    while (keeps() >= 0) {
    }
    printf("errno %d\n", errno == EMFILE);
    report();
}

static void many(void)
{
    rlim_t wanted = limit(100100) == 0 ? 100000 : 10000;
    limit(wanted + 100);
    for (rlim_t i = 0; i < wanted; i++) {
        (void)keeps();
    }
    printf("wanted %lu\n", (unsigned long)wanted);
    report();
}

static void forked(void)
{
    int first = keeps();
    (void)keeps();
    if (fork() == 0) {
        close(first);
        (void)drops();
        report();
        _exit(0);
    }
    wait(NULL);
}

static void closed_unseen(void)
{
    int fd = drops();
    syscall(SYS_close, fd);
    (void)keeps();                          /* gets the number */
    fd = drops();
    syscall(SYS_close, fd);
    if (syscall(SYS_openat, AT_FDCWD, other_file, O_RDONLY) != fd) { /* another file there */
        puts("another number");
    }
    report();
}

static void rootless(void)
{
    char directory[] = "/tmp/pprof-fd-XXXXXX";
    learn_names();
    int root = open("/", O_RDONLY | O_DIRECTORY), fd = keeps();
    if (!mkdtemp(directory) || chdir(directory) != 0 || chroot(".") != 0) {
        puts("not allowed");
        rmdir(directory);
        return;
    }
    (void)dup(fd);
    (void)eventfd(0, 0);
    report();
    (void)!fchdir(root);
    rmdir(directory + 1);
}

static void copied_over(void)
{
    int a = drops(), b = keeps();
    dup2(b, a); /* the file that drops opened is closed */
    dup3(b, 200, O_CLOEXEC);
    dup2(b, b);
    dup2(-1, b); /* fails, and closes nothing */
    (void)fcntl(b, F_DUPFD, 300);
    report();
}

static void all_kinds(void)
{
    int ends[2];
    sigset_t none;
    sigemptyset(&none);
    (void)open("/tmp", O_RDONLY | O_DIRECTORY);
    (void)open("/dev/null", O_RDONLY);
    (void)keeps();
    (void)!pipe(ends);
    (void)socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
    (void)socket(AF_INET, SOCK_STREAM, 0);
    (void)socket(AF_INET, SOCK_DGRAM, 0);
    (void)socket(AF_NETLINK, SOCK_RAW, 0);
    (void)eventfd(0, 0);
    (void)epoll_create1(0);
    (void)timerfd_create(CLOCK_MONOTONIC, 0);
    (void)signalfd(-1, &none, 0);
    (void)inotify_init1(0);
    (void)memfd_create("x", 0);
    report();
}

static void from_vfork(void)
{
    (void)keeps();
    (void)keeps();
    pid_t child = vfork();
    if (child == 0) {
        close_range(3, ~0U, 0);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    report();
}

static void streams(void)
{
    char name[] = "/tmp/pprof-fd-XXXXXX";
    FILE *file = fopen(some_file, "r");
    file = freopen(other_file, "r", file);
    fclose(file);
    fclose(tmpfile());
    closedir(opendir("/"));
    pclose(popen("true", "r"));
    close(mkstemp(name));
    unlink(name);
    (void)!fopen(some_file, "r");
    (void)!opendir("/");
    report();
}

static void closed_in_ranges(void)
{
    int first = drops();
    for (int i = 0; i < 8; i++) {
        (void)drops();
    }
    dup2(first, 90);
    close_range((unsigned)first, (unsigned)first + 3, 0);
    close_range((unsigned)first, 80, CLOSE_RANGE_CLOEXEC); /* these stay */
    closefrom(90);
    report();
}

static void *churn(void *arg)
{
    for (int i = 0; i < 2000; i++) {
        int fd = drops();
        close(dup(fd));
        close(fd);
    }
    return arg;
}

static void threads(void)
{
    pthread_t all[8];
    for (int i = 0; i < 8; i++) {
        pthread_create(&all[i], NULL, churn, NULL);
    }
    (void)keeps();
    for (int i = 0; i < 8; i++) {
        pthread_join(all[i], NULL);
    }
    report();
}

static void keeps_errno(void)
{
    errno = 0;
    (void)open("/nowhere/at/all", O_RDONLY);
    printf("open %d\n", errno == ENOENT);
    printf("close %d\n", close(-1) == -1 && errno == EBADF);
    errno = 77;
    (void)keeps();
    printf("kept %d\n", errno == 77);
    printf("dup2 %d\n", dup2(-1, 5) == -1 && errno == EBADF);
}

static void accepted(void)
{
    struct sockaddr_storage address;
    socklen_t len = sizeof address;
    int server = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
    listen(server, 4);
    getsockname(server, (struct sockaddr *)&address, &len);
    (void)!connect(client, (struct sockaddr *)&address, len);
    (void)accept(server, NULL, NULL);
    (void)!connect(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&address, len);
    (void)accept4(server, NULL, NULL, SOCK_CLOEXEC);
    report();
}

/* Sends one end's descriptors to the other: three in one message, then one in each of two. */
static void send_some(int to, const int *fds, size_t count)
{
    _Alignas(struct cmsghdr) char room[CMSG_SPACE(3 * sizeof(int))] = { 0 };
    struct iovec byte = { "x", 1 };
    struct msghdr msg = { .msg_iov = &byte, .msg_iovlen = 1, .msg_control = room,
                          .msg_controllen = CMSG_SPACE(count * sizeof(int)) };
    struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(count * sizeof(int));
    memcpy(CMSG_DATA(c), fds, count * sizeof(int));
    printf("sent %d\n", sendmsg(to, &msg, 0) == 1);
}

static void receives(int from)
{
    _Alignas(struct cmsghdr) char room[CMSG_SPACE(3 * sizeof(int))];
    char byte;
    struct iovec space = { &byte, 1 };
    struct msghdr msg = { .msg_iov = &space, .msg_iovlen = 1, .msg_control = room,
                          .msg_controllen = sizeof room };
    printf("received %d\n", recvmsg(from, &msg, 0) == 1);
}

static void receives_two(int from)
{
    _Alignas(struct cmsghdr) char rooms[2][CMSG_SPACE(sizeof(int))];
    char bytes[2];
    struct iovec spaces[2] = { { &bytes[0], 1 }, { &bytes[1], 1 } };
    struct mmsghdr msgs[2] = { 0 };
    for (int i = 0; i < 2; i++) {
        msgs[i].msg_hdr = (struct msghdr){ .msg_iov = &spaces[i], .msg_iovlen = 1,
                                           .msg_control = rooms[i],
                                           .msg_controllen = sizeof rooms[i] };
    }
    printf("received two %d\n", recvmmsg(from, msgs, 2, 0, NULL) == 2);
}

static void received(void)
{
    int ends[2], fds[3] = { keeps(), keeps(), keeps() };
    (void)socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends);
    send_some(ends[0], fds, 3);
    receives(ends[1]);
    send_some(ends[0], fds, 1);
    send_some(ends[0], fds, 1);
    receives_two(ends[1]);
    report();
}

/* What newer or rarer calls open. */
static void rare(void)
{
    struct mq_attr attributes = { .mq_maxmsg = 1, .mq_msgsize = 8 };
    char name[32];
    int self = pidfd_open(getpid(), 0), fd = keeps();
    (void)pidfd_getfd(self, fd, 0);
    (void)snprintf(name, sizeof name, "/pprof-fd-%d", (int)getpid());
    mqd_t queue = mq_open(name, O_RDWR | O_CREAT, 0600, &attributes);
    printf("queue %d\n", queue >= 0);
    mqd_t again = mq_open(name, O_RDWR);
    mq_unlink(name);
    mq_close(again);
    printf("watch %d\n", fanotify_init(FAN_CLASS_NOTIF, O_RDONLY) >= 0);
    report();
}

static void *waits_in_open(void *path)
{
    (void)open(path, O_RDONLY); /* of a pipe without a writer */
    return NULL;
}

/* open is a cancellation point, also where nothing is noted. */
static void canceled(void)
{
    char directory[] = "/tmp/pprof-fd-XXXXXX", path[64];
    pthread_t thread;
    void *result = NULL;
    if (!mkdtemp(directory)) {
        return;
    }
    (void)snprintf(path, sizeof path, "%s/pipe", directory);
    mkfifo(path, 0600);
    pthread_create(&thread, NULL, waits_in_open, path);
    pthread_cancel(thread);
    pthread_join(thread, &result);
    printf("canceled %d\n", result == PTHREAD_CANCELED);
    unlink(path);
    rmdir(directory);
}

static void opens_in_handler(int signal)
{
    (void)signal;
    (void)keeps();
    close(drops());
    (void)mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/* The least stack for a handler that opens a file, with nothing mapped below it. */
static void on_alternate_stack(void)
{
    size_t page = 4096, least = (size_t)sysconf(_SC_MINSIGSTKSZ) + 1024;
    size_t size = (least + page - 1) & ~(page - 1);
    char *low = mmap(NULL, size + page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(low + page, size, PROT_READ | PROT_WRITE);
    stack_t stack = { .ss_sp = low + page + (size - least), .ss_size = least };
    struct sigaction action = { .sa_handler = opens_in_handler, .sa_flags = SA_ONSTACK };
    memset(low + page, 0x5a, size - least);
    if (sigaltstack(&stack, NULL) != 0) {
        puts("refused");
    }
    sigaction(SIGUSR1, &action, NULL);
    raise(SIGUSR1);
    bool intact = true;
    for (size_t i = 0; i < size - least; i++) {
        intact &= low[page + i] == 0x5a;
    }
    printf("below %d\n", intact);
    report();
}

/* A file that the kernel opens for a ring, through no function of libc's. */
static void by_ring(void)
{
    struct io_uring_params params = { 0 };
    int ring = (int)syscall(SYS_io_uring_setup, 8, &params);
    int shared = PROT_READ | PROT_WRITE;
    if (ring < 0) {
        puts("no ring");
        return;
    }
    struct io_uring_sqe *entries = mmap(NULL, params.sq_entries * sizeof(*entries), shared,
                                        MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQES);
    char *queue = mmap(NULL, params.sq_off.array + params.sq_entries * sizeof(unsigned), shared,
                       MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQ_RING);
    entries[0] = (struct io_uring_sqe){ .opcode = IORING_OP_OPENAT,
                                        .fd = AT_FDCWD,
                                        .addr = (uintptr_t)some_file,
                                        .open_flags = O_RDONLY };
    *(unsigned *)(void *)(queue + params.sq_off.array) = 0;
    __atomic_store_n((unsigned *)(void *)(queue + params.sq_off.tail), 1, __ATOMIC_RELEASE);
    printf("opened %ld\n",
           syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0));
    report();
}

static const struct {
    const char *name;
    void (*run)(void);
} ways[] = {
    { "full", full_table },       { "many", many },         { "fork", forked },
    { "syscall", closed_unseen }, { "chroot", rootless },   { "dup2", copied_over },
    { "kinds", all_kinds },       { "vfork", from_vfork },  { "streams", streams },
    { "ranges", closed_in_ranges }, { "threads", threads }, { "errno", keeps_errno },
    { "accept", accepted },       { "none", report },       { "received", received },
    { "rare", rare },             { "ring", by_ring },
    { "altstack", on_alternate_stack }, { "cancel", canceled },
};

int main(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < sizeof ways / sizeof *ways; i++) {
        if (strcmp(ways[i].name, argv[1]) == 0) {
            ways[i].run();
            return 0;
        }
    }
    return 2;
}
