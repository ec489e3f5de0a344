/* Ages, mappings against a model, the peak under threads, own ranges, the list of mappings, names of
 * recordings. */
#include "base/sys.h"
#include "runtime/capture/age.h"
#include "runtime/capture/heap_tables.h"
#include "runtime/capture/mapping.h"
#include "runtime/capture/memstats.h"
#include "runtime/unwind/vma.h"
#include "runtime/serve/record.h"

#include "pprof/pprof.h"

#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

START_TEST(age_classes)
{
    static const int64_t floors[] = { 0, 1, 10, 60, 600, 3600, 21600, 86400, 604800 };
    for (unsigned i = 0; i < PP_AGE_CLASSES; i++) {
        ck_assert_int_eq(pp_age_floor_s(i), floors[i]);
        ck_assert_uint_eq(pp_age_class(floors[i] * 1000000000), i);
        ck_assert_uint_eq(pp_age_class(floors[i] * 1000000000 + 1), i);
        if (i > 0) {
            ck_assert_uint_eq(pp_age_class(floors[i] * 1000000000 - 1), i - 1);
        }
    }
}
END_TEST

/* Births wrap every two years; an age across the wrap is right. */
START_TEST(ages_wrap)
{
    const int64_t step = 1 << 24, wrap = step << 32, hour = INT64_C(3600) * 1000000000;
    for (int64_t now = wrap - 2 * hour; now < wrap + 2 * hour; now += hour / 7) {
        int64_t age = pp_age_since(pp_age_born(now - hour), now);
        ck_assert_int_ge(age, hour - step);
        ck_assert_int_le(age, hour + step);
    }
}
END_TEST

/* ---- mappings: random maps and cuts of a range that nobody else uses, against a map of pages ---- */

enum { PAGES = 256, PAGE = 4096 };
static const uintptr_t base = (uintptr_t)1 << 45;
static uint32_t model[PAGES]; /* kind + 1 of who has the page */

static void expect_model(void)
{
    static struct pp_mapping list[4096];
    uint32_t found[PAGES] = { 0 };
    size_t count = pp_mapping_list(list, 4096);
    ck_assert_uint_lt(count, 4096);
    for (size_t i = 0; i < count; i++) {
        if (list[i].start < base || list[i].start >= base + PAGES * PAGE) {
            continue; /* of the test's own process */
        }
        for (uintptr_t at = list[i].start; at < list[i].limit; at += PAGE) {
            ck_assert_uint_eq(found[(at - base) / PAGE], 0);
            found[(at - base) / PAGE] = list[i].kind + 1;
        }
    }
    ck_assert_mem_eq(found, model, sizeof model);
}

START_TEST(mappings_follow_a_model)
{
    struct pp_mapping_stats before, after;
    unsigned seed = 7;
    pp_mapping_stats(&before);
    for (int step = 0; step < 3000; step++) {
        unsigned first = (unsigned)rand_r(&seed) % PAGES;
        unsigned count = 1 + (unsigned)rand_r(&seed) % (step % 5 ? 16 : PAGES / 2);
        count = first + count > PAGES ? PAGES - first : count;
        unsigned kind = (unsigned)rand_r(&seed) % 3;
        bool maps = rand_r(&seed) % 2;
        bool known = false;
        for (unsigned i = first; i < first + count; i++) {
            known |= model[i] != 0;
            model[i] = maps ? kind + 1 : 0;
        }
        uintptr_t start = base + first * PAGE;
        ck_assert_int_eq(pp_mapping_cut_sig(start, count * PAGE - step % 100, NULL), known);
        if (maps) {
            pp_mapping_note_sig(start, count * PAGE, (enum pp_mapping_kind)kind, NULL);
        }
        expect_model();
    }
    (void)pp_mapping_cut_sig(base, PAGES * PAGE, NULL);
    pp_mapping_stats(&after);
    ck_assert_uint_eq(after.lost, before.lost);
    ck_assert_uint_eq(after.live, before.live);
}
END_TEST

#ifdef PPROF_SMALL
START_TEST(full_mapping_table_is_counted)
{
    struct pp_mapping_stats stats;
    for (uintptr_t i = 0; i < 200; i++) {
        pp_mapping_note_sig(base + 2 * i * PAGE, PAGE, PP_MAPPING_FILE, NULL);
    }
    pp_mapping_stats(&stats);
    ck_assert_uint_ge(stats.lost, 200 - stats.cap);
    (void)pp_mapping_cut_sig(base, 400 * PAGE, NULL);
    pp_mapping_stats(&stats);
    ck_assert_uint_lt(stats.live, 8);
}
END_TEST
#endif

/* ---- the peak ---- */

static void *up_and_down(void *arg)
{
    void *blocks[64];
    for (int round = 0; round < 50; round++) {
        for (int i = 0; i < 64; i++) {
            blocks[i] = malloc(1000 + (size_t)i);
        }
        for (int i = 0; i < 64; i++) {
            free(blocks[i]);
        }
    }
    return arg;
}

