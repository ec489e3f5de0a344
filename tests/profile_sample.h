/* A small profile of every kind of record, and shorthands, for the tests of the profile room. */
#ifndef TESTS_PROFILE_SAMPLE_H
#define TESTS_PROFILE_SAMPLE_H

#include "profile/build.h"
#include "profile/wire.h"

#include <check.h>
#include <string.h>

static inline const char *text_of(const struct pprof_profile *p, uint32_t index)
{
    return p->strings[index].ptr;
}

static inline struct pprof_profile *finished(struct pp_build *build)
{
    struct pprof_profile *p = NULL;
    struct pprof_error error;
    ck_assert_msg(pp_build_finish(build, &p, &error) == 0, "%s", error.detail);
    return p;
}

/* Three functions, three locations (the second one inlined), four samples; scale multiplies values. */
static inline struct pp_build *sample_build(const char *file, int64_t scale)
{
    struct pp_build *b = pp_build_new(0);
    pp_build_sample_type(b, "samples", "count");
    pp_build_sample_type(b, "cpu", "nanoseconds");
    pp_build_period(b, "cpu", "nanoseconds", 10000000);
    pp_build_times(b, 1700000000000000000, 5000000000);
    pp_build_default_sample_type(b, "cpu");
    pp_build_comment(b, "made by a test");
    pp_build_drop_keep(b, "malloc|free", "");
    struct pprof_mapping mapping = { .start = 0x400000, .limit = 0x500000, .has_functions = true,
                                     .filename = pp_build_cstr(b, file),
                                     .build_id = pp_build_cstr(b, "abcd") };
    pp_build_mapping(b, &mapping);
    static const char *const names[] = { "main", "work", "helper" };
    for (uint32_t i = 0; i < 3; i++) {
        struct pprof_function f = { .name = pp_build_cstr(b, names[i]), .start_line = 10 * i + 1,
                                    .filename = pp_build_cstr(b, "a.c") };
        f.system_name = f.name;
        pp_build_function(b, &f);
    }
    struct pprof_line lines[] = { { 0, 5, 1 }, { 2, 30, 3 }, { 1, 20, 7 }, { 2, 31, 0 } };
    pp_build_location(b, 0, 0x400010, 0, &lines[0], 1, false);
    pp_build_location(b, 0, 0x400020, 0, &lines[1], 2, true);
    pp_build_location(b, 0, 0x400030, 0, &lines[3], 1, false);
    struct pprof_label labels[] = {
        { .key = pp_build_cstr(b, "zone"), .str = pp_build_cstr(b, "eu") },
        { .key = pp_build_cstr(b, "bytes"), .num = 64, .unit = pp_build_cstr(b, "bytes") },
    };
    const uint32_t stack[] = { 2, 1, 0 };
    for (int64_t i = 0; i < 4; i++) {
        int64_t values[] = { scale * (i + 1), scale * (i + 1) * 10000000 };
        pp_build_sample(b, stack + (i == 3), 3 - (i == 3), values, labels, (size_t)(i % 3));
    }
    return b;
}

static inline struct pprof_profile *sample_profile(void)
{
    return finished(sample_build("/bin/a", 1));
}

/* The encoded profile; the buffer lives in arena. */
static inline struct pp_buf encoded(const struct pprof_profile *p, struct pp_arena *arena)
{
    struct pp_buf out;
    struct pprof_error error;
    pp_buf_init(&out, arena);
    ck_assert_msg(pp_wire_encode(p, &out, &error) == 0, "%s", error.detail);
    return out;
}

static inline struct pprof_profile *read_all(const void *data, size_t len)
{
    struct pprof_profile *p = NULL;
    struct pprof_error error;
    ck_assert_msg(pprof_profile_read(data, len, NULL, &p, &error) == 0, "%s", error.detail);
    return p;
}

/* Reading must fail with a detail that holds `words`. */
static inline void assert_refused(const void *data, size_t len, const char *words)
{
    struct pprof_profile *p = NULL;
    struct pprof_error error = { 0 };
    ck_assert_int_lt(pprof_profile_read(data, len, NULL, &p, &error), 0);
    ck_assert_ptr_null(p);
    ck_assert_msg(strstr(error.detail, words), "\"%s\" lacks \"%s\"", error.detail, words);
}

#endif
