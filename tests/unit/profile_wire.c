/* profile.proto in and out, and what hostile bytes do to the reader. */
#include "profile_sample.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

START_TEST(round_trip_keeps_every_byte)
{
    struct pp_arena arena;
    pp_arena_init(&arena, 0);
    struct pprof_profile *p = sample_profile();
    struct pp_buf first = encoded(p, &arena);
    struct pprof_profile *again = read_all(first.data, first.len);
    struct pp_buf second = encoded(again, &arena);
    ck_assert_uint_eq(first.len, second.len);
    ck_assert_mem_eq(first.data, second.data, first.len);
    ck_assert_uint_eq(again->sample_count, 4);
    ck_assert_str_eq(text_of(again, again->functions[1].name), "work");
    ck_assert_int_eq(again->lines[1].column, 3);
    ck_assert_str_eq(text_of(again, again->default_sample_type), "cpu");
    ck_assert(again->locations[1].is_folded);
    pprof_profile_free(again);
    pprof_profile_free(p);
    pp_arena_release(&arena);
}
END_TEST

START_TEST(labels_are_written_by_key)
{
    struct pp_arena arena;
    pp_arena_init(&arena, 0);
    struct pp_build *b = pp_build_new(0);
    pp_build_sample_type(b, "x", "count");
    struct pprof_label labels[] = {
        { .key = pp_build_cstr(b, "n"), .num = 7 },
        { .key = pp_build_cstr(b, "b"), .str = pp_build_cstr(b, "2") },
        { .key = pp_build_cstr(b, "a"), .str = pp_build_cstr(b, "1") },
        { .key = pp_build_cstr(b, "none") },
    };
    pp_build_sample(b, NULL, 0, &(int64_t){ 1 }, labels, 4);
    struct pprof_profile *p = finished(b);
    struct pp_buf bytes = encoded(p, &arena);
    struct pprof_profile *again = read_all(bytes.data, bytes.len);
    ck_assert_uint_eq(again->label_begin[1], 3); /* a label that says nothing is gone */
    ck_assert_str_eq(text_of(again, again->labels[0].key), "a");
    ck_assert_str_eq(text_of(again, again->labels[1].key), "b");
    ck_assert_str_eq(text_of(again, again->labels[2].key), "n");
    ck_assert_int_eq(again->labels[2].num, 7);
    pprof_profile_free(again);
    pprof_profile_free(p);
    pp_arena_release(&arena);
}
END_TEST

/* Fields by hand: what writers other than ours do. */
static const unsigned char HEAD[] = { 0x0a, 0x02, 0x08, 0x01,         /* sample_type { type 1 } */
                                      0x32, 0x00,                     /* string "" */
                                      0x32, 0x01, 'x' };              /* string "x" */

static size_t with_head(unsigned char *out, const void *rest, size_t len)
{
    memcpy(out, HEAD, sizeof(HEAD));
    memcpy(out + sizeof(HEAD), rest, len);
    return sizeof(HEAD) + len;
}

START_TEST(packed_and_unpacked_are_the_same)
{
    static const unsigned char rest[] = {
        0x12, 0x06, 0x0a, 0x02, 0x05, 0x05, 0x12, 0x00, /* sample { packed 5 5; values: none } */
    };
    static const unsigned char good[] = {
        0x12, 0x07, 0x0a, 0x02, 0x05, 0x05, 0x12, 0x01, 0x09, /* packed 5 5, packed value 9 */
        0x12, 0x06, 0x08, 0x05, 0x08, 0x05, 0x10, 0x09,       /* the same, one by one */
        0x22, 0x02, 0x08, 0x05,                               /* location 5 */
        0xa0, 0x06, 0x01, 0xa9, 0x06, 1, 2, 3, 4, 5, 6, 7, 8, /* unknown fields 100, 101 */
    };
    unsigned char data[64];
    struct pprof_profile *p = read_all(data, with_head(data, good, sizeof(good)));
    ck_assert_uint_eq(p->sample_count, 2);
    ck_assert_uint_eq(p->loc_begin[2], 4);
    ck_assert_int_eq(p->values[0], 9);
    ck_assert_int_eq(p->values[1], 9);
    pprof_profile_free(p);
    assert_refused(data, with_head(data, rest, sizeof(rest)), "mismatch: sample has 0 values vs. 1 types");
}
END_TEST

START_TEST(large_and_sparse_ids_are_found)
{
    static const unsigned char rest[] = {
        0x22, 0x0b, 0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, /* id 2^64-1 */
        0x22, 0x05, 0x08, 0x80, 0x80, 0x80, 0x01,                                     /* id 2^21 */
        0x12, 0x07, 0x08, 0x80, 0x80, 0x80, 0x01, 0x10, 0x01,
    };
    unsigned char data[64];
    struct pprof_profile *p = read_all(data, with_head(data, rest, sizeof(rest)));
    ck_assert_uint_eq(p->sample_locs[0], 1);
    ck_assert_uint_eq(p->locations[0].id, UINT64_MAX);
    pprof_profile_free(p);
}
END_TEST

