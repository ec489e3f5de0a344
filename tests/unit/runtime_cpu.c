/* CPU profiles: right shares, right sums, one at a time, and a program that wants SIGPROF
 * itself. */
#include "runtime/capture/cpu.h"

#include "base/arena.h"
#include "runtime/capture/kind.h"
#include "runtime/capture/label.h"
#include "runtime/capture/thread.h"
#include "runtime/unwind/module.h"

#include <check.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile uint64_t sink;

static double cpu_seconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void burn(double seconds)
{
    double until = cpu_seconds(CLOCK_THREAD_CPUTIME_ID) + seconds;
    while (cpu_seconds(CLOCK_THREAD_CPUTIME_ID) < until) {
        for (int i = 0; i < 20000; i++) {
            sink += (uint64_t)i * sink + 1;
        }
    }
}

__attribute__((noinline, noclone)) void *burn_twice(void *arg)
{
    burn(1.6);
    sink++;
    return arg;
}

__attribute__((noinline, noclone)) void *burn_once(void *arg)
{
    burn(0.8);
    sink++;
    return arg;
}

/* Both threads at once, from before the start of the profile to behind it, or born inside it. */
static void run_both(void)
{
    pthread_t one, two;
    ck_assert_int_eq(pthread_create(&one, NULL, burn_once, NULL), 0);
    ck_assert_int_eq(pthread_create(&two, NULL, burn_twice, NULL), 0);
    pthread_join(one, NULL);
    pthread_join(two, NULL);
}

static bool stack_holds(pp_stack_id id, uintptr_t low, uintptr_t size)
{
    struct pp_stack stack = pp_stack_get_sig(id);
    for (size_t i = 0; i < stack.count; i++) {
        if (stack.pcs[i] - low < size) {
            return true;
        }
    }
    return false;
}

/* Nanoseconds of the samples whose stacks pass through the function. */
static int64_t share_of(const struct pp_snapshot *snapshot, void *(*function)(void *))
{
    int64_t sum = 0;
    for (size_t i = 0; i < snapshot->count; i++) {
        if (stack_holds(snapshot->records[i].stack, (uintptr_t)function, 64)) {
            sum += snapshot->records[i].values[1];
        }
    }
    return sum;
}

static int64_t total_of(const struct pp_snapshot *snapshot)
{
    int64_t sum = 0;
    for (size_t i = 0; i < snapshot->count; i++) {
        sum += snapshot->records[i].values[1];
    }
    return sum;
}

static struct pp_arena arena;
static struct pp_snapshot snapshot;
static struct pprof_error error;

static void setup(void)
{
    pp_arena_init(&arena, 0);
    snapshot = (struct pp_snapshot){ .arena = &arena };
}

START_TEST(test_shares_and_sum)
{
    struct pp_cpu_stats stats;
    ck_assert_int_eq(pp_cpu_start(&error), 0);
    double before = cpu_seconds(CLOCK_PROCESS_CPUTIME_ID);
    run_both();
    double used = cpu_seconds(CLOCK_PROCESS_CPUTIME_ID) - before;
    ck_assert_int_eq(pp_cpu_stop(&snapshot, &error), 0);
    pp_cpu_stats(&stats);
    double once = (double)share_of(&snapshot, burn_once);
    double twice = (double)share_of(&snapshot, burn_twice);
    double sum = (double)total_of(&snapshot) / 1e9;
    printf("# once %.2f s, twice %.2f s, sum %.2f s of %.2f s used\n", once / 1e9, twice / 1e9, sum,
           used);
    ck_assert_msg(twice / once > 1.8 && twice / once < 2.2, "ratio %f", twice / once);
    ck_assert_msg(sum / used > 0.9 && sum / used < 1.1, "sum %f of %f", sum, used);
    ck_assert_int_eq(snapshot.period, 10000000);
    ck_assert_int_gt(snapshot.duration_ns, 0);
    ck_assert_uint_eq(stats.lost, 0);
    ck_assert_uint_eq(stats.timers, 0);
    ck_assert_int_ge(stats.process_cpu_ns, (int64_t)(used * 0.95e9));
}
END_TEST

static void *burn_when_told(void *arg)
{
    while (!__atomic_load_n((int *)arg, __ATOMIC_ACQUIRE)) {
        usleep(1000);
    }
    return burn_once(NULL);
}

