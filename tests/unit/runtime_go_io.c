/* Descriptors: parked instead of blocked, several waiters, closing under them, files. */
#include "go_test.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

static uint32_t done;

static uint32_t count_done(void)
{
    return __atomic_load_n(&done, __ATOMIC_SEQ_CST);
}

static void note_done(void)
{
    __atomic_fetch_add(&done, 1, __ATOMIC_SEQ_CST);
}

/* ---- pipes ---- */

static void echo_pipe(void *arg)
{
    int *fds = arg;
    char buf[64];
    ssize_t n;
    while ((n = go_read(fds[0], buf, sizeof(buf))) > 0) {
        ck_assert_int_eq(go_write_all(fds[1], buf, (size_t)n), 0);
    }
    ck_assert_int_eq(n, 0);
    ck_assert_int_eq(go_close(fds[1]), 0);
    note_done();
}

GO_TEST(pipe_there_and_back)
{
    int there[2], back[2];
    char buf[64];
    ck_assert_int_eq(pipe(there), 0);
    ck_assert_int_eq(pipe(back), 0);
    int ends[2] = { there[0], back[1] };
    done = 0;
    go_start(echo_pipe, ends);
    for (int i = 0; i < 500; i++) {
        ck_assert_int_eq(go_write(there[1], "hello", 5), 5);
        ck_assert_int_eq(go_read(back[0], buf, sizeof(buf)), 5);
        ck_assert_int_eq(memcmp(buf, "hello", 5), 0);
    }
    ck_assert_int_eq(go_close(there[1]), 0);
    ck_assert_int_eq(go_read(back[0], buf, sizeof(buf)), 0);
    GO_UNTIL(count_done() == 1);
    go_close(there[0]);
    go_close(back[0]);
}

static void fill_pipe(void *arg)
{
    int *fds = arg;
    char *block = calloc(1, 1 << 20);
    ck_assert_int_eq(go_write_all(fds[1], block, 1 << 20), 0);
    free(block);
    go_close(fds[1]);
}

GO_TEST(full_pipe_parks_the_writer)
{
    int fds[2];
    size_t total = 0;
    char buf[5000];
    ssize_t n;
    ck_assert_int_eq(pipe(fds), 0);
    go_start(fill_pipe, fds);
    while ((n = go_read(fds[0], buf, sizeof(buf))) > 0) {
        total += (size_t)n;
    }
    ck_assert_int_eq(n, 0);
    ck_assert_uint_eq(total, 1 << 20);
    go_close(fds[0]);
}

/* ---- many wait for one, and it is closed ---- */

static void expect_bad(void *arg)
{
    char byte;
    ck_assert_int_eq(go_read(*(int *)arg, &byte, 1), -EBADF);
    note_done();
}

GO_TEST(close_wakes_who_waits)
{
    int fds[2];
    ck_assert_int_eq(pipe(fds), 0);
    done = 0;
    for (int i = 0; i < 10; i++) {
        go_start(expect_bad, &fds[0]);
    }
    GO_UNTIL(go_test_dumped("[IO wait]") == 10);
    ck_assert_uint_eq(count_done(), 0);
    ck_assert_int_eq(go_close(fds[0]), 0);
    GO_UNTIL(count_done() == 10);
    go_close(fds[1]);
    char byte;
    ck_assert_int_eq(go_read(-1, &byte, 1), -EBADF);
    ck_assert_int_eq(go_wait_fd(0, POLLIN | POLLOUT), -EINVAL);
}

/* ---- sockets ---- */

static int listen_any(struct sockaddr_in *address)
{
    socklen_t len = sizeof(*address);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    *address = (struct sockaddr_in){ .sin_family = AF_INET,
                                     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    ck_assert_int_eq(bind(fd, (struct sockaddr *)address, sizeof(*address)), 0);
    ck_assert_int_eq(listen(fd, 128), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)address, &len), 0);
    return fd;
}

static void serve_one(void *arg)
{
    int fd = (int)(intptr_t)arg;
    char buf[128];
    ssize_t n;
    while ((n = go_recv(fd, buf, sizeof(buf), 0)) > 0) {
        ck_assert_int_eq(go_send(fd, buf, (size_t)n, MSG_NOSIGNAL), n);
    }
    go_close(fd);
    note_done();
}

