/* perf.data, from files and pipes that are written here record by record. */
#include "profile/decode.h"
#include "profile/perf_space.h"
#include "profile/stacks.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { IP = 1, TID = 2, TIME = 4, CALLCHAIN = 32, PERIOD = 256, IDENTIFIER = 1 << 16 };
enum { MMAP2 = 10, COMM = 3, FORK = 7, SAMPLE = 9, ATTR = 64, BUILD_ID = 67, UPDATE = 78 };
enum { COMPRESSED = 81, COMPRESSED2 = 83 };
static const uint64_t sample_type = IP | TID | TIME | CALLCHAIN | PERIOD;
static const uint64_t with_ids = IP | TID | TIME | CALLCHAIN | PERIOD | IDENTIFIER;

static unsigned char file[1 << 16];
static size_t len;

static void put(const void *data, size_t size)
{
    memcpy(file + len, data, size);
    len += size;
}

static void u32(uint32_t v)
{
    put(&v, 4);
}

static void u64(uint64_t v)
{
    put(&v, 8);
}

static void text(const char *s)
{
    size_t size = (strlen(s) + 8) & ~(size_t)7;
    memset(file + len, 0, size);
    memcpy(file + len, s, strlen(s));
    len += size;
}

/* --- records ---------------------------------------------------------------------------------- */

static size_t begin(uint32_t type, uint16_t misc)
{
    size_t at = len;
    u32(type);
    put(&misc, 2);
    put("\0", 2);
    return at;
}

static void end(size_t at)
{
    uint16_t size = (uint16_t)(len - at);
    memcpy(file + at + 6, &size, 2);
}

/* Records that are no samples end with thread, time (and the event's id). */
static void end_at(size_t at, uint32_t pid, uint64_t time, uint64_t type)
{
    u32(pid);
    u32(pid);
    u64(time);
    if (type & IDENTIFIER) {
        u64(0);
    }
    end(at);
}

static void map(uint32_t pid, uint64_t time, uint64_t start, uint64_t size, const char *name)
{
    size_t at = begin(MMAP2, 0);
    u32(pid);
    u32(pid);
    u64(start);
    u64(size);
    u64(0x1000);
    u64(0);
    u64(0);
    u64(0);
    u32(5); /* readable, executable */
    u32(2);
    text(name);
    end_at(at, pid, time, sample_type);
}

static void comm(uint32_t pid, uint64_t time, const char *name, bool is_exec)
{
    size_t at = begin(COMM, is_exec ? 1 << 13 : 0);
    u32(pid);
    u32(pid);
    text(name);
    end_at(at, pid, time, sample_type);
}

static void fork_of(uint32_t pid, uint32_t parent, uint64_t time)
{
    size_t at = begin(FORK, 0);
    u32(pid);
    u32(parent);
    u32(pid);
    u32(parent);
    u64(time);
    end_at(at, pid, time, sample_type);
}

static void sample(uint32_t pid, uint64_t time, uint64_t id, const uint64_t *chain, size_t depth)
{
    size_t at = begin(SAMPLE, 0);
    if (id) {
        u64(id);
    }
    u64(depth ? chain[1] : 0);
    u32(pid);
    u32(pid);
    u64(time);
    u64(100); /* period */
    u64(depth);
    for (size_t i = 0; i < depth; i++) {
        u64(chain[i]);
    }
    end(at);
}

#define CHAIN(...)                                                                                 \
    (const uint64_t[]){ __VA_ARGS__ }, sizeof((const uint64_t[]){ __VA_ARGS__ }) / sizeof(uint64_t)
#define USER ((uint64_t)-512)

/* --- files ------------------------------------------------------------------------------------ */

static void attr(uint32_t type, uint64_t config, uint64_t sampled)
{
    u32(type);
    u32(64);
    u64(config);
    u64(1000);
    u64(sampled);
    u64(0);
    u64(1 << 18); /* sample_id_all */
    u64(0);
    u64(0);
}

/* A header with one event, a software clock; the records follow. */
static void begin_file(void)
{
    len = 0;
    put("PERFILE2", 8);
    u64(104);
    u64(64 + 16); /* attr and the place of its ids */
    u64(104);
    u64(64 + 16);
    u64(104 + 64 + 16);
    u64(0); /* size of the records, set at the end */
    u64(0);
    u64(0);
    for (int i = 0; i < 4; i++) {
        u64(0);
    }
    attr(1, 0, sample_type);
    u64(0);
    u64(0);
}

static void end_file(void)
{
    uint64_t size = len - (104 + 64 + 16);
    memcpy(file + 48, &size, 8);
}