START_TEST(test_threads_that_were_there)
{
    pthread_t thread;
    int told = 0;
    ck_assert_int_eq(pthread_create(&thread, NULL, burn_when_told, &told), 0);
    ck_assert_int_eq(pp_cpu_start(&error), 0);
    __atomic_store_n(&told, 1, __ATOMIC_RELEASE);
    pthread_join(thread, NULL);
    ck_assert_int_eq(pp_cpu_stop(&snapshot, &error), 0);
    double seconds = (double)share_of(&snapshot, burn_once) / 1e9;
    ck_assert_msg(seconds > 0.7 && seconds < 0.9, "%f s", seconds);
}
END_TEST

START_TEST(test_labels)
{
    ck_assert_int_eq(pp_cpu_start(&error), 0);
    ck_assert_int_eq(pprof_labels_push(&(struct pprof_label_pair){ "phase", "hot" }, 1), 0);
    uint32_t id = pp_label_current_sig();
    burn(0.3);
    pprof_labels_pop();
    ck_assert_int_eq(pp_cpu_stop(&snapshot, &error), 0);
    int64_t labelled = 0;
    for (size_t i = 0; i < snapshot.count; i++) {
        labelled += snapshot.records[i].label_set == id ? snapshot.records[i].values[0] : 0;
    }
    ck_assert_int_ge(labelled, 25);
}
END_TEST

START_TEST(test_one_at_a_time)
{
    ck_assert_int_eq(pp_cpu_start(&error), 0);
    ck_assert_int_eq(pp_cpu_start(&error), PPROF_ERR_BUSY);
    ck_assert_str_eq(error.detail, "cpu profiling already in use");
    ck_assert_int_eq(pp_cpu_stop(NULL, &error), 0);
    ck_assert_int_eq(pp_cpu_stop(NULL, &error), PPROF_ERR_OFF);
    ck_assert_int_eq(pp_cpu_start(&error), 0); /* and again */
    ck_assert_int_eq(pp_cpu_stop(NULL, &error), 0);
}
END_TEST

START_TEST(test_sessions_are_apart)
{
    ck_assert_int_eq(pp_cpu_start(&error), 0);
    burn(0.3);
    ck_assert_int_eq(pp_cpu_stop(NULL, &error), 0);
    burn(0.2); /* between sessions: counted nowhere */
    ck_assert_int_eq(pp_cpu_start(&error), 0);
    ck_assert_int_eq(pp_cpu_stop(&snapshot, &error), 0);
    ck_assert_int_lt(total_of(&snapshot), 50000000);
}
END_TEST

START_TEST(test_peek_goes_on)
{
    ck_assert_int_eq(pp_cpu_start(&error), 0);
    burn(0.2);
    ck_assert_int_eq(pp_cpu_peek(&snapshot, &error), 0);
    int64_t first = total_of(&snapshot);
    burn(0.2);
    snapshot.count = 0;
    ck_assert_int_eq(pp_cpu_stop(&snapshot, &error), 0);
    ck_assert_int_ge(first, 100000000);
    ck_assert_int_ge(total_of(&snapshot), first + 100000000);
}
END_TEST

static volatile sig_atomic_t own_ticks;
static void own_handler(int signal)
{
    (void)signal;
    own_ticks++;
}

START_TEST(test_program_owns_sigprof)
{
    signal(SIGPROF, own_handler);
    ck_assert_int_eq(pp_cpu_start(&error), PPROF_ERR_BUSY);
    ck_assert_ptr_nonnull(strstr(error.detail, "its own SIGPROF handler"));
    raise(SIGPROF);
    ck_assert_int_eq(own_ticks, 1); /* still the program's */
    signal(SIGPROF, SIG_IGN);
    ck_assert_int_eq(pp_cpu_start(&error), PPROF_ERR_BUSY);
    ck_assert_ptr_nonnull(strstr(error.detail, "ignores SIGPROF"));
}
END_TEST