static void accept_all(void *arg)
{
    int fd;
    while ((fd = go_accept((int)(intptr_t)arg, NULL, NULL)) >= 0) {
        ck_assert_int_eq(go_start(serve_one, (void *)(intptr_t)fd), 0);
    }
    ck_assert_int_eq(fd, -EBADF);
    note_done();
}

static void talk(void *arg)
{
    struct sockaddr_in *address = arg;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    char buf[128];
    ck_assert_int_eq(go_connect(fd, (struct sockaddr *)address, sizeof(*address)), 0);
    for (int i = 0; i < 50; i++) {
        ck_assert_int_eq(go_write_all(fd, "0123456789", 10), 0);
        size_t got = 0;
        while (got < 10) {
            ssize_t n = go_read(fd, buf + got, 10 - got);
            ck_assert_int_gt(n, 0);
            got += (size_t)n;
        }
        ck_assert_int_eq(memcmp(buf, "0123456789", 10), 0);
    }
    go_close(fd);
    note_done();
}

GO_TEST(echo_over_tcp)
{
    enum { CLIENTS = 40 };
    struct sockaddr_in address;
    int fd = listen_any(&address);
    done = 0;
    go_start(accept_all, (void *)(intptr_t)fd);
    for (int i = 0; i < CLIENTS; i++) {
        go_start(talk, &address);
    }
    GO_UNTIL(count_done() == 2 * CLIENTS);
    go_close(fd);
    GO_UNTIL(count_done() == 2 * CLIENTS + 1);
    fd = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq(go_connect(fd, (struct sockaddr *)&address, sizeof(address)), -ECONNREFUSED);
    go_close(fd);
}

GO_TEST(a_number_used_again)
{
    for (int i = 0; i < 20; i++) {
        int fds[2];
        char byte = 0;
        ck_assert_int_eq(pipe(fds), 0);
        done = 0;
        int ends[2] = { fds[0], fds[1] };
        struct go_chan *timeout = go_after(GO_MS / 10);
        go_chan_recv(timeout, NULL);
        go_chan_free(timeout);
        ck_assert_int_eq(go_write(ends[1], "x", 1), 1);
        ck_assert_int_eq(go_read(ends[0], &byte, 1), 1);
        ck_assert_int_eq(byte, 'x');
        go_close(fds[0]);
        go_close(fds[1]);
    }
}

/* What a short read left behind must not be taken for the next descriptor of that number. */
static void write_two(void *arg)
{
    int *fds = arg;
    ck_assert_int_eq(go_write(fds[1], "ab", 2), 2);
    go_sleep(GO_MS);
    ck_assert_int_eq(go_write(fds[1], "cd", 2), 2);
    go_sleep(GO_MS);
    go_close(fds[1]);
}

GO_TEST(short_reads_and_plain_close)
{
    for (int i = 0; i < 10; i++) {
        int fds[2];
        char buf[8];
        ck_assert_int_eq(pipe(fds), 0);
        int ends[2] = { fds[0], fds[1] };
        go_start(write_two, ends);
        ssize_t got = 0, n;
        while ((n = go_read(fds[0], buf, sizeof(buf))) > 0) {
            got += n;
        }
        ck_assert_int_eq(n, 0);
        ck_assert_int_eq(got, 4);
        ck_assert_int_eq(close(fds[0]), 0);
    }
}

/* ---- files and threads ---- */

GO_TEST(files_are_read_and_written)
{
    char path[] = "/tmp/pp-go-io-XXXXXX", buf[16] = "";
    int made = mkstemp(path);
    ck_assert_int_ge(made, 0);
    close(made);
    int fd = go_open(path, O_RDWR, 0);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(go_write(fd, "abcdef", 6), 6);
    ck_assert_int_eq(go_pwrite(fd, "XY", 2, 1), 2);
    ck_assert_int_eq(go_fsync(fd), 0);
    ck_assert_int_eq(go_pread(fd, buf, 6, 0), 6);
    ck_assert_str_eq(buf, "aXYdef");
    ck_assert_int_eq(go_read(fd, buf, 6), 0);
    go_close(fd);
    unlink(path);
    ck_assert_int_eq(go_open(path, O_RDONLY, 0), -ENOENT);
}

