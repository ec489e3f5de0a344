/* The older formats: what each parser makes of a small file of its kind. */
#include "profile_sample.h"

#include "profile/legacy.h"

#include <stdint.h>
#include <stdio.h>

static struct pprof_profile *read_text(const char *text)
{
    return read_all(text, strlen(text));
}

static uint64_t address(const struct pprof_profile *p, size_t sample, size_t frame)
{
    return p->locations[p->sample_locs[p->loc_begin[sample] + frame]].address;
}

static size_t depth(const struct pprof_profile *p, size_t sample)
{
    return p->loc_begin[sample + 1] - p->loc_begin[sample];
}

static void assert_type(const struct pprof_profile *p, size_t t, const char *type, const char *unit)
{
    ck_assert_uint_lt(t, p->sample_type_count);
    ck_assert_str_eq(text_of(p, p->sample_types[t].type), type);
    ck_assert_str_eq(text_of(p, p->sample_types[t].unit), unit);
}

/* --- CPU ------------------------------------------------------------------------------------------ */

static size_t put_words(unsigned char *out, const uint64_t *words, size_t count, unsigned bytes, bool big)
{
    for (size_t i = 0; i < count * bytes; i++) {
        size_t place = i % bytes;
        out[i] = (unsigned char)(words[i / bytes] >> 8 * (big ? bytes - 1 - place : place));
    }
    return count * bytes;
}

static const char MAPS[] = "00400000-00401000 r-xp 00000000 08:01 7 /bin/server\n"
                           "00500000-00600000 rw-p 00000000 08:01 7 /bin/server\n"
                           "7f0000000-7f0010000 r-xp 00000000 08:01 9 /lib/libc.so.6\n";

/* Two stacks; a leaf that stands there twice in the second one. */
static const uint64_t CPU[] = { 0, 3, 0, 10000, 0, 5, 2, 0x400010, 0x400020, 2, 3,
                                0x400040, 0x400040, 0x7f0000011, 0, 1, 0 };

START_TEST(cpu_words_of_every_size_and_order)
{
    unsigned char data[512];
    for (int kind = 0; kind < 4; kind++) {
        size_t len = put_words(data, CPU, sizeof(CPU) / 8, kind < 2 ? 4 : 8, kind & 1);
        if (kind < 2) {
            continue; /* the library's address needs 64 bits: see below */
        }
        memcpy(data + len, MAPS, strlen(MAPS));
        struct pprof_profile *p = read_all(data, len + strlen(MAPS));
        assert_type(p, 0, "samples", "count");
        assert_type(p, 1, "cpu", "nanoseconds");
        ck_assert_int_eq(p->period, 10000000);
        ck_assert_uint_eq(p->sample_count, 2);
        ck_assert_int_eq(p->values[0], 5);
        ck_assert_int_eq(p->values[1], 50000000);
        ck_assert_uint_eq(address(p, 0, 0), 0x400010);
        ck_assert_uint_eq(address(p, 0, 1), 0x40001f); /* a return address less one */
        ck_assert_uint_eq(depth(p, 1), 2);             /* the leaf counts once */
        ck_assert_uint_eq(p->mapping_count, 2);        /* code only */
        ck_assert_str_eq(text_of(p, p->mappings[0].filename), "/bin/server");
        ck_assert_uint_eq(p->locations[p->sample_locs[3]].mapping, 1);
        ck_assert(strstr(text_of(p, p->drop_frames), "prof_handler"));
        pprof_profile_free(p);
    }
}
END_TEST

START_TEST(cpu_words_of_32_bits)
{
    static const uint64_t words[] = { 0, 3, 0, 1000, 0, 1, 1, 0x400010, 0, 1, 0 };
    unsigned char data[64];
    for (int big = 0; big < 2; big++) {
        size_t len = put_words(data, words, sizeof(words) / 8, 4, big);
        struct pprof_profile *p = read_all(data, len);
        ck_assert_uint_eq(p->sample_count, 1);
        ck_assert_uint_eq(p->mapping_count, 1); /* one that covers everything */
        ck_assert_uint_eq(p->mappings[0].limit, UINT64_MAX);
        pprof_profile_free(p);
    }
}
END_TEST

