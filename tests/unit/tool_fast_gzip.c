/* gzip with the tool's engine in front: whatever a file is like, the result is zlib's own. */
#include "base/buf.h"
#include "profile/wire.h"
#include "tool/driver/driver.h"
#include "tool/driver/isal.h"

#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static struct pp_arena arena;
static const struct pp_gzip_engine *engine;
static size_t asked, answered; /* how often the engine was asked to inflate, and did */

static size_t counted_inflate(const void *data, size_t len, void *out, size_t room, size_t *used)
{
    size_t got = engine->inflate(data, len, out, room, used);
    asked++;
    answered += got > 0;
    return got;
}

static bool passed_deflate(struct pp_buf *out, const void *data, size_t len, int level)
{
    return engine->deflate(out, data, len, level);
}

static const struct pp_gzip_engine counting = { counted_inflate, passed_deflate };

static void setup(void)
{
    pp_arena_init(&arena, 0);
    pp_use_fast_gzip();
    ck_assert_ptr_nonnull(pp_gzip_engine);
    engine = pp_gzip_engine;
    pp_gzip_engine = &counting;
    asked = answered = 0;
}

static void teardown(void)
{
    pp_arena_release(&arena);
}

static struct pp_buf bytes(size_t len)
{
    struct pp_buf data;
    pp_buf_init(&data, &arena);
    uint32_t seed = 1;
    for (size_t i = 0; i < len; i++) {
        seed = seed * 1664525 + 1013904223;
        pp_buf_char(&data, (char)(seed >> 24 & (i & 64 ? 0xff : 3)));
    }
    return data;
}

static struct pp_buf packed(const struct pp_buf *data, int level)
{
    struct pp_buf out;
    pp_buf_init(&out, &arena);
    ck_assert_int_eq(pp_gzip(&out, data->len ? data->data : "", data->len, level, NULL), 0);
    return out;
}

/* Unpacks with the engine and without; both must agree in everything. Returns the result. */
static int unpack(const struct pp_buf *zip, size_t len, size_t cap, struct pp_buf *out)
{
    struct pprof_error with = { 0 }, without = { 0 };
    struct pp_buf plain;
    pp_buf_init(out, &arena);
    pp_buf_init(&plain, &arena);
    int result = pp_gunzip(out, zip->data, len, cap, &with);
    pp_gzip_engine = NULL;
    int other = pp_gunzip(&plain, zip->data, len, cap, &without);
    pp_gzip_engine = &counting;
    ck_assert_int_eq(result, other);
    ck_assert_str_eq(with.detail, without.detail);
    if (!result) {
        ck_assert_uint_eq(out->len, plain.len);
        ck_assert(!out->len || !memcmp(out->data, plain.data, plain.len));
    }
    return result;
}

static void set_claim(struct pp_buf *zip, uint32_t claim)
{
    memcpy(zip->data + zip->len - sizeof(claim), &claim, sizeof(claim));
}

START_TEST(a_whole_member_is_the_engine_s_work)
{
    static const int levels[] = { 1, 6 };
    for (size_t i = 0; i < sizeof(levels) / sizeof(*levels); i++) {
        struct pp_buf data = bytes(300000), zip = packed(&data, levels[i]), out;
        answered = 0;
        ck_assert_int_eq(unpack(&zip, zip.len, 0, &out), 0);
        ck_assert_uint_eq(answered, 1);
        ck_assert_uint_eq(out.len, data.len);
        ck_assert_mem_eq(out.data, data.data, data.len);
    }
}
END_TEST

START_TEST(nothing_is_packed_and_unpacked)
{
    struct pp_buf data = bytes(0), zip = packed(&data, 6), out;
    ck_assert_uint_gt(zip.len, 0);
    ck_assert_int_eq(unpack(&zip, zip.len, 0, &out), 0);
    ck_assert_uint_eq(out.len, 0);
}
END_TEST

START_TEST(members_are_joined)
{
    struct pp_buf one = bytes(1000), two = bytes(70000), out;
    struct pp_buf zip = packed(&one, 6), second = packed(&two, 1), third = packed(&one, 1);
    pp_buf_append(&zip, second.data, second.len);
    pp_buf_append(&zip, third.data, third.len);
    ck_assert_int_eq(unpack(&zip, zip.len, 0, &out), 0);
    ck_assert_uint_eq(out.len, 72000);
    ck_assert_mem_eq(out.data + 1000, two.data, two.len);
    ck_assert_mem_eq(out.data + 71000, one.data, one.len);
}
END_TEST

START_TEST(every_truncation_is_an_error)
{
    struct pp_buf data = bytes(300), zip = packed(&data, 6), out;
    for (size_t len = 1; len < zip.len; len++) {
        ck_assert_int_eq(unpack(&zip, len, 0, &out), PPROF_ERR_FORMAT);
    }
}
END_TEST

START_TEST(every_damage_is_seen)
{
    struct pp_buf data = bytes(300), zip = packed(&data, 6), out;
    enum { HEADER = 10 };
    for (size_t at = HEADER; at < zip.len; at++) {
        zip.data[at] ^= 0x10;
        int result = unpack(&zip, zip.len, 0, &out);
        bool is_padding = result == 0 && at + 9 == zip.len; /* bits before the checksum */
        ck_assert(result == PPROF_ERR_FORMAT || is_padding);
        zip.data[at] ^= 0x10;
    }
    ck_assert_int_eq(unpack(&zip, zip.len, 0, &out), 0);
}
END_TEST