GO_TEST(names_are_looked_up)
{
    struct addrinfo hints = { .ai_flags = AI_NUMERICHOST }, *list = NULL;
    ck_assert_int_eq(go_getaddrinfo("127.0.0.1", "80", &hints, &list), 0);
    ck_assert_ptr_nonnull(list);
    freeaddrinfo(list);
    GO_WITH_TIMEOUT(100 * GO_S) { /* not on this goroutine, then */
        ck_assert_int_eq(go_getaddrinfo("127.0.0.1", NULL, &hints, &list), 0);
        freeaddrinfo(list);
        ck_assert_int_eq(go_getaddrinfo("no number", NULL, &hints, &list), EAI_NONAME);
    }
}

static int answers[2];

static int find_late(const char *node, const char *service, const struct addrinfo *hints,
                     struct addrinfo **list)
{
    char byte;
    ck_assert_int_eq(read(answers[0], &byte, 1), 1);
    ck_assert_str_eq(node, "late");
    ck_assert_str_eq(service, "80");
    *list = calloc(1, sizeof(**list));
    (*list)->ai_flags = hints->ai_flags;
    return 0;
}

static void drop_late(struct addrinfo *list)
{
    ck_assert_int_eq(list->ai_flags, AI_PASSIVE);
    free(list);
    note_done();
}

static void ask_late(int result, int error)
{
    struct addrinfo hints = { .ai_flags = AI_PASSIVE }, *list = NULL;
    char node[] = "late", service[] = "80";
    ck_assert_int_eq(go_lookup_with(find_late, drop_late, node, service, &hints, &list), result);
    ck_assert_int_eq(errno, error);
    ck_assert_ptr_null(list);
    memset(&hints, 0xff, sizeof(hints)); /* whoever is left behind does not need them */
    memset(node, 'x', sizeof(node) - 1);
    memset(service, 'x', sizeof(service) - 1);
}

GO_TEST(a_lookup_is_left_behind_when_its_time_is_over)
{
    ck_assert_int_eq(pipe(answers), 0);
    done = 0;
    GO_WITH_TIMEOUT(2 * GO_MS) {
        ask_late(EAI_SYSTEM, ETIMEDOUT);
    }
    ck_assert_uint_eq(count_done(), 0);
    ck_assert_int_eq(go_write(answers[1], "x", 1), 1);
    GO_UNTIL(count_done() == 1);
    GO_WITH_TIMEOUT(0) { /* does not begin */
        ask_late(EAI_SYSTEM, ETIMEDOUT);
    }
    go_close(answers[0]);
    go_close(answers[1]);
}

GO_TEST(what_is_not_open_or_too_late_is_told)
{
    char byte;
    ck_assert_int_eq(go_wait_fd(999, POLLIN), -EBADF);
    ck_assert_int_eq(go_read(INT_MAX, &byte, 1), -EBADF);
    ck_assert_int_eq(go_wait_fd(INT_MAX, POLLIN), -EBADF);
    int fd = go_open("/proc/self/exe", O_RDONLY, 0);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(go_wait_fd(fd, POLLIN), 0);
    GO_WITH_TIMEOUT(0) { /* files as everything else */
        ck_assert_int_eq(go_read(fd, &byte, 1), -ETIMEDOUT);
        ck_assert_int_eq(go_pread(fd, &byte, 1, 0), -ETIMEDOUT);
        ck_assert_int_eq(go_open("/proc/self/exe", O_RDONLY, 0), -ETIMEDOUT);
    }
    ck_assert_int_eq(go_read(fd, &byte, 1), 1);
    ck_assert_int_eq(go_close(fd), 0);
}

static void write_later(void *arg)
{
    go_sleep(2 * GO_MS);
    ck_assert_int_eq(go_write(*(int *)arg, "!", 1), 1);
}

/* ---- as the system calls have it ---- */