START_TEST(the_handler_s_frame_goes)
{
    uint64_t words[5 + 40 * 5] = { 0, 3, 0, 1000, 0 };
    for (uint64_t i = 0; i < 40; i++) {
        uint64_t stack[] = { 1, 3, 0x1000 + i * 16, i == 7 ? 0x9000 : 0x5001, 0x2000 + i };
        memcpy(words + 5 + i * 5, stack, sizeof(stack));
    }
    unsigned char data[sizeof(words)];
    struct pprof_profile *p = read_all(data, put_words(data, words, sizeof(words) / 8, 8, false));
    ck_assert_uint_eq(depth(p, 0), 2);
    ck_assert_uint_eq(address(p, 0, 0), 0x1000);
    ck_assert_uint_eq(address(p, 0, 1), 0x1fff);
    ck_assert_uint_eq(depth(p, 7), 3); /* one in 32 may differ */
    pprof_profile_free(p);
}
END_TEST

START_TEST(java_cpu_has_names)
{
    static const uint64_t words[] = { 0, 3, 1, 1000, 0, 2, 2, 0x10, 0x20, 0, 1, 0 };
    static const char names[] = "0x10 com.acme.Run.go (Run.java:42)\n"
                                "0x20 libjvm (/usr/lib/libjvm.so)\n0x99 unused (x:1)\n";
    unsigned char data[512];
    size_t len = put_words(data, words, sizeof(words) / 8, 8, false);
    memcpy(data + len, names, sizeof(names) - 1);
    struct pprof_profile *p = read_all(data, len + sizeof(names) - 1);
    ck_assert_uint_eq(p->function_count, 2);
    ck_assert_str_eq(text_of(p, p->functions[0].name), "com.acme.Run.go");
    ck_assert_str_eq(text_of(p, p->functions[0].filename), "Run.java");
    ck_assert_int_eq(p->lines[0].line, 42);
    ck_assert_str_eq(text_of(p, p->functions[1].filename), "libjvm.so");
    ck_assert_uint_eq(p->locations[0].address, 0);
    pprof_profile_free(p);
}
END_TEST

/* --- heap ------------------------------------------------------------------------------------------ */

START_TEST(heap_samples_are_unsampled)
{
    struct pprof_profile *p = read_text("heap profile: 1: 524288 [ 1: 524288] @ heap_v2/524288\n"
                                        "  1: 524288 [ 1: 524288] @ 0x400011 0x400021\n"
                                        "MAPPED_LIBRARIES:\n"
                                        "400000-500000 r-xp 0 0:0 0 /bin/a\n");
    assert_type(p, 0, "objects", "count");
    assert_type(p, 1, "space", "bytes");
    ck_assert_int_eq(p->period, 524288);
    ck_assert_int_eq(p->values[0], 1);
    ck_assert_int_eq(p->values[1], 829411); /* 524288 / (1 - 1/e) */
    ck_assert_uint_eq(address(p, 0, 0), 0x400010);
    ck_assert_int_eq(p->labels[0].num, 524288);
    ck_assert_str_eq(text_of(p, p->labels[0].key), "bytes");
    ck_assert(strstr(text_of(p, p->drop_frames), "tcmalloc::.*"));
    ck_assert_str_eq(text_of(p, p->period_type.type), "space");
    pprof_profile_free(p);
}
END_TEST

START_TEST(go_heap_text_has_four_values)
{
    struct pprof_profile *p = read_text("heap profile: 3: 300 [5: 500] @ heap/2\n"
                                        "3: 300 [5: 500] @ 0x1234 0x5678\n"
                                        "#\t0x1233\tmain.leak+0x33\t/src/main.go:7\n\n"
                                        "# runtime.MemStats\n# Alloc = 1\n");
    assert_type(p, 0, "alloc_objects", "count");
    assert_type(p, 3, "inuse_space", "bytes");
    ck_assert_int_eq(p->period, 1); /* every allocation: nothing to unsample */
    ck_assert_int_eq(p->values[0], 5);
    ck_assert_int_eq(p->values[1], 500);
    ck_assert_int_eq(p->values[2], 3);
    ck_assert_int_eq(p->values[3], 300);
    ck_assert_int_eq(p->labels[0].num, 100);
    pprof_profile_free(p);
}
END_TEST

