/* Thread dumps of Go and of ours to groups of waiters. */
#include "tool/driver/leaks.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static const char go_dump[] =
    "goroutine 1 [running]:\n"
    "main.main()\n"
    "\t/src/main.go:9 +0x25\n"
    "\n"
    "goroutine 18 [chan receive, 3 minutes, locked to thread]:\n"
    "main.stuck(0xc000012345, {0x1, 0x2})\n"
    "\t/src/go/main.go:5 +0x1d\n"
    "created by main.main in goroutine 1\n"
    "\t/src/go/main.go:8 +0x4b\n"
    "\n"
    "goroutine 19 [chan receive, 4 minutes]:\n"
    "main.stuck(0xc000099999, {0x3, 0x4})\n"
    "\t/src/go/main.go:5 +0x1d\n"
    "created by main.main in goroutine 1\n"
    "\t/src/go/main.go:8 +0x4b\n"
    "\n"
    "goroutine 20 [select]:\n"
    "net/http.(*conn).serve(...)\n"
    "\t/usr/go/server.go:77 +0x1\n";

static const char our_dump[] =
    "goroutine 100 [sleep, 0.250 seconds]:\n"
    "nanosleep(...)\n"
    "\t/lib/libc.so.6:0 +0x13\n"
    "tick(...)\n"
    "\t/opt/server:0 +0x4d\n"
    "...additional frames elided...\n"
    "\n"
    "goroutine 101 [sync.Cond.Wait, 12.500 seconds]:\n"
    "libc.so.6+0x85f16(...)\n"
    "\t/lib/libc.so.6:0 +0x85f16\n"
    "queue_take(...)\n"
    "\t/opt/server:0 +0x2b\n"
    "created by start in goroutine 100\n"
    "\t/opt/server:0 +0x16b\n"
    "\n"
    "goroutine 102 [running]:\n"
    "\tgoroutine running on other thread; stack unavailable\n";

static struct pp_hunt *hunt;

static size_t group(const char *dump, struct pp_waiters **out)
{
    struct pprof_error error = { .code = 0 };
    size_t count = 0;
    hunt = calloc(1, sizeof(*hunt));
    pp_arena_init(&hunt->arena, 0);
    hunt->dump = dump;
    ck_assert_int_eq(pp_hunt_waiters(hunt, out, &count, &error), 0);
    return count;
}

static void teardown(void)
{
    pp_arena_release(&hunt->arena);
    free(hunt);
}

static const char stuck_dump[] =
    "goroutine 7 [sync.Mutex.Lock, 1.000 seconds]:\n"
    "transfer(...)\n"
    "\t/opt/bank:0 +0x2b\n"
    "created by main in goroutine 6\n"
    "\t/opt/bank:0 +0x1\n"
    "# waits for mutex 0x10 held by goroutine 8\n"
    "\n"
    "# deadlock: goroutine 7 waits for mutex 0x10 held by goroutine 8\n"
    "# never unlocked: goroutine 9 waits for mutex 0x20 held by goroutine 5, which has ended";

START_TEST(lines_of_ours_are_no_frames)
{
    struct pp_waiters *w;
    const char *at = stuck_dump, *text;
    size_t len = 0;
    ck_assert_uint_eq(group(stuck_dump, &w), 1);
    ck_assert_uint_eq(w[0].frame_count, 1);
    ck_assert_str_eq(w[0].created_by, "main");
    text = pp_hunt_deadlock(&at, &len);
    ck_assert_ptr_nonnull(text);
    ck_assert_int_eq(strncmp(text, "deadlock: goroutine 7", 21), 0);
    ck_assert_int_eq(text[len], '\n');
    text = pp_hunt_deadlock(&at, &len);
    ck_assert_ptr_nonnull(text);
    ck_assert_int_eq(strncmp(text, "never unlocked: ", 16), 0);
    ck_assert_int_eq(text[len], '\0');
    ck_assert_ptr_null(pp_hunt_deadlock(&at, &len));
    at = NULL;
    ck_assert_ptr_null(pp_hunt_deadlock(&at, &len));
    teardown();
}
END_TEST

START_TEST(go_is_grouped_by_stack_and_reason)
{
    struct pp_waiters *w;
    ck_assert_uint_eq(group(go_dump, &w), 3);
    ck_assert_str_eq(w[0].reason, "chan receive");
    ck_assert_uint_eq(w[0].count, 2);
    ck_assert_double_eq(w[0].longest_s, 240);
    ck_assert_int_eq(w[0].example, 19);
    ck_assert_str_eq(w[0].created_by, "main.main");
    ck_assert_str_eq(w[0].frames[w[0].head].function, "main.stuck");
    ck_assert_str_eq(w[0].frames[w[0].head].file, "/src/go/main.go");
    ck_assert_int_eq(w[0].frames[w[0].head].line, 5);
    teardown();
}
END_TEST

START_TEST(methods_keep_their_receiver)
{
    struct pp_waiters *w;
    size_t n = group(go_dump, &w), found = 0;
    for (size_t i = 0; i < n; i++) {
        found += strcmp(w[i].frames[0].function, "net/http.(*conn).serve") == 0;
    }
    ck_assert_uint_eq(found, 1);
    teardown();
}
END_TEST

START_TEST(our_seconds_and_heads)
{
    struct pp_waiters *w;
    ck_assert_uint_eq(group(our_dump, &w), 3);
    ck_assert_str_eq(w[0].reason, "sync.Cond.Wait");
    ck_assert_double_eq_tol(w[0].longest_s, 12.5, 1e-9);
    ck_assert_str_eq(w[0].frames[w[0].head].function, "queue_take");
    ck_assert_str_eq(w[0].frames[w[0].head].file, "");
    ck_assert_double_eq_tol(w[1].longest_s, 0.25, 1e-9);
    ck_assert_str_eq(w[1].frames[w[1].head].function, "tick");
    ck_assert_uint_eq(w[1].frame_count, 2);
    ck_assert_str_eq(w[2].reason, "running");
    ck_assert_uint_eq(w[2].frame_count, 0);
    ck_assert_double_lt(w[2].longest_s, 0);
    teardown();
}
END_TEST

/* Every beginning of a dump, and garbage, is read without harm. */
START_TEST(cut_and_broken_dumps)
{
    char text[sizeof(our_dump)];
    for (size_t len = 0; len < sizeof(our_dump); len++) {
        struct pp_waiters *w;
        memcpy(text, our_dump, len);
        text[len] = '\0';
        ck_assert_uint_le(group(text, &w), 3);
        teardown();
    }
    static const char *const broken[] = { "goroutine [", "goroutine x [a]:\n)\n\t\n", "\n\n\n",
                                          "goroutine 1 []:\n(\n()\n\t:\n", "created by \n" };
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        struct pp_waiters *w;
        ck_assert_uint_le(group(broken[i], &w), 1);
        teardown();
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("leaks_threads");
    TCase *t = tcase_create("dump");
    tcase_add_test(t, go_is_grouped_by_stack_and_reason);
    tcase_add_test(t, lines_of_ours_are_no_frames);
    tcase_add_test(t, methods_keep_their_receiver);
    tcase_add_test(t, our_seconds_and_heads);
    tcase_add_test(t, cut_and_broken_dumps);
    suite_add_tcase(s, t);
    return s;
}

#include "check_main.h"