START_TEST(test_program_runs_itimer)
{
    struct itimerval every = { { 100, 0 }, { 100, 0 } }, none = { { 0, 0 }, { 0, 0 } };
    ck_assert_int_eq(setitimer(ITIMER_PROF, &every, NULL), 0);
    ck_assert_int_eq(pp_cpu_start(&error), PPROF_ERR_BUSY);
    ck_assert_ptr_nonnull(strstr(error.detail, "ITIMER_PROF"));
    setitimer(ITIMER_PROF, &none, NULL);
    ck_assert_int_eq(pp_cpu_start(&error), 0);
    ck_assert_int_eq(pp_cpu_stop(NULL, &error), 0);
}
END_TEST

START_TEST(test_program_takes_sigprof)
{
    struct sigaction action = { .sa_handler = own_handler }, old;
    ck_assert_int_eq(pp_cpu_start(&error), 0);
    burn(0.2);
    ck_assert_int_eq(sigaction(SIGPROF, &action, &old), 0);
    ck_assert(old.sa_handler == SIG_DFL); /* ours was never seen */
    own_ticks = 0;
    burn(0.2);
    ck_assert_int_eq(own_ticks, 0); /* our timers do not tick into its handler */
    ck_assert_int_eq(pp_cpu_stop(&snapshot, &error), 0);
    ck_assert_int_ge(total_of(&snapshot), 100000000);
    ck_assert_int_lt(total_of(&snapshot), 300000000);
    ck_assert_int_eq(pp_cpu_start(&error), PPROF_ERR_BUSY);
}
END_TEST

START_TEST(test_default_is_shown_and_late_ticks_kill_nobody)
{
    struct sigaction old;
    ck_assert_int_eq(pp_cpu_start(&error), 0);
    burn(0.05);
    ck_assert_int_eq(pp_cpu_stop(NULL, &error), 0);
    ck_assert_int_eq(sigaction(SIGPROF, NULL, &old), 0);
    ck_assert(old.sa_handler == SIG_DFL && !(old.sa_flags & SA_SIGINFO));
    ck_assert(signal(SIGPROF, SIG_DFL) == SIG_DFL);
    raise(SIGPROF); /* as a late tick would */
    ck_assert_int_eq(pp_cpu_start(&error), 0);
    ck_assert_int_eq(pp_cpu_stop(NULL, &error), 0);
}
END_TEST

START_TEST(test_fork)
{
    ck_assert_int_eq(pp_cpu_start(&error), 0);
    pid_t child = fork();
    if (child == 0) {
        pp_threads_after_fork();
        pp_cpu_after_fork();
        int err = pp_cpu_start(&error);
        burn(0.1);
        err = err ? err : pp_cpu_stop(&snapshot, &error);
        _exit(err || total_of(&snapshot) < 50000000);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    ck_assert_int_eq(pp_cpu_stop(NULL, &error), 0);
}
END_TEST

START_TEST(test_rate)
{
    ck_assert_int_eq(pp_cpu_rate(0), 100);
    ck_assert_int_eq(pp_cpu_rate(500), 100);
    ck_assert_int_eq(pp_cpu_rate(0), 500);
    ck_assert_int_eq(pp_cpu_start(&error), 0);
    burn(0.4);
    ck_assert_int_eq(pp_cpu_stop(&snapshot, &error), 0);
    ck_assert_int_eq(snapshot.period, 2000000);
    /* The kernel ticks at its own pace; overruns make up for it. */
    ck_assert_int_ge(total_of(&snapshot), 360000000);
    ck_assert_int_le(total_of(&snapshot), 440000000);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("runtime_cpu");
    TCase *t = tcase_create("cpu");
    tcase_set_timeout(t, 120);
    tcase_add_checked_fixture(t, setup, NULL);
    tcase_add_test(t, test_shares_and_sum);
    tcase_add_test(t, test_threads_that_were_there);
    tcase_add_test(t, test_labels);
    tcase_add_test(t, test_one_at_a_time);
    tcase_add_test(t, test_sessions_are_apart);
    tcase_add_test(t, test_peek_goes_on);
    tcase_add_test(t, test_program_owns_sigprof);
    tcase_add_test(t, test_program_runs_itimer);
    tcase_add_test(t, test_program_takes_sigprof);
    tcase_add_test(t, test_default_is_shown_and_late_ticks_kill_nobody);
    tcase_add_test(t, test_fork);
    tcase_add_test(t, test_rate);
    suite_add_tcase(s, t);
    return s;
}

#include "check_main.h"