START_TEST(growth_and_fragmentation_are_heaps)
{
    static const char *const kinds[] = { "growthz", "growth", "fragmentationz" };
    for (size_t i = 0; i < 3; i++) {
        char text[128];
        snprintf(text, sizeof(text), "heap profile: 1: 64 [ 9: 99] @ %s\n1: 64 [1: 64] @ 0x11\n",
                 kinds[i]);
        struct pprof_profile *p = read_text(text);
        ck_assert_uint_eq(p->sample_type_count, 2);
        ck_assert_int_eq(p->period, 1);
        ck_assert_int_eq(p->values[1], 64);
        pprof_profile_free(p);
    }
}
END_TEST

/* --- counts, threads, locks ---------------------------------------------------------------------------- */

START_TEST(count_profiles_are_named)
{
    struct pprof_profile *p = read_text("# a comment\n\ngoroutine profile: total 3\n"
                                        "2 @ 0x10 0x20\n#\t0x10\tmain.f\n\n1 @ 0x10\n");
    assert_type(p, 0, "goroutine", "count");
    ck_assert_uint_eq(p->sample_count, 2);
    ck_assert_int_eq(p->values[0], 2);
    ck_assert_uint_eq(address(p, 0, 0), 0xf);
    ck_assert_uint_eq(p->location_count, 2);
    pprof_profile_free(p);
    assert_refused("x profile: total 1\nnonsense\n", 28, "malformed profile format");
}
END_TEST

START_TEST(threads_that_wait_alike_are_counted)
{
    struct pprof_profile *p =
        read_text("--- threadz 1 ---\n\n"
                  "--- Thread 7f01 (name: main/10) stack: ---\n  PC: 0x100 poll\n 0x201 0x301\n"
                  "--- Thread 7f02 (name: a/b/11) stack: ---\n  same as previous thread\n"
                  "--- Thread 7f03 (name: x/12) stack: ---\n  0x100 0x100 0x301\n"
                  "--- Memory map: ---\n  0-1000: /bin/a\n");
    assert_type(p, 0, "thread", "count");
    ck_assert_uint_eq(p->sample_count, 2);
    ck_assert_int_eq(p->values[0], 2);
    ck_assert_uint_eq(address(p, 0, 0), 0x100);
    ck_assert_uint_eq(address(p, 0, 1), 0x200);
    ck_assert_uint_eq(depth(p, 1), 2); /* the leaf counts once */
    ck_assert_str_eq(text_of(p, p->mappings[0].filename), "/bin/a");
    pprof_profile_free(p);
}
END_TEST

START_TEST(contention_cycles_become_time)
{
    struct pprof_profile *p = read_text("--- contentionz 1 ---\ncycles/second = 2000000000\n"
                                        "sampling period = 10\nms since reset = 3\n"
                                        "  4000 2 @ 0x11 0x21\n");
    assert_type(p, 0, "contentions", "count");
    assert_type(p, 1, "delay", "nanoseconds");
    ck_assert_int_eq(p->values[0], 20);
    ck_assert_int_eq(p->values[1], 20000);
    ck_assert_int_eq(p->duration_nanos, 3000000);
    ck_assert(strstr(text_of(p, p->drop_frames), "SpinLock"));
    pprof_profile_free(p);
    p = read_text("--- mutex:\ncycles/second=1000000000\nsampling period=1\n7 1 @ 0x11\n");
    ck_assert_int_eq(p->values[1], 7);
    pprof_profile_free(p);
}
END_TEST

START_TEST(java_heap_has_names_only)
{
    struct pprof_profile *p = read_text("--- heapz 1 ---\nformat = java\nresolution = bytes\n"
                                        "  1048576  2 @ 0x10 0x20 0x30\n\n"
                                        "  0x10 a.b.C.d (C.java:9)\n 0x20 generated stub/JIT\n"
                                        " 0x30 a.b.C.d (C.java:12)\n");
    assert_type(p, 0, "inuse_objects", "count");
    assert_type(p, 1, "inuse_space", "bytes");
    ck_assert_uint_eq(p->function_count, 2);
    ck_assert_uint_eq(p->location_count, 3);
    ck_assert_str_eq(text_of(p, p->functions[1].name), "STUB");
    ck_assert_int_eq(p->labels[0].num, 524288);
    ck_assert_int_eq(p->values[0], 3);
    ck_assert_int_eq(p->values[1], 1658822);
    pprof_profile_free(p);
}
END_TEST

