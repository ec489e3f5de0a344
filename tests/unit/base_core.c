/* Arena, buffer, interning table, errors and the door to the system. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/date.h"
#include "base/descriptor.h"
#include "base/err.h"
#include "base/sort_in_place.h"
#include "base/extent.h"
#include "base/sys.h"
#include "base/table.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

START_TEST(arena_gives_zeroed_aligned_memory)
{
    struct pp_arena arena;
    pp_arena_init(&arena, 0);
    for (size_t size = 0; size < 300000; size = size * 3 + 1) {
        unsigned char *at = pp_arena_alloc(&arena, size);
        ck_assert_ptr_nonnull(at);
        ck_assert_uint_eq((uintptr_t)at % 16, 0);
        for (size_t i = 0; i < size; i++) {
            ck_assert_uint_eq(at[i], 0);
        }
        memset(at, 0xff, size);
    }
    pp_arena_release(&arena);
    ck_assert_uint_eq(arena.total_bytes, 0);
}
END_TEST

START_TEST(arena_keeps_its_cap)
{
    struct pp_arena arena;
    pp_arena_init(&arena, 256 << 10);
    size_t got = 0;
    while (pp_arena_alloc(&arena, 1000)) {
        got += 1000;
        ck_assert_uint_le(arena.total_bytes, 256 << 10);
    }
    ck_assert_uint_gt(got, 200 << 10);
    ck_assert_ptr_null(pp_arena_alloc(&arena, SIZE_MAX));
    ck_assert_ptr_null(pp_arena_alloc(&arena, SIZE_MAX / 2));
    ck_assert_ptr_null(pp_arena_array(&arena, SIZE_MAX / 8, 16));
    pp_arena_release(&arena);
}
END_TEST

START_TEST(arena_grows_the_newest_in_place)
{
    struct pp_arena arena;
    pp_arena_init(&arena, 0);
    char *first = pp_arena_alloc(&arena, 16);
    memcpy(first, "0123456789abcdef", 16);
    char *same = pp_arena_grow(&arena, first, 16, 1000);
    ck_assert_ptr_eq(same, first);
    char *other = pp_arena_alloc(&arena, 16);
    ck_assert_ptr_nonnull(other);
    char *moved = pp_arena_grow(&arena, same, 1000, 200000);
    ck_assert_ptr_ne(moved, same);
    ck_assert_mem_eq(moved, "0123456789abcdef", 16);
    ck_assert_int_eq(moved[199999], 0);
    pp_arena_release(&arena);
}
END_TEST

START_TEST(arena_reserve_doubles)
{
    struct pp_arena arena;
    pp_arena_init(&arena, 0);
    int *items = NULL;
    size_t cap = 0;
    for (size_t i = 0; i < 10000; i++) {
        ck_assert_int_eq(pp_arena_reserve(&arena, &items, &cap, i, sizeof(*items)), 0);
        ck_assert_uint_gt(cap, i);
        items[i] = (int)i;
    }
    for (int i = 0; i < 10000; i++) {
        ck_assert_int_eq(items[i], i);
    }
    pp_arena_release(&arena);
}
END_TEST

START_TEST(buf_prints_numbers_as_printf_does)
{
    static const int64_t numbers[] = { 0, 1, -1, 9, 10, 1234567890123, INT64_MAX, INT64_MIN };
    struct pp_arena arena;
    struct pp_buf buf;
    char want[64];
    pp_arena_init(&arena, 0);
    pp_buf_init(&buf, &arena);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
        pp_buf_reset(&buf);
        pp_buf_i64(&buf, numbers[i]);
        pp_buf_char(&buf, ' ');
        pp_buf_u64(&buf, (uint64_t)numbers[i]);
        pp_buf_char(&buf, ' ');
        pp_buf_hex(&buf, (uint64_t)numbers[i]);
        snprintf(want, sizeof(want), "%lld %llu 0x%llx", (long long)numbers[i],
                 (unsigned long long)numbers[i], (unsigned long long)numbers[i]);
        ck_assert_str_eq(buf.data, want);
    }
    pp_arena_release(&arena);
}
END_TEST

START_TEST(buf_formats_short_and_long)
{
    struct pp_arena arena;
    struct pp_buf buf;
    pp_arena_init(&arena, 0);
    pp_buf_init(&buf, &arena);
    pp_buf_printf(&buf, "%s-%d", "a", 7);
    pp_buf_fill(&buf, '.', 3);
    ck_assert_str_eq(buf.data, "a-7...");
    pp_buf_printf(&buf, "%05000d", 1);
    ck_assert_uint_eq(buf.len, 6 + 5000);
    ck_assert_int_eq(buf.data[buf.len - 1], '1');
    ck_assert_int_eq(buf.data[buf.len], 0);
    pp_arena_release(&arena);
}
END_TEST

START_TEST(buf_error_sticks)
{
    struct pp_arena arena;
    struct pp_buf buf;
    pp_arena_init(&arena, 64 << 10);
    pp_buf_init(&buf, &arena);
    pp_buf_fill(&buf, 'x', 1 << 20);
    ck_assert_int_eq(buf.err, PPROF_ERR_NOMEM);
    pp_buf_str(&buf, "more");
    ck_assert_uint_eq(buf.len, 0);
    pp_buf_reset(&buf);
    pp_buf_str(&buf, "fits");
    ck_assert_int_eq(buf.err, 0);
    ck_assert_str_eq(buf.data, "fits");
    pp_arena_release(&arena);
}
END_TEST

START_TEST(table_interns_each_text_once)
{
    struct pp_arena arena;
    struct pp_table table;
    char text[32];
    pp_arena_init(&arena, 0);
    ck_assert_int_eq(pp_table_init(&table, &arena), 0);
    ck_assert_uint_eq(pp_table_intern(&table, "", 0, false), 0);
    for (int round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < 5000; i++) {
            int len = snprintf(text, sizeof(text), "name-%u", i);
            ck_assert_uint_eq(pp_table_intern(&table, text, (size_t)len, false), i + 1);
        }
    }
    ck_assert_uint_eq(table.count, 5001);
    ck_assert_uint_eq(pp_table_find(&table, "name-77", 7), 78);
    ck_assert_uint_eq(pp_table_find(&table, "name-", 5), UINT32_MAX);
    ck_assert_uint_eq(pp_table_intern(&table, "a\0b", 3, false), 5001);
    ck_assert_uint_eq(pp_table_find(&table, "a\0c", 3), UINT32_MAX);
    pp_arena_release(&arena);
}
END_TEST

START_TEST(errors_have_sentences)
{
    struct pprof_error error = { 0 };
    ck_assert_str_eq(pprof_err_text(0), "ok");
    ck_assert_str_eq(pprof_err_text(PPROF_ERR_BUSY), "already in use");
    ck_assert_str_eq(pprof_err_text(-9999), "unknown error");
    ck_assert_int_eq(pp_err_set(&error, PPROF_ERR_LIMIT, "%d of %d", 3, 2), PPROF_ERR_LIMIT);
    ck_assert_str_eq(error.detail, "3 of 2");
    ck_assert_int_eq(pp_err_errno(&error, PPROF_ERR_SYSTEM, ENOENT, "x.conf"), PPROF_ERR_SYSTEM);
    ck_assert_str_eq(error.detail, "x.conf: No such file or directory");
    ck_assert_int_eq(pp_err_set(NULL, PPROF_ERR_LIMIT, "nobody listens"), PPROF_ERR_LIMIT);
}
END_TEST

START_TEST(sys_tells_readable_from_not)
{
    size_t page = pp_sys_page_size();
    char *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(pages, MAP_FAILED);
    ck_assert_int_eq(mprotect(pages + page, page, PROT_NONE), 0);
    memcpy(pages + page - 8, "readable", 8);
    errno = 77;
    ck_assert(pp_sys_readable(pages + page - 8));
    ck_assert(!pp_sys_readable(pages + page));
    ck_assert(!pp_sys_readable(pages + page - 4));
    ck_assert(!pp_sys_readable(NULL));
    char copy[16];
    ck_assert_int_eq(pp_sys_copy_safe(copy, pages + page - 8, 8), 8);
    ck_assert_mem_eq(copy, "readable", 8);
    ck_assert_int_lt(pp_sys_copy_safe(copy, pages + page, 8), 0);
    ck_assert_int_eq(errno, 77);
    munmap(pages, 2 * page);
}
END_TEST

START_TEST(sys_reads_and_maps_files)
{
    char text[64];
    struct pp_sys_file file;
    ck_assert_int_gt(pp_sys_read_file("/proc/self/comm", text, sizeof(text)), 0);
    ck_assert_int_eq(pp_sys_read_file("/nonexistent", text, sizeof(text)), -ENOENT);
    ck_assert_int_eq(pp_sys_file_map("/nonexistent", &file), -ENOENT);
    ck_assert_int_eq(pp_sys_file_map("/tmp", &file), -EISDIR);
    ck_assert_int_eq(pp_sys_file_map("/proc/self/exe", &file), 0);
    ck_assert_uint_gt(file.size, 4096);
    ck_assert_mem_eq(file.data, "\177ELF", 4);
    pp_sys_file_unmap(&file);
    ck_assert_ptr_null(file.data);
}
END_TEST

START_TEST(sys_futex_times_out_and_notices_change)
{
    uint32_t word = 5;
    ck_assert_int_eq(pp_sys_futex_wait(&word, 4, -1), -EAGAIN);
    ck_assert_int_eq(pp_sys_futex_wait(&word, 5, 1000000), -ETIMEDOUT);
    int64_t before = pp_sys_monotonic_ns();
    pp_sys_sleep_ns(2000000);
    ck_assert_int_ge(pp_sys_monotonic_ns() - before, 2000000);
    ck_assert_int_eq(pp_sys_pid(), getpid());
}
END_TEST

START_TEST(dates_are_those_of_libc)
{
    for (int64_t at = 0; at < INT64_C(9000000000); at += 86399 * 3) {
        time_t seconds = at;
        struct tm tm;
        struct pp_date date = pp_date_of_ns(at * 1000000000);
        gmtime_r(&seconds, &tm);
        ck_assert_int_eq(date.year, tm.tm_year + 1900);
        ck_assert_int_eq(date.month, tm.tm_mon + 1);
        ck_assert_int_eq(date.day, tm.tm_mday);
        ck_assert_int_eq(date.weekday, tm.tm_wday);
        ck_assert_int_eq(date.hour * 3600 + date.minute * 60 + date.second,
                         tm.tm_hour * 3600 + tm.tm_min * 60 + tm.tm_sec);
    }
}
END_TEST

static bool is_less(const int *a, const int *b)
{
    return *a < *b;
}

PP_SORT_IN_PLACE(sort_ints, int, is_less)

START_TEST(sort_in_place_orders_any_count)
{
    int items[300];
    for (size_t count = 0; count <= 300; count++) {
        long sum = 0;
        for (size_t i = 0; i < count; i++) {
            items[i] = (int)(pp_hash_u64(i * 1000 + count) % 97);
            sum += items[i];
        }
        sort_ints(items, count);
        for (size_t i = 0; i < count; i++) {
            ck_assert(i == 0 || items[i - 1] <= items[i]);
            sum -= items[i];
        }
        ck_assert_int_eq(sum, 0);
    }
}
END_TEST

START_TEST(descriptor_is_closed_only_while_it_is_the_same)
{
    struct pp_descriptor kept = pp_descriptor_of(open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
    int number = kept.fd, other = open("/dev/null", O_RDONLY | O_CLOEXEC);
    ck_assert(pp_descriptor_is_same(&kept));
    ck_assert_int_eq(dup2(other, number), number);
    ck_assert(!pp_descriptor_is_same(&kept));
    pp_descriptor_close(&kept);
    ck_assert_int_eq(kept.fd, -1);
    ck_assert_int_ne(fcntl(number, F_GETFD), -1);
    kept = pp_descriptor_of(number);
    pp_descriptor_close(&kept);
    ck_assert_int_eq(fcntl(number, F_GETFD), -1);
    struct pp_descriptor high = pp_descriptor_move_high(other);
    ck_assert_int_eq(fcntl(other, F_GETFD), -1);
    ck_assert_int_eq(fcntl(high.fd, F_GETFD), FD_CLOEXEC);
    pp_descriptor_close(&high);
}
END_TEST

/* Random spans over 64 addresses, against who has each address. */
START_TEST(extents_flatten_as_a_model_says)
{
    struct pp_arena arena;
    pp_arena_init(&arena, 0);
    for (uint64_t round = 0; round < 500; round++) {
        size_t count = round % 24, made = count;
        struct pp_extent *extents = pp_arena_array(&arena, count, sizeof *extents);
        uint64_t model[65] = { 0 };
        for (size_t i = 0; i < count; i++) {
            uint64_t random = pp_hash_u64(round << 8 | i);
            uintptr_t start = random % 64, limit = start + (random >> 8) % (64 - start);
            extents[i] = (struct pp_extent){ start, limit, 1 + i, (uint32_t)i };
            for (uintptr_t at = start; at < limit; at++) {
                model[at] = 1 + i; /* later ones rank higher */
            }
        }
        ck_assert_int_eq(pp_extents_flatten(&arena, &extents, &count), 0);
        ck_assert_uint_le(count, 2 * made);
        for (size_t i = 0; i < count; i++) {
            ck_assert(extents[i].start < extents[i].limit);
            ck_assert(i == 0 || extents[i - 1].limit <= extents[i].start);
            for (uintptr_t at = extents[i].start; at < extents[i].limit; at++) {
                ck_assert_uint_eq(model[at], extents[i].rank);
                ck_assert_uint_eq(extents[i].rank, extents[i].what + 1);
                model[at] = 0;
            }
        }
        for (uintptr_t at = 0; at < 64; at++) {
            ck_assert_uint_eq(model[at], 0);
        }
    }
    pp_arena_release(&arena);
}
END_TEST

static Suite *suite(void)
{
    const TTest *tests[] = {
        arena_gives_zeroed_aligned_memory, arena_keeps_its_cap,
        arena_grows_the_newest_in_place,   arena_reserve_doubles,
        buf_prints_numbers_as_printf_does, buf_formats_short_and_long,
        buf_error_sticks,                  table_interns_each_text_once,
        errors_have_sentences,             sys_tells_readable_from_not,
        sys_reads_and_maps_files,          sys_futex_times_out_and_notices_change,
        dates_are_those_of_libc,           sort_in_place_orders_any_count,
        descriptor_is_closed_only_while_it_is_the_same, extents_flatten_as_a_model_says,
    };
    Suite *s = suite_create("base_core");
    TCase *tc = tcase_create("core");
    for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++) {
        tcase_add_test(tc, tests[i]);
    }
    suite_add_tcase(s, tc);
    return s;
}

#include "check_main.h"