static struct pprof_profile *decode(void)
{
    struct pprof_profile *p = NULL;
    struct pprof_error error = { 0 };
    int err = pp_perf_decode(file, len, 0, &p, &error);
    ck_assert_msg(err == 0, "%s", error.detail);
    ck_assert_int_eq(pprof_profile_check(p, &error), 0);
    return p;
}

/* A sample as "VALUE comm: file+offset file+offset", leaf first. */
static const char *shown(const struct pprof_profile *p, size_t i)
{
    static char out[512];
    int n = snprintf(out, sizeof(out), "%lld", (long long)p->values[i * p->sample_type_count + 1]);
    if (p->label_begin[i] < p->label_begin[i + 1]) {
        n += snprintf(out + n, sizeof(out) - (size_t)n, " %s:",
                      p->strings[p->labels[p->label_begin[i]].str].ptr);
    }
    for (uint32_t k = p->loc_begin[i]; k < p->loc_begin[i + 1]; k++) {
        const struct pprof_location *l = &p->locations[p->sample_locs[k]];
        const struct pprof_mapping *m = l->mapping == PPROF_NONE ? NULL : &p->mappings[l->mapping];
        n += snprintf(out + n, sizeof(out) - (size_t)n, " %s+%llx",
                      m ? p->strings[m->filename].ptr : "",
                      (unsigned long long)(l->address - (m ? m->start : 0)));
    }
    return out;
}

/* --- tests ------------------------------------------------------------------------------------ */

START_TEST(frames_are_the_converters)
{
    begin_file();
    comm(7, 0, "work", false);
    map(7, 0, 0x1000, 0x1000, "/bin/work");
    sample(7, 10, 0, CHAIN(USER, 0x1100, 0x1200, 0x9000, 0x1000, 0x1300));
    end_file();
    struct pprof_profile *p = decode();
    ck_assert_uint_eq(p->sample_count, 1);
    /* the leaf as it is, callers a byte before; neither unmapped ones nor a map's very first byte */
    ck_assert_str_eq(shown(p, 0), "100 work: /bin/work+100 /bin/work+1ff /bin/work+2ff");
    ck_assert_str_eq(p->strings[p->sample_types[0].type].ptr, "cpu-clock_sample");
    ck_assert_str_eq(p->strings[p->sample_types[1].type].ptr, "cpu-clock_event");
    ck_assert_str_eq(p->strings[p->sample_types[1].unit].ptr, "nanoseconds");
    ck_assert_str_eq(p->strings[p->default_sample_type].ptr, "cpu-clock_event");
    pprof_profile_free(p);
}
END_TEST

START_TEST(records_are_put_in_order)
{
    begin_file();
    sample(7, 30, 0, CHAIN(USER, 0x1100));
    sample(7, 10, 0, CHAIN(USER, 0x1100));
    map(7, 20, 0x1000, 0x1000, "/lib/new");
    map(7, 1, 0x1000, 0x1000, "/bin/old");
    end_file();
    struct pprof_profile *p = decode();
    ck_assert_uint_eq(p->sample_count, 2);
    ck_assert_str_eq(shown(p, 0), "100 /bin/old+100");
    ck_assert_str_eq(shown(p, 1), "100 /lib/new+100");
    pprof_profile_free(p);
}
END_TEST

START_TEST(a_map_replaces_what_it_overlaps)
{
    begin_file();
    map(7, 0, 0x1000, 0x3000, "/big");
    map(7, 1, 0x2000, 0x1000, "/small");
    sample(7, 2, 0, CHAIN(USER, 0x1800, 0x2801, 0x3801));
    end_file();
    struct pprof_profile *p = decode();
    ck_assert_str_eq(shown(p, 0), "100 /big+800 /small+800 /big+2800");
    pprof_profile_free(p);
}
END_TEST

START_TEST(forks_inherit_and_execs_forget)
{
    begin_file();
    comm(7, 0, "parent", false);
    map(7, 0, 0x1000, 0x1000, "/bin/parent");
    map(UINT32_MAX, 0, 0xffff000000, 0x1000, "[kernel.kallsyms]_text");
    fork_of(8, 7, 5);
    map(7, 6, 0x1000, 0x1000, "/bin/later");
    sample(8, 10, 0, CHAIN(USER, 0x1100));
    comm(8, 20, "child", true);
    sample(8, 25, 0, CHAIN(USER, 0x1100));
    map(8, 30, 0x1000, 0x1000, "/bin/child");
    sample(8, 35, 0, CHAIN(USER, 0x1100));
    sample(8, 36, 0, CHAIN(USER, 0xffff000010));
    end_file();
    struct pprof_profile *p = decode();
    ck_assert_uint_eq(p->sample_count, 4);
    ck_assert_str_eq(shown(p, 0), "100 parent: /bin/parent+100");
    ck_assert_str_eq(shown(p, 1), "100 child: +0");
    ck_assert_str_eq(shown(p, 2), "100 child: /bin/child+100");
    ck_assert_str_eq(shown(p, 3), "100 child: [kernel.kallsyms]_text+10");
    pprof_profile_free(p);
}
END_TEST