/* --- maps ------------------------------------------------------------------------------------------------ */

static struct pprof_profile *with_maps(const char *maps)
{
    char text[1024];
    snprintf(text, sizeof(text), "x profile: total 1\n1 @ 0x1001 0x2001\n--- Memory map: ---\n%s", maps);
    return read_text(text);
}

START_TEST(maps_come_in_many_notations)
{
    struct pprof_profile *p = with_maps("build=/opt/app\n"
                                        "I0101 12:00:00.0 77 x.cc:12] 0x2000-0x3000: /lib/x.so (@1000) abc123\n"
                                        "  1000-2000 $build/bin/main\n"
                                        "5000-6000 rw-p 00000000 00:00 0 [heap]\nnonsense\n");
    ck_assert_uint_eq(p->mapping_count, 2);
    ck_assert_str_eq(text_of(p, p->mappings[0].filename), "/opt/app/bin/main"); /* no library: first */
    ck_assert_str_eq(text_of(p, p->mappings[1].build_id), "abc123");
    ck_assert_uint_eq(p->mappings[1].offset, 0x1000);
    pprof_profile_free(p);
}
END_TEST

START_TEST(halves_of_a_mapping_are_joined)
{
    struct pprof_profile *p = with_maps("1000-2000 r-xp 00000000 08:01 1 /bin/a\n"
                                        "2000-3000 r-xp 00001000 08:01 1 /bin/a\n");
    ck_assert_uint_eq(p->mapping_count, 1);
    ck_assert_uint_eq(p->mappings[0].limit, 0x3000);
    pprof_profile_free(p);
    p = with_maps("1800-2000 r-xp 00000800 08:01 1 /bin/a\n");
    ck_assert_uint_eq(p->mappings[0].start, 0x1000); /* its first part was left out */
    ck_assert_uint_eq(p->mapping_count, 2);          /* and one for 0x2000 */
    pprof_profile_free(p);
}
END_TEST

/* --- damage ------------------------------------------------------------------------------------------------ */

START_TEST(strangers_are_not_recognized)
{
    static const char *const texts[] = { "hello\n", "heap profile: x\n", "--- contentionz 1 ---\nx = 1\n",
                                         "--- heapz 1 ---\nformat = c\n", "--- threadz 1 ---\n" };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_refused(texts[i], strlen(texts[i]), "parsing profile: unrecognized profile format");
    }
    assert_refused("heap profile: 1: 1 [1: 1] @ heap\nx\n", 35, "unexpected number of sample values");
    assert_refused("heap profile: 1: 1 [1: 1] @ heap\n0: 5 [0: 0] @ 0x1\n", 51,
                   "inuse count was 0 but inuse bytes was 5");
}
END_TEST