START_TEST(garbage_behind_is_an_error)
{
    struct pp_buf data = bytes(3000), zip = packed(&data, 6), out;
    pp_buf_str(&zip, "this is no member of anything");
    set_claim(&zip, 3000);
    ck_assert_int_eq(unpack(&zip, zip.len, 0, &out), PPROF_ERR_FORMAT);
}
END_TEST

START_TEST(a_huge_claim_costs_nothing)
{
    enum { FAR_MORE = 1 << 20 };
    struct pp_buf data = bytes(3000), zip = packed(&data, 6), out;
    set_claim(&zip, UINT32_MAX); /* more than deflate can shrink to this */
    asked = 0;
    ck_assert_int_eq(unpack(&zip, zip.len, 0, &out), PPROF_ERR_FORMAT);
    ck_assert_uint_eq(asked, 0);
    ck_assert_uint_lt(out.cap, 8 * FAR_MORE);
    set_claim(&zip, FAR_MORE); /* possible, and wrong */
    ck_assert_int_eq(unpack(&zip, zip.len, 0, &out), PPROF_ERR_FORMAT);
    set_claim(&zip, 1);
    ck_assert_int_eq(unpack(&zip, zip.len, 0, &out), PPROF_ERR_FORMAT);
}
END_TEST

START_TEST(the_cap_holds)
{
    struct pp_buf data = bytes(300000), zip = packed(&data, 6), out;
    ck_assert_int_eq(unpack(&zip, zip.len, 299999, &out), PPROF_ERR_LIMIT);
    ck_assert_uint_eq(answered, 0);
    ck_assert_int_eq(unpack(&zip, zip.len, 300000, &out), 0);
}
END_TEST

static void check_fastest(size_t len)
{
    static const unsigned char head[] = { 0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 255 };
    struct pp_buf data = bytes(len), zip = packed(&data, 1), out;
    ck_assert_uint_gt(zip.len, sizeof(head));
    ck_assert_mem_eq(zip.data, head, sizeof(head));
    ck_assert_int_eq(unpack(&zip, zip.len, 0, &out), 0);
    ck_assert_uint_eq(out.len, len);
    ck_assert(!len || !memcmp(out.data, data.data, len));
}

START_TEST(every_size_is_packed_fast)
{
    static const size_t sizes[] = { 4095,    4096,    65535,   65536,          (1 << 20) - 1,
                                    1 << 20, 1048577, 1048600, (4 << 20) + 11, 13000001 };
    struct pp_buf one = bytes(1), packed_one;
    pp_buf_init(&packed_one, &arena);
    ck_assert(pp_isal_gzip(&packed_one, one.data, one.len)); /* it is there */
    for (size_t len = 0; len < 300; len++) {
        check_fastest(len);
    }
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        check_fastest(sizes[i]);
    }
}
END_TEST

START_TEST(what_does_not_shrink_is_packed_too)
{
    enum { LEN = 5 << 20 };
    struct pp_buf zip, out;
    unsigned char *data = pp_arena_alloc(&arena, LEN);
    ck_assert_ptr_nonnull(data);
    uint32_t seed = 7;
    for (size_t i = 0; i < LEN; i++) {
        seed = seed * 1664525 + 1013904223;
        data[i] = (unsigned char)(seed >> 24);
    }
    pp_buf_init(&zip, &arena);
    ck_assert(pp_isal_gzip(&zip, data, LEN));
    ck_assert_uint_lt(zip.len, LEN + LEN / 64);
    ck_assert_int_eq(unpack(&zip, zip.len, 0, &out), 0);
    ck_assert_uint_eq(out.len, LEN);
    ck_assert(!memcmp(out.data, data, LEN));
}
END_TEST

START_TEST(without_isal_libdeflate_packs)
{
    struct pp_buf data = bytes(300000), none;
    pp_isal_use("");
    pp_buf_init(&none, &arena);
    pp_buf_str(&none, "before");
    ck_assert(!pp_isal_gzip(&none, data.data, data.len));
    ck_assert_str_eq(none.data, "before");
    check_fastest(300000);
    pp_isal_use(NULL);
}
END_TEST

START_TEST(without_memory_nothing_is_appended)
{
    struct pp_buf data = bytes(3 << 20), out;
    struct pp_arena small;
    pp_arena_init(&small, 2 << 20);
    pp_buf_init(&out, &small);
    pp_buf_str(&out, "before");
    ck_assert(!pp_isal_gzip(&out, data.data, data.len));
    ck_assert_int_eq(out.err, 0);
    ck_assert_uint_eq(out.len, strlen("before"));
    pp_arena_release(&small);
}
END_TEST

static Suite *suite(void)
{
    const TTest *tests[] = {
        a_whole_member_is_the_engine_s_work, nothing_is_packed_and_unpacked, members_are_joined,
        every_truncation_is_an_error,        every_damage_is_seen,           the_cap_holds,
        garbage_behind_is_an_error,          a_huge_claim_costs_nothing,     every_size_is_packed_fast,
        without_isal_libdeflate_packs,       without_memory_nothing_is_appended,
        what_does_not_shrink_is_packed_too,
    };
    Suite *made = suite_create("fast_gzip");
    for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++) {
        TCase *tc = tcase_create(tests[i]->name);
        tcase_add_checked_fixture(tc, setup, teardown);
        tcase_add_test(tc, tests[i]);
        suite_add_tcase(made, tc);
    }
    return made;
}

#include "check_main.h"