/* Written in one to four bytes, as only a strange encoder would, and at the very end of a stack. */
START_TEST(ids_in_order_are_found_however_long)
{
    static const unsigned char rest[] = {
        0x22, 0x02, 0x08, 0x01, 0x22, 0x02, 0x08, 0x02,       /* locations 1 and 2 */
        0x12, 0x0e, 0x0a, 0x0a,                               /* sample { packed */
        0x02, 0x81, 0x00, 0x82, 0x80, 0x00, 0x81, 0x80, 0x80, 0x00, 0x10, 0x09,
    };
    unsigned char data[64], unknown[sizeof(rest)];
    struct pprof_profile *p = read_all(data, with_head(data, rest, sizeof(rest)));
    static const uint32_t expected[] = { 1, 0, 1, 0 };
    ck_assert_uint_eq(p->loc_begin[1], 4);
    ck_assert_mem_eq(p->sample_locs, expected, sizeof(expected));
    pprof_profile_free(p);
    for (unsigned char id = 0; id <= 3; id += 3) {
        memcpy(unknown, rest, sizeof(rest));
        unknown[12] = id;
        assert_refused(data, with_head(data, unknown, sizeof(unknown)), "sample has nil location");
    }
}
END_TEST

/* Appends an id in so many bytes; returns the end. */
static unsigned char *put_long(unsigned char *at, unsigned char id, unsigned bytes)
{
    *at++ = bytes > 1 ? id | 0x80 : id;
    for (unsigned i = 1; i < bytes; i++) {
        *at++ = i + 1 < bytes ? 0x80 : 0;
    }
    return at;
}

/* Ids are read in pairs where two stand within eight bytes: every pair of lengths, and what is
 * behind it. */
START_TEST(ids_are_found_whatever_stands_beside_them)
{
    static const unsigned char locations[] = { 0x22, 0x02, 0x08, 0x01, 0x22, 0x02, 0x08, 0x02 };
    static const uint32_t expected[] = { 1, 0, 0, 1, 0, 1, 1, 0 };
    for (unsigned lengths = 0; lengths < 64; lengths++) {
        unsigned char data[256], rest[128], *at = rest + sizeof(locations) + 4;
        memcpy(rest, locations, sizeof(locations));
        for (size_t i = 0; i < 8; i++) {
            unsigned bytes = (i & 1 ? lengths / 8 : lengths % 8) + 1;
            at = put_long(at, (unsigned char)(expected[i] + 1), bytes);
        }
        size_t stack = (size_t)(at - rest) - sizeof(locations) - 4;
        const unsigned char head[] = { 0x12, (unsigned char)(stack + 4), /* sample { packed */
                                       0x0a, (unsigned char)stack };
        memcpy(rest + sizeof(locations), head, sizeof(head));
        *at++ = 0x10;
        *at++ = 0x09;
        struct pprof_profile *p = read_all(data, with_head(data, rest, (size_t)(at - rest)));
        ck_assert_uint_eq(p->loc_begin[1], 8);
        ck_assert_mem_eq(p->sample_locs, expected, sizeof(expected));
        pprof_profile_free(p);
    }
}
END_TEST

START_TEST(errors_have_the_words_of_pprof)
{
    static const struct {
        const char *bytes;
        size_t len;
        const char *words;
    } cases[] = {
        { "\x12\x04\x08\x09\x10\x01", 6, "sample has nil location" },
        { "\x1a\x00", 2, "found mapping with reserved ID=0" },
        { "\x2a\x00", 2, "found function with reserved ID=0" },
        { "\x22\x00", 2, "found location with reserved id=0" },
        { "\x22\x02\x08\x01\x22\x02\x08\x01", 8, "multiple locations with same id: 1" },
        { "\x22\x06\x08\x03\x22\x02\x08\x07", 8, "location id: 3 has a line with nil function" },
        { "\x48\x01\x48\x01", 4, "concatenated profiles detected" },
        { "\x0b", 1, "unrecognized profile format" },
        { "\x38\x63", 2, "unrecognized profile format" },     /* a string that is not there */
        { "\x12\x02\x0d\x01", 4, "unrecognized profile format" }, /* field 1 as 32 bits */
        { "\x62\x01\x01", 3, "unrecognized profile format" }, /* period as bytes */
    };
    unsigned char data[64];
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_refused(data, with_head(data, cases[i].bytes, cases[i].len), cases[i].words);
    }
    assert_refused("", 0, "empty input file");
    assert_refused("\x32\x01x", 3, "unrecognized profile format");
    assert_refused("\x32\x00\x12\x00\x12\x02\x10\x01", 8, "missing sample type information");
}
END_TEST