/* The sentence shows the line and what is wrong with it. */
static const struct {
    const char *text, *sentence;
} malformed[] = {
    { "heap profile: 1: 1 [1: 1] @ heap\n 1: 99999999999999999999 [1: 1] @ 0x1\n",
      "malformed sample: 1: 99999999999999999999 [1: 1] @ 0x1: strconv.ParseInt: parsing "
      "\"99999999999999999999\": value out of range" },
    { "heap profile: 1: 1 [1: 1] @ heap\n1: 2 [1: 1] @ 0x1ffffffffffffffff\n",
      "malformed sample: 1: 2 [1: 1] @ 0x1ffffffffffffffff: failed to parse as hex 64-bit number: "
      "0x1ffffffffffffffff" },
    { "--- contentionz 1 ---\n5 99999999999999999999 @ 0x1\n",
      "malformed sample: 5 99999999999999999999 @ 0x1: strconv.ParseInt: parsing "
      "\"99999999999999999999\": value out of range" },
    { "--- threadz 1 ---\n--- Thread 7f (name: a/1) stack: ---\n 0x1ffffffffffffffff\n",
      "malformed sample: 0x1ffffffffffffffff: failed to parse as hex 64-bit number" },
    { "--- contentionz 1 ---\nformat = java\nsampling period = zz\n",
      "failed to parse attribute sampling period = zz: strconv.ParseInt: parsing \"zz\": invalid "
      "syntax" },
    { "--- heapz 1 ---\nformat = java\nresolution = bytes\n 08 1 @ 0x1\n",
      "parsing sample 08 1 @ 0x1: strconv.ParseInt: parsing \"08\": invalid syntax" },
    { "--- heapz 1 ---\nformat = java\nresolution = bytes\n 8 0 @ 0x1\n",
      "parsing sample 8 0 @ 0x1: second value must be non-zero" },
    { "--- heapz 1 ---\nformat = java\n 8 1 @ 0x1\n",
      "parsing profile: missing sample type information" },
};

START_TEST(malformed_lines_are_shown)
{
    assert_refused(malformed[_i].text, strlen(malformed[_i].text), malformed[_i].sentence);
}
END_TEST

static void read_damaged(const char *text, size_t len)
{
    struct pprof_profile *p = NULL;
    struct pprof_error error = { 0 };
    if (pprof_profile_read(text, len, NULL, &p, &error) == 0) {
        ck_assert_int_eq(pprof_profile_check(p, &error), 0);
        pprof_profile_free(p);
    } else {
        ck_assert_str_ne(error.detail, "");
    }
}

START_TEST(no_damage_crashes)
{
    static const char *const texts[] = {
        "heap profile: 3: 300 [5: 500] @ heap/1048576\n3: 300 [5: 500] @ 0x1234 0x5678\n"
        "MAPPED_LIBRARIES:\n1000-9000 r-xp 00000000 08:01 1 /bin/a\n",
        "--- threadz 1 ---\n--- Thread 7f01 (name: main/10) stack: ---\n  0x100 0x201\n"
        "--- Memory map: ---\n  0-1000: /bin/a\n",
        "--- contentionz 1 ---\ncycles/second = 2000000000\nsampling period = 10\n4000 2 @ 0x11 0x21\n",
        "--- heapz 1 ---\nformat = java\nresolution = bytes\n 1048576 2 @ 0x10 0x20\n"
        "0x10 a.b.C.d (C.java:9)\n0x20 x (/lib/y.so)\n",
        "goroutine profile: total 3\n2 @ 0x10 0x20\n",
    };
    uint32_t seed = 7;
    for (size_t t = 0; t < sizeof(texts) / sizeof(texts[0]); t++) {
        size_t len = strlen(texts[t]);
        char copy[512];
        for (size_t cut = 0; cut <= len; cut++) {
            read_damaged(texts[t], cut);
        }
        for (int i = 0; i < 4000; i++) {
            memcpy(copy, texts[t], len);
            for (int k = 0; k <= i % 4; k++) {
                seed = seed * 1664525 + 1013904223;
                copy[(seed >> 8) % len] = "09af:[]@ x-/()\n=$#\xff"[seed % 19];
            }
            read_damaged(copy, len);
        }
    }
}
END_TEST

/* --- mappings of addresses -------------------------------------------------------------------- */

/* What the finder's answers are defined by: a look at each mapping in turn. */
static uint32_t find_in_turn(struct pp_legacy_map *maps, size_t *count, uint64_t at)
{
    for (size_t i = 0; i < *count; i++) {
        if (maps[i].start <= at && at < maps[i].limit) {
            return (uint32_t)i;
        }
    }
    for (size_t i = 0; i < *count; i++) {
        if (maps[i].offset && maps[i].start - maps[i].offset <= at && at < maps[i].start) {
            maps[i].start -= maps[i].offset;
            maps[i].offset = 0;
            return (uint32_t)i;
        }
    }
    maps[*count] = (struct pp_legacy_map){ .limit = UINT64_MAX };
    return (uint32_t)(*count)++;
}

