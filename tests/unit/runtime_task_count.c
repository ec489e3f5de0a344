/* The count of tasks where profiling is off: workers are threads, but then nobody counts threads. */
#include "go_test.h"

#include "runtime/capture/tasksource.h"

#include <unistd.h>

static uint32_t let_go;

static void waits(void *arg)
{
    (void)arg;
    while (!__atomic_load_n(&let_go, __ATOMIC_ACQUIRE)) {
        go_sleep(GO_MS);
    }
}

/* Goroutines that need a thread each, so that there are workers. */
static void waits_pinned(void *arg)
{
    go_pin();
    waits(arg);
}

GO_TEST(as_many_as_goroutines)
{
    enum { MANY = 5 };
    let_go = 0;
    for (int i = 0; i < MANY; i++) {
        ck_assert_int_eq(go_start(waits_pinned, NULL), 0);
        go_yield();
    }
    ck_assert(!pp_tasks_differ());
    ck_assert_uint_eq(go_count(), MANY + 1);
    ck_assert_int_eq(pp_tasks_count(), MANY + 1);
    __atomic_store_n(&let_go, 1, __ATOMIC_RELEASE);
    GO_UNTIL(go_count() == 1);
    ck_assert_int_eq(pp_tasks_count(), 1);
}

int main(int argc, char **argv)
{
    (void)argc;
    if (!getenv("PPROF_OFF")) { /* is read before main */
        setenv("PPROF_OFF", "1", 1);
        execv("/proc/self/exe", argv);
        return EXIT_FAILURE;
    }
    Suite *suite = suite_create("task_count");
    TCase *t = tcase_create("task_count");
    GO_TEST_ADD(t, as_many_as_goroutines);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
