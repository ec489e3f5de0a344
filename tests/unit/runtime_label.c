/* Label sets: sorted, last wins, nesting, limits, inheritance by new threads. */
#include "runtime/capture/label.h"

#include "runtime/capture/self.h"
#include "runtime/capture/thread.h"

#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

static struct pp_label_set current(void)
{
    return pp_label_set_get_sig(pp_label_current_sig());
}

static void expect_pair(size_t i, const char *key, const char *value)
{
    ck_assert_uint_lt(i, current().count);
    ck_assert_str_eq(current().pairs[i].key, key);
    ck_assert_str_eq(current().pairs[i].value, value);
}

START_TEST(test_sorted_last_wins)
{
    struct pprof_label_pair labels[] = { { "z", "1" }, { "a", "2" }, { "z", "3" } };
    ck_assert_int_eq(pprof_labels_push(labels, 3), 0);
    ck_assert_uint_eq(current().count, 2);
    expect_pair(0, "a", "2");
    expect_pair(1, "z", "3");
    pprof_labels_pop();
    ck_assert_uint_eq(pp_label_current_sig(), 0);
}
END_TEST

START_TEST(test_texts_are_copied)
{
    char key[] = "key", value[] = "value";
    ck_assert_int_eq(pprof_labels_push(&(struct pprof_label_pair){ key, value }, 1), 0);
    memset(key, 'x', sizeof(key) - 1);
    memset(value, 'x', sizeof(value) - 1);
    expect_pair(0, "key", "value");
    pprof_labels_pop();
}
END_TEST

START_TEST(test_nesting)
{
    ck_assert_int_eq(pprof_labels_push(&(struct pprof_label_pair){ "a", "1" }, 1), 0);
    uint32_t outer = pp_label_current_sig();
    ck_assert_int_eq(pprof_labels_push(&(struct pprof_label_pair){ "a", "2" }, 1), 0);
    expect_pair(0, "a", "2");
    pprof_labels_pop();
    ck_assert_uint_eq(pp_label_current_sig(), outer);
    expect_pair(0, "a", "1");
    pprof_labels_pop();
    ck_assert_uint_eq(pp_label_current_sig(), 0);
    pprof_labels_pop(); /* one too many does nothing */
    ck_assert_uint_eq(pp_label_current_sig(), 0);
}
END_TEST

START_TEST(test_same_set_same_id)
{
    struct pprof_label_pair ab[] = { { "a", "1" }, { "b", "2" } };
    struct pprof_label_pair ba[] = { { "b", "2" }, { "a", "1" } };
    uint32_t one = pp_label_set_extend(0, ab, 2, NULL);
    uint32_t two = pp_label_set_extend(0, ba, 2, NULL);
    uint32_t step = pp_label_set_extend(pp_label_set_extend(0, ba, 1, NULL), ab, 1, NULL);
    ck_assert_uint_ne(one, 0);
    ck_assert_uint_eq(one, two);
    ck_assert_uint_eq(one, step);
}
END_TEST

START_TEST(test_deeper_than_sixteen)
{
    char value[16];
    for (int i = 0; i < 20; i++) {
        snprintf(value, sizeof(value), "%d", i);
        int err = pprof_labels_push(&(struct pprof_label_pair){ "depth", value }, 1);
        ck_assert_int_eq(err, i < 16 ? 0 : PPROF_ERR_LIMIT);
    }
    expect_pair(0, "depth", "15");
    for (int i = 0; i < 19; i++) {
        pprof_labels_pop();
    }
    expect_pair(0, "depth", "0");
    pprof_labels_pop();
    ck_assert_uint_eq(pp_label_current_sig(), 0);
}
END_TEST

START_TEST(test_full_table)
{
    struct pp_label_stats stats;
    char value[32];
    bool full = false;
    for (int i = 0; i < 1000000 && !full; i++) {
        snprintf(value, sizeof(value), "value %d", i);
        uint32_t id = pp_label_set_extend(0, &(struct pprof_label_pair){ "k", value }, 1, &full);
        ck_assert(full ? id == 0 : id != 0);
    }
    ck_assert(full);
    pp_label_stats(&stats);
    ck_assert_uint_eq(stats.sets, stats.set_cap);
    ck_assert_uint_ge(stats.lost, 1);
    ck_assert_int_eq(pprof_labels_push(&(struct pprof_label_pair){ "new", "one" }, 1),
                     PPROF_ERR_LIMIT);
    pprof_labels_pop();
    uint32_t old = pp_label_set_extend(0, &(struct pprof_label_pair){ "k", "value 0" }, 1, &full);
    ck_assert(!full && old != 0); /* what is there is still found */
}
END_TEST

START_TEST(test_bad_arguments)
{
    ck_assert_int_eq(pprof_labels_push(NULL, 1), PPROF_ERR_INVALID);
    pprof_labels_pop();
    ck_assert_int_eq(pprof_labels_push(NULL, 0), 0);
    pprof_labels_pop();
    ck_assert_int_eq(pprof_labels_push(&(struct pprof_label_pair){ "k", NULL }, 1),
                     PPROF_ERR_LIMIT);
    pprof_labels_pop();
    ck_assert_uint_eq(pp_label_current_sig(), 0);
}
END_TEST

static void *report_label(void *arg)
{
    uint32_t *id = arg;
    *id = pp_label_current_sig();
    return arg;
}

START_TEST(test_inherited_by_threads)
{
    pthread_t thread;
    uint32_t inside = 99, after = 99;
    ck_assert_int_eq(pprof_labels_push(&(struct pprof_label_pair){ "job", "x" }, 1), 0);
    uint32_t mine = pp_label_current_sig();
    ck_assert_int_eq(pthread_create(&thread, NULL, report_label, &inside), 0);
    pthread_join(thread, NULL);
    pprof_labels_pop();
    ck_assert_int_eq(pthread_create(&thread, NULL, report_label, &after), 0);
    pthread_join(thread, NULL);
    ck_assert_uint_eq(inside, mine);
    ck_assert_uint_eq(after, 0);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("runtime_label");
    TCase *t = tcase_create("labels");
    tcase_add_test(t, test_sorted_last_wins);
    tcase_add_test(t, test_texts_are_copied);
    tcase_add_test(t, test_nesting);
    tcase_add_test(t, test_same_set_same_id);
    tcase_add_test(t, test_deeper_than_sixteen);
    tcase_add_test(t, test_full_table);
    tcase_add_test(t, test_bad_arguments);
    tcase_add_test(t, test_inherited_by_threads);
    suite_add_tcase(s, t);
    return s;
}

#include "check_main.h"