static void compare_finders(uint32_t seed)
{
    enum { MAPS = 12, ADDRESSES = 40, SPACE = 200 };
    struct pp_legacy_map copy[MAPS + 2], maps[MAPS + 2];
    struct pp_legacy l = { .maps = maps, .map_cap = MAPS + 2 };
    uint64_t addresses[ADDRESSES];
    uint32_t found[ADDRESSES] = { 0 };
    for (size_t i = 0; i < MAPS; i++) {
        uint64_t start = (seed = seed * 1664525 + 1013904223) >> 8;
        uint64_t size = (seed = seed * 1664525 + 1013904223) >> 8;
        maps[i] = (struct pp_legacy_map){ .start = start % SPACE, .offset = size % 7 * (size % 9),
                                          .limit = start % SPACE + size % 23 };
    }
    size_t count = l.map_count = seed >> 8 & 1 ? MAPS : MAPS / 3;
    memcpy(copy, maps, sizeof(copy));
    for (size_t i = 0; i < ADDRESSES; i++) {
        addresses[i] = (i * 37 + seed % 5) % SPACE; /* each once, in no order */
        found[i] = i == 3 ? PPROF_NONE : 0;
    }
    pp_legacy_map_addresses(&l, addresses, ADDRESSES, found);
    for (size_t i = 0; i < ADDRESSES; i++) {
        uint32_t expected = i == 3 ? PPROF_NONE : find_in_turn(copy, &count, addresses[i]);
        ck_assert_uint_eq(found[i], expected);
    }
    ck_assert_uint_eq(l.map_count, count);
    for (size_t i = 0; i < count; i++) {
        ck_assert_uint_eq(maps[i].start, copy[i].start);
        ck_assert_uint_eq(maps[i].offset, copy[i].offset);
    }
}

START_TEST(overlapping_mappings_are_found_in_turn)
{
    for (uint32_t seed = 1; seed <= 5000; seed++) {
        compare_finders(seed * 2654435761u);
    }
}
END_TEST

/* Replacements that would grow without end are left out. */
START_TEST(attributes_do_not_explode)
{
    enum { VALUE = 1 << 20, USES = 1000 };
    static char text[VALUE + USES * 2 + 300];
    char *at = stpcpy(text, "heap profile: 1: 1 [1: 1] @ heapprofile\n1: 1 [1: 1] @ 0x500\n"
                            "MAPPED_LIBRARIES:\nd=/bin\na=");
    at = (char *)memset(at, 'v', VALUE) + VALUE;
    at = stpcpy(at, "\n400-600 r-xp $d/one\n");
    for (int i = 0; i < USES; i++) {
        at = stpcpy(at, "$a");
    }
    stpcpy(at, "\n700-800 r-xp $d/two\n");
    struct pprof_profile *p = read_text(text);
    ck_assert_uint_eq(p->mapping_count, 2);
    ck_assert_str_eq(text_of(p, p->mappings[0].filename), "/bin/one");
    ck_assert_str_eq(text_of(p, p->mappings[1].filename), "$d/two");
    pprof_profile_free(p);
}
END_TEST

static Suite *suite(void)
{
    const TTest *tests[] = {
        cpu_words_of_every_size_and_order, cpu_words_of_32_bits, the_handler_s_frame_goes,
        java_cpu_has_names, heap_samples_are_unsampled, go_heap_text_has_four_values,
        growth_and_fragmentation_are_heaps, count_profiles_are_named,
        threads_that_wait_alike_are_counted, contention_cycles_become_time, java_heap_has_names_only,
        maps_come_in_many_notations, halves_of_a_mapping_are_joined, strangers_are_not_recognized,
        no_damage_crashes, overlapping_mappings_are_found_in_turn, attributes_do_not_explode,
    };
    Suite *s = suite_create("profile_legacy");
    TCase *tc = tcase_create("legacy");
    tcase_set_timeout(tc, 60);
    for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++) {
        tcase_add_test(tc, tests[i]);
    }
    tcase_add_loop_test(tc, malformed_lines_are_shown, 0,
                        (int)(sizeof(malformed) / sizeof(malformed[0])));
    suite_add_tcase(s, tc);
    return s;
}

#include "check_main.h"
