/* For tests of goroutines: a test case whose body is one, and waiting for a condition. */
#ifndef TESTS_GO_TEST_H
#define TESTS_GO_TEST_H

#include "pprof/go.h"

#include <check.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <stdlib.h>

/* GO_TEST_SHORT=1 in the environment, for slow machines as Valgrind is one: each test with one number
 * of places, the next one with the next, and smaller counts. */
static inline int go_test_is_short(void)
{
    return getenv("GO_TEST_SHORT") != NULL;
}

static inline int go_test_count(int n)
{
    return go_test_is_short() ? n / 5 : n;
}

/* GO_TEST(name) { ... } runs its body as a goroutine, once for each of the places below. */
static const int go_test_procs[] = { 1, 2, 4 };
enum { GO_TEST_LOOPS = 3 };

#define GO_TEST(name)                                                                              \
    static void name##_body(void);                                                                 \
    static void name##_main(void *arg)                                                             \
    {                                                                                              \
        (void)arg;                                                                                 \
        name##_body();                                                                             \
    }                                                                                              \
    START_TEST(name)                                                                               \
    {                                                                                              \
        go_procs(go_test_procs[_i]);                                                               \
        ck_assert_int_eq(go_run(name##_main, NULL), 0);                                            \
    }                                                                                              \
    END_TEST                                                                                       \
    static void name##_body(void)

/* The first of the places that the next test runs with. */
static inline int go_test_first(void)
{
    static int tests;
    return go_test_is_short() ? tests++ % GO_TEST_LOOPS : 0;
}

#define GO_TEST_ADD(tcase, name)                                                                   \
    do {                                                                                           \
        int first = go_test_first();                                                               \
        tcase_add_loop_test(tcase, name, first, go_test_is_short() ? first + 1 : GO_TEST_LOOPS);   \
    } while (0)

/* Waits until the condition holds; the runner's time limit ends a test in which it never does. */
#define GO_UNTIL(condition)                                                                        \
    while (!(condition)) {                                                                         \
        go_sleep(GO_MS / 10);                                                                      \
    }

/* How often the text stands in a dump of all goroutines now. */
__attribute__((unused)) static size_t go_test_dumped(const char *wanted)
{
    static char text[1 << 20];
    size_t times = 0;
    int fd = memfd_create("dump", MFD_CLOEXEC);
    ck_assert_int_eq(go_dump(fd), 0);
    ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
    close(fd);
    text[n > 0 ? n : 0] = '\0';
    for (const char *at = text; (at = strstr(at, wanted)) != NULL; at++) {
        times++;
    }
    return times;
}

#endif