static uint64_t sum_at_peak(void)
{
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < pp_heap_bucket_count(); i++) {
        bytes += pp_heap_bucket_at_peak(pp_heap_bucket_at(i)).bytes;
    }
    return bytes;
}

/* What the buckets say of the peak sums up to the peak, but for samples under way in other threads:
 * at most one block of each. */
START_TEST(peak_is_the_sum_of_its_buckets)
{
    struct pp_heap_peak peak;
    pthread_t threads[4];
    pprof_heap_rate(1);
    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(pthread_create(&threads[i], NULL, up_and_down, NULL), 0);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
    }
    pprof_heap_rate(512 << 10);
    pp_heap_peak(&peak);
    uint64_t sum = sum_at_peak(), slack = 8 * 1100 << PP_HEAP_BYTES_SHIFT;
    ck_assert_uint_ge(sum + slack, peak.peak_bytes);
    ck_assert_uint_le(sum, peak.peak_bytes + slack);
    ck_assert_uint_ge(peak.peak_bytes, (uint64_t)64 * 1000 << PP_HEAP_BYTES_SHIFT);
    ck_assert_uint_lt(peak.inuse_bytes, peak.peak_bytes);
}
END_TEST

/* ---- the kernel's list, own ranges, resident pages ---- */

struct search {
    uintptr_t start, limit;
    uint64_t rss;
    size_t count;
};

static int find_range(void *ctx, const struct pp_vma *vma)
{
    struct search *search = ctx;
    search->count++;
    if (search->start >= vma->start && search->limit <= vma->limit) {
        search->rss = vma->rss;
        ck_assert(vma->readable && vma->writable && !vma->executable && !vma->shared);
    }
    return 0;
}

START_TEST(resident_pages)
{
    size_t size = 64 * PAGE;
    char *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(at, MAP_FAILED);
    madvise(at, size, MADV_NOHUGEPAGE);
    for (int i = 0; i < 10; i++) {
        at[i * 5 * PAGE] = 1;
    }
    uintptr_t start = (uintptr_t)at;
    ck_assert_uint_eq(pp_resident(start, start + size), 10 * PAGE);
    ck_assert_uint_eq(pp_resident(start + 3 * PAGE, start + 6 * PAGE), PAGE);
    struct search search = { .start = start, .limit = start + size };
    struct pp_arena arena;
    pp_arena_init(&arena, 0);
    ck_assert_int_eq(pp_vma_each(&arena, true, find_range, &search), 0);
    ck_assert_uint_ge(search.rss, 10 * PAGE);
    size_t detailed = search.count;
    search.count = 0;
    ck_assert_int_eq(pp_vma_each(&arena, false, find_range, &search), 0);
    ck_assert_uint_le(search.count, detailed + 4);
    ck_assert_uint_ge(search.count + 4, detailed);
    pp_arena_release(&arena);
    munmap(at, size);
}
END_TEST

static bool is_own(const void *start)
{
    struct pp_sys_range ranges[PP_SYS_RANGES_MAX];
    size_t count = pp_sys_own_ranges(ranges);
    for (size_t i = 0; i < count; i++) {
        if (ranges[i].start == (uintptr_t)start) {
            return true;
        }
    }
    return false;
}

START_TEST(own_ranges)
{
    void *all[600]; /* more than the registry holds: no harm */
    for (int i = 0; i < 600; i++) {
        all[i] = pp_sys_map(PAGE);
        ck_assert_ptr_nonnull(all[i]);
    }
    ck_assert(is_own(all[0]));
    for (int i = 0; i < 600; i++) {
        pp_sys_unmap(all[i], PAGE);
        ck_assert(!is_own(all[i]));
    }
}
END_TEST

/* ---- names of recordings ---- */

START_TEST(recording_names)
{
    char path[256], day[32];
    time_t before = time(NULL);
    pp_record_path("/some/where", "heap", ".pb.gz", path, sizeof path);
    time_t after = time(NULL);
    bool fits = false;
    for (time_t at = before; at <= after; at++) {
        struct tm tm;
        gmtime_r(&at, &tm);
        strftime(day, sizeof day, "/some/where/%Y%m%dT%H%M%S", &tm);
        fits |= strncmp(path, day, strlen(day)) == 0;
    }
    ck_assert_msg(fits, "%s", path);
    char end[64];
    (void)snprintf(end, sizeof end, "Z.%d.heap.pb.gz", (int)getpid());
    ck_assert_str_eq(path + strlen(path) - strlen(end), end);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("runtime_memory");
    TCase *t = tcase_create("memory");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, age_classes);
    tcase_add_test(t, ages_wrap);
    tcase_add_test(t, mappings_follow_a_model);
#ifdef PPROF_SMALL
    tcase_add_test(t, full_mapping_table_is_counted);
#endif
    tcase_add_test(t, peak_is_the_sum_of_its_buckets);
    tcase_add_test(t, resident_pages);
    tcase_add_test(t, own_ranges);
    tcase_add_test(t, recording_names);
    suite_add_tcase(s, t);
    return s;
}

#include "check_main.h"