GO_TEST(some_do_not_want_to_wait)
{
    int ends[2];
    char byte = 'x';
    struct iovec part = { &byte, 1 };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    ck_assert_int_eq(go_recv(ends[0], &byte, 1, MSG_DONTWAIT), -EAGAIN);
    ck_assert_int_eq(go_recvmsg(ends[0], &message, MSG_DONTWAIT), -EAGAIN);
    while (go_send(ends[0], &byte, 1, MSG_DONTWAIT) == 1) {
    }
    ck_assert_int_eq(go_sendmsg(ends[0], &message, MSG_DONTWAIT), -EAGAIN);
    ck_assert_int_eq(go_recv(ends[1], &byte, 1, MSG_DONTWAIT), 1);
    go_close(ends[0]);
    go_close(ends[1]);
}

GO_TEST(standard_input_stays_as_it_is)
{
    int fds[2];
    char byte;
    ck_assert_int_eq(pipe(fds), 0);
    ck_assert_int_eq(go_close(0), 0);
    ck_assert_int_eq(dup(fds[0]), 0);
    GO_WITH_TIMEOUT(GO_MS) {
        ck_assert_int_eq(go_read(0, &byte, 1), -ETIMEDOUT);
    }
    ck_assert_int_eq(write(fds[1], "!", 1), 1);
    ck_assert_int_eq(go_read(0, &byte, 1), 1);
    ck_assert_int_eq(fcntl(0, F_GETFL) & O_NONBLOCK, 0);
    go_close(fds[0]);
    go_close(fds[1]);
    go_close(0);
}

static void accept_one(void *arg)
{
    go_close(go_accept(*(int *)arg, NULL, NULL));
}

GO_TEST(a_full_backlog_is_no_connection)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int listener = socket(AF_UNIX, SOCK_STREAM, 0), first = socket(AF_UNIX, SOCK_STREAM, 0);
    int second = socket(AF_UNIX, SOCK_STREAM, 0);
    socklen_t len = offsetof(struct sockaddr_un, sun_path) + 1 + (socklen_t)snprintf(
        address.sun_path + 1, sizeof(address.sun_path) - 1, "pprof-go-io-%d", (int)getpid());
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, len), 0);
    ck_assert_int_eq(listen(listener, 0), 0);
    ck_assert_int_eq(go_connect(first, (struct sockaddr *)&address, len), 0);
    GO_WITH_TIMEOUT(5 * GO_MS) {
        ck_assert_int_eq(go_connect(second, (struct sockaddr *)&address, len), -ETIMEDOUT);
    }
    ck_assert_int_eq(go_start(accept_one, &listener), 0);
    ck_assert_int_eq(go_connect(second, (struct sockaddr *)&address, len), 0);
    go_close(first);
    go_close(second);
    GO_UNTIL(go_count() == 1);
    go_close(listener);
}

START_TEST(threads_wait_too)
{
    int fds[2];
    char byte = 0;
    ck_assert_int_eq(pipe(fds), 0);
    ck_assert_int_eq(go_start(write_later, &fds[1]), 0);
    ck_assert_int_eq(go_read(fds[0], &byte, 1), 1);
    ck_assert_int_eq(byte, '!');
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("runtime_go_io");
    TCase *t = tcase_create("io");
    tcase_set_timeout(t, 60);
    GO_TEST_ADD(t, pipe_there_and_back);
    GO_TEST_ADD(t, full_pipe_parks_the_writer);
    GO_TEST_ADD(t, close_wakes_who_waits);
    GO_TEST_ADD(t, echo_over_tcp);
    GO_TEST_ADD(t, a_number_used_again);
    GO_TEST_ADD(t, short_reads_and_plain_close);
    GO_TEST_ADD(t, files_are_read_and_written);
    GO_TEST_ADD(t, names_are_looked_up);
    GO_TEST_ADD(t, a_lookup_is_left_behind_when_its_time_is_over);
    GO_TEST_ADD(t, what_is_not_open_or_too_late_is_told);
    GO_TEST_ADD(t, some_do_not_want_to_wait);
    GO_TEST_ADD(t, standard_input_stays_as_it_is);
    GO_TEST_ADD(t, a_full_backlog_is_no_connection);
    tcase_add_test(t, threads_wait_too);
    suite_add_tcase(s, t);
    return s;
}

#include "check_main.h"