START_TEST(a_pipe_tells_everything_in_records)
{
    len = 0;
    put("PERFILE2", 8);
    u64(16);
    for (uint64_t id = 1; id <= 2; id++) {
        size_t at = begin(ATTR, 0);
        attr(0, id - 1, with_ids);
        u64(id);
        end(at);
    }
    size_t at = begin(UPDATE, 0);
    u64(2);
    u64(2);
    text("my-event");
    end(at);
    at = begin(BUILD_ID, 1 << 15);
    u32(UINT32_MAX);
    put("\xab\xcd\xef\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\3\0\0\0", 24);
    text("/bin/work");
    end(at);
    at = begin(MMAP2, 0);
    u32(7);
    u32(7);
    u64(0x1000);
    u64(0x1000);
    for (int i = 0; i < 4; i++) {
        u64(0);
    }
    u32(5);
    u32(2);
    text("/bin/work");
    end_at(at, 7, 0, with_ids);
    sample(7, 2, 2, CHAIN(USER, 0x1100));
    struct pprof_profile *p = decode();
    ck_assert_uint_eq(p->sample_type_count, 4);
    ck_assert_str_eq(p->strings[p->sample_types[0].type].ptr, "cycles_sample");
    ck_assert_str_eq(p->strings[p->sample_types[3].type].ptr, "my-event_event");
    ck_assert_str_eq(p->strings[p->sample_types[3].unit].ptr, "count");
    ck_assert_int_eq(p->values[1], 0);
    ck_assert_int_eq(p->values[2], 1);
    ck_assert_int_eq(p->values[3], 100);
    ck_assert_str_eq(p->strings[p->mappings[0].build_id].ptr, "abcdef");
    pprof_profile_free(p);
}
END_TEST

/* Stands for zstd: the stream has no end, as perf's has none. */
static int unpack_as_is(struct pp_buf *out, const void *data, size_t size, size_t cap,
                        struct pprof_error *error)
{
    (void)cap;
    (void)error;
    pp_buf_append(out, data, size);
    return PPROF_ERR_FORMAT;
}

/* Puts what is behind `from` into records that are compressed, the first of which ends amid one. */
static void pack_records(size_t from)
{
    static unsigned char plain[4096];
    size_t size = len - from, first = 20;
    memcpy(plain, file + from, size);
    len = from;
    size_t at = begin(COMPRESSED, 0);
    put(plain, first);
    end(at);
    at = begin(COMPRESSED2, 0);
    u64(size - first);
    put(plain + first, size - first);
    u64(UINT64_MAX); /* padding */
    end(at);
}

START_TEST(compressed_records_are_one_stream)
{
    begin_file();
    comm(7, 0, "work", false);
    size_t from = len;
    map(7, 0, 0x1000, 0x1000, "/bin/work");
    sample(7, 10, 0, CHAIN(USER, 0x1100));
    pack_records(from);
    end_file();
    pp_zstd_unpack = unpack_as_is;
    struct pprof_profile *p = decode();
    ck_assert_uint_eq(p->sample_count, 1);
    ck_assert_str_eq(shown(p, 0), "100 work: /bin/work+100");
    pprof_profile_free(p);
    struct pprof_error error = { 0 };
    pp_zstd_unpack = NULL;
    ck_assert_int_eq(pp_perf_decode(file, len, 0, &p, &error), PPROF_ERR_UNSUPPORTED);
    ck_assert_ptr_nonnull(strstr(error.detail, "compressed"));
}
END_TEST

static void attr_in_pipe(uint64_t config, uint64_t id)
{
    size_t at = begin(ATTR, 0);
    attr(1, config, with_ids);
    u64(id);
    end(at);
}

