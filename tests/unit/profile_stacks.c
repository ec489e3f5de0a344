/* Formats that are stacks by nature: folded, goroutine dumps, what perf script prints. */
#include "profile/stacks.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

/* Everything in one line: "a b | V: leaf caller {key=value}", types first. "-" for another format. */
static const char *read_as(pp_stacks_decoder decode, const char *text)
{
    static char out[4096];
    struct pprof_profile *p = NULL;
    struct pprof_error error = { 0 };
    size_t n = 0;
    int err = decode(text, strlen(text), 0, &p, &error);
    if (err) {
        return err == PPROF_ERR_UNKNOWN ? "-" : "error";
    }
    ck_assert_int_eq(pprof_profile_check(p, &error), 0);
#define SAY(...) n += (size_t)snprintf(out + n, sizeof(out) - n, __VA_ARGS__)
    for (size_t t = 0; t < p->sample_type_count; t++) {
        SAY("%s%s", t ? " " : "", p->strings[p->sample_types[t].type].ptr);
    }
    for (size_t i = 0; i < p->sample_count; i++) {
        SAY(" |");
        for (size_t t = 0; t < p->sample_type_count; t++) {
            SAY(" %lld", (long long)p->values[i * p->sample_type_count + t]);
        }
        SAY(":");
        for (uint32_t k = p->loc_begin[i]; k < p->loc_begin[i + 1]; k++) {
            const struct pprof_line *l = &p->lines[p->locations[p->sample_locs[k]].line_begin];
            SAY(" %s", p->strings[p->functions[l->function].name].ptr);
            if (l->line) {
                SAY("@%s:%lld", p->strings[p->functions[l->function].filename].ptr,
                    (long long)l->line);
            }
        }
        for (uint32_t k = p->label_begin[i]; k < p->label_begin[i + 1]; k++) {
            const struct pprof_label *l = &p->labels[k];
            SAY(" {%s=", p->strings[l->key].ptr);
            if (l->str) {
                SAY("%s}", p->strings[l->str].ptr);
            } else {
                SAY("%lld %s}", (long long)l->num, p->strings[l->unit].ptr);
            }
        }
    }
#undef SAY
    pprof_profile_free(p);
    return out;
}

START_TEST(folded)
{
    ck_assert_str_eq(read_as(pp_folded_decode, "main;a b;c 2\nmain 1\nmain;a b;c 3\n\n"),
                     "samples | 5: c a b main | 1: main");
    ck_assert_str_eq(read_as(pp_folded_decode, "main;a;; 7"), "samples | 7: a main");
    ck_assert_str_eq(read_as(pp_folded_decode, "a -2\r\n"), "samples | -2: a");
    ck_assert_str_eq(read_as(pp_folded_decode, "main;a 2\nno number\n"), "-");
    ck_assert_str_eq(read_as(pp_folded_decode, "main;a 99999999999999999999\n"), "-");
    ck_assert_str_eq(read_as(pp_folded_decode, "12\n"), "-");
    ck_assert_str_eq(read_as(pp_folded_decode, ""), "-");
}
END_TEST

#define GO(n, state)                                                                               \
    "goroutine " n " [" state "]:\nmain.(*T).work(0xc0, {0x1, 0x2})\n\t/m.go:12 +0x1d\n"           \
    "main.main()\n\t/m.go:30 +0x11\ncreated by main.start in goroutine 1\n\t/m.go:7 +0x4c\n\n"

START_TEST(goroutine_dump)
{
    ck_assert_str_eq(read_as(pp_dump_decode, GO("1", "running") GO("7", "running")),
                     "goroutine | 2: main.(*T).work@/m.go:12 main.main@/m.go:30 {state=running}");
    ck_assert_str_eq(read_as(pp_dump_decode, GO("7", "chan receive, 2 minutes")),
                     "goroutine | 1: main.(*T).work@/m.go:12 main.main@/m.go:30 "
                     "{state=chan receive} {wait=2 minutes}");
    ck_assert_str_eq(read_as(pp_dump_decode, "goroutine profile: total 1\n"), "-");
    ck_assert_str_eq(read_as(pp_dump_decode, "goroutine 1 [running"), "-");
}
END_TEST

START_TEST(perf_script)
{
    ck_assert_str_eq(
        read_as(pp_perf_script_decode,
                "# a comment\n\n"
                "my app  4711/4713  [002]  12.345678:     250000 cpu-clock:ppp: \n"
                "\t           116a leaf(int)+0x25 (/bin/my app)\n"
                "\t           11b0 operator+ (/bin/my app)\n"
                "\t           27f0 [unknown] (/lib/libc.so.6)\n\n"
                "my app  4711 12.345679:     250000 cpu-clock:ppp: \n"
                "\t           116a leaf(int)+0x27 (/bin/my app)\n"
                "\t           11b0 operator+ (/bin/my app)\n"
                "\t           27f0 [unknown] (/lib/libc.so.6)\n"),
        "cpu-clock:ppp_sample cpu-clock:ppp_event | 2 500000: leaf(int) operator+ [libc.so.6] "
        "{comm=my app}");
    ck_assert_str_eq(read_as(pp_perf_script_decode,
                             "swapper     0 [000]  1.5: cycles: ffff81 idle+0x1 ([kernel.kallsyms])\n"
                             "sh    12 [001]  2.5:  7 faults:  55d0 [unknown] ([unknown])\n"),
                     "cycles_sample cycles_event faults_sample faults_event | 1 1 0 0: idle "
                     "{comm=swapper} | 0 0 1 7: [unknown] {comm=sh}");
    ck_assert_str_eq(read_as(pp_perf_script_decode, "main;a 1.5: 3\n"), "-");
    ck_assert_str_eq(read_as(pp_perf_script_decode, "x 1 2.5: cycles\n"), "-");
    ck_assert_str_eq(read_as(pp_perf_script_decode, ""), "-");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("stacks");
    TCase *t = tcase_create("stacks");
    tcase_add_test(t, folded);
    tcase_add_test(t, goroutine_dump);
    tcase_add_test(t, perf_script);
    suite_add_tcase(s, t);
    return s;
}

#include "check_main.h"