/* The last byte ends a page and the next page cannot be read: reading too far is seen. */
static unsigned char *guarded(const void *data, size_t len)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), size = (len / page + 2) * page;
    unsigned char *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(map, MAP_FAILED);
    ck_assert_int_eq(mprotect(map + size - page, page, PROT_NONE), 0);
    unsigned char *at = map + size - page - len;
    memcpy(at, data, len);
    return at;
}

/* An error with words, or a profile that passes its own check and can be written. */
static int try_to_read(const void *data, size_t len)
{
    struct pprof_read_options options = { .memory_cap_bytes = 64 << 20 };
    struct pprof_profile *p = NULL;
    struct pprof_error error = { 0 };
    if (pprof_profile_read(data, len, &options, &p, &error)) {
        ck_assert_str_ne(error.detail, "");
        return 0;
    }
    struct pp_arena arena;
    pp_arena_init(&arena, 0);
    ck_assert_int_eq(pprof_profile_check(p, &error), 0);
    encoded(p, &arena);
    pp_arena_release(&arena);
    pprof_profile_free(p);
    return 1;
}

START_TEST(no_truncation_crashes)
{
    struct pp_arena arena;
    pp_arena_init(&arena, 0);
    struct pprof_profile *p = sample_profile();
    struct pp_buf bytes = encoded(p, &arena);
    int good = 0;
    for (size_t len = 0; len <= bytes.len; len++) {
        good += try_to_read(guarded(bytes.data, len), len);
    }
    ck_assert_int_ge(good, 1); /* at least the whole one */
    pprof_profile_free(p);
    pp_arena_release(&arena);
}
END_TEST

START_TEST(no_flip_crashes)
{
    struct pp_arena arena;
    pp_arena_init(&arena, 0);
    struct pprof_profile *p = sample_profile();
    struct pp_buf bytes = encoded(p, &arena);
    unsigned char *data = guarded(bytes.data, bytes.len);
    uint32_t seed = 12345;
    int good = 0, rounds = 20000;
    for (int i = 0; i < rounds; i++) {
        memcpy(data, bytes.data, bytes.len);
        for (int k = 0; k <= i % 3; k++) {
            seed = seed * 1664525 + 1013904223;
            data[(seed >> 8) % bytes.len] ^= (unsigned char)(1u << (seed & 7));
        }
        good += try_to_read(data, bytes.len);
    }
    ck_assert_int_gt(good, rounds / 100);
    ck_assert_int_lt(good, rounds);
    pprof_profile_free(p);
    pp_arena_release(&arena);
}
END_TEST

/* Many types and many samples without values: rows would take terabytes. */
START_TEST(claims_without_bytes_cost_nothing)
{
    enum { COUNT = 200000 };
    struct pp_arena arena;
    struct pp_buf buf;
    pp_arena_init(&arena, 0);
    pp_buf_init(&buf, &arena);
    pp_buf_append(&buf, "\x32\x00", 2);
    for (int i = 0; i < COUNT; i++) {
        pp_buf_append(&buf, "\x0a\x00\x12\x00", 4);
    }
    assert_refused(buf.data, buf.len, "mismatch: sample has 0 values vs. 200000 types");
    pp_arena_release(&arena);
}
END_TEST

START_TEST(memory_stays_below_the_cap)
{
    enum { COUNT = 100000 };
    struct pp_arena arena;
    struct pp_buf buf;
    pp_arena_init(&arena, 0);
    pp_buf_init(&buf, &arena);
    for (int i = 0; i < COUNT; i++) {
        pp_buf_append(&buf, "\x32\x00", 2);
    }
    struct pprof_read_options options = { .memory_cap_bytes = COUNT };
    struct pprof_profile *p = NULL;
    struct pprof_error error;
    int err = pprof_profile_read(buf.data, buf.len, &options, &p, &error);
    ck_assert_int_eq(err, PPROF_ERR_NOMEM);
    ck_assert_ptr_null(p);
    p = read_all(buf.data, buf.len);
    pprof_profile_free(p);
    pp_arena_release(&arena);
}
END_TEST

static Suite *suite(void)
{
    const TTest *tests[] = {
        round_trip_keeps_every_byte,   labels_are_written_by_key,
        packed_and_unpacked_are_the_same, large_and_sparse_ids_are_found,
        ids_in_order_are_found_however_long, ids_are_found_whatever_stands_beside_them,
        errors_have_the_words_of_pprof, no_truncation_crashes,
        no_flip_crashes,               claims_without_bytes_cost_nothing,
        memory_stays_below_the_cap,
    };
    Suite *s = suite_create("profile_wire");
    TCase *tc = tcase_create("wire");
    tcase_set_timeout(tc, 60);
    for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++) {
        tcase_add_test(tc, tests[i]);
    }
    suite_add_tcase(s, tc);
    return s;
}

#include "check_main.h"