START_TEST(a_dummy_event_has_no_values)
{
    enum { CLOCK = 0, FAULTS = 2, DUMMY = 9 };
    len = 0;
    put("PERFILE2", 8);
    u64(16);
    attr_in_pipe(CLOCK, 1);
    attr_in_pipe(DUMMY, 2);
    attr_in_pipe(FAULTS, 3);
    sample(7, 2, 3, CHAIN(USER, 0x1100));
    sample(7, 3, 2, CHAIN(USER, 0x1100));
    struct pprof_profile *p = decode();
    ck_assert_uint_eq(p->sample_type_count, 4);
    ck_assert_str_eq(p->strings[p->sample_types[2].type].ptr, "page-faults_sample");
    ck_assert_str_eq(p->strings[p->default_sample_type].ptr, "page-faults_event");
    ck_assert_uint_eq(p->sample_count, 1);
    ck_assert_int_eq(p->values[1], 0);
    ck_assert_int_eq(p->values[3], 100);
    pprof_profile_free(p);
}
END_TEST

START_TEST(a_dummy_event_alone_stays)
{
    len = 0;
    put("PERFILE2", 8);
    u64(16);
    attr_in_pipe(9, 1);
    sample(7, 3, 1, CHAIN(USER, 0x1100));
    struct pprof_profile *p = decode();
    ck_assert_uint_eq(p->sample_type_count, 2);
    ck_assert_uint_eq(p->sample_count, 1);
    pprof_profile_free(p);
}
END_TEST

START_TEST(broken_files_are_errors_or_short)
{
    begin_file();
    map(7, 0, 0x1000, 0x1000, "/bin/work");
    sample(7, 10, 0, CHAIN(USER, 0x1100, 0x1200));
    end_file();
    size_t whole = len;
    for (size_t cut = 8; cut < whole; cut++) {
        struct pprof_profile *p = NULL;
        struct pprof_error error = { 0 };
        unsigned char *copy = malloc(cut); /* so that a sanitizer sees reads beyond */
        memcpy(copy, file, cut);
        int err = pp_perf_decode(copy, cut, 0, &p, &error);
        ck_assert_msg(err == 0 || error.detail[0], "no words for a file cut at %zu", cut);
        if (!err) {
            ck_assert_int_eq(pprof_profile_check(p, &error), 0);
            pprof_profile_free(p);
        }
        free(copy);
    }
    ck_assert_int_eq(pp_perf_decode("PERFILE3________", 16, 0, NULL, NULL), PPROF_ERR_UNKNOWN);
}
END_TEST

/* Each map below all others moves them: what that costs is capped, not their number squared. */
START_TEST(maps_that_move_all_others_are_capped)
{
    enum { MAPS = 100000, PAGE = 4096 };
    struct pp_arena arena;
    struct pp_perf_space space;
    pp_arena_init(&arena, 0);
    pp_perf_space_init(&space, &arena);
    for (uint64_t i = MAPS; i; i--) {
        struct pp_perf_map map = { .start = i * PAGE, .limit = (i + 1) * PAGE };
        pp_perf_space_map(&space, 1, &map);
    }
    ck_assert(!space.failed);
    ck_assert_ptr_nonnull(pp_perf_space_find(&space, 1, (uint64_t)MAPS * PAGE));
    ck_assert_ptr_null(pp_perf_space_find(&space, 1, PAGE));
    size_t kept = space.map_count;
    ck_assert_uint_gt(kept, MAPS / 4);
    ck_assert_uint_lt(kept, MAPS);
    pp_perf_space_fork(&space, 2, 1); /* nor is there a copy, but the parent's are found */
    ck_assert_uint_eq(pp_perf_process(&space, 2)->place_count, 0);
    ck_assert_ptr_nonnull(pp_perf_space_find(&space, 2, (uint64_t)MAPS * PAGE));
    struct pp_perf_map last = { .start = (uint64_t)2 * MAPS * PAGE, .limit = UINT64_MAX };
    pp_perf_space_map(&space, 1, &last);
    ck_assert_uint_eq(space.map_count, kept + 1); /* behind all others: moves none */
    pp_arena_release(&arena);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("perf");
    TCase *t = tcase_create("perf");
    tcase_add_test(t, frames_are_the_converters);
    tcase_add_test(t, records_are_put_in_order);
    tcase_add_test(t, a_map_replaces_what_it_overlaps);
    tcase_add_test(t, forks_inherit_and_execs_forget);
    tcase_add_test(t, a_pipe_tells_everything_in_records);
    tcase_add_test(t, compressed_records_are_one_stream);
    tcase_add_test(t, a_dummy_event_has_no_values);
    tcase_add_test(t, a_dummy_event_alone_stays);
    tcase_add_test(t, broken_files_are_errors_or_short);
    tcase_add_test(t, maps_that_move_all_others_are_capped);
    suite_add_tcase(s, t);
    return s;
}

#include "check_main.h"
