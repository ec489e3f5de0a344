/* C++ and Rust names in three modes, heuristics for names that are readable already, hostile names. */
#include "tool/symbolize/demangle.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct pp_arena arena;
static struct pp_buf out;

static void set_up(void)
{
    pp_arena_init(&arena, 0);
    pp_buf_init(&out, &arena);
}

static void tear_down(void)
{
    pp_arena_release(&arena);
}

/* NULL: as in the mode before. */
static const struct {
    const char *name, *plain, *templates, *full;
} names[] = {
    {"_ZN2ns5Class3addEi", "ns::Class::add", NULL, "ns::Class::add(int)"},
    {"_ZNSt6vectorIiSaIiEE9push_backERKi", "std::vector::push_back",
     "std::vector<int, std::allocator<int> >::push_back",
     "std::vector<int, std::allocator<int> >::push_back(int const&)"},
    {"_ZN12_GLOBAL__N_11fIiEEvT_", "(anonymous namespace)::f", "(anonymous namespace)::f<int>",
     "void (anonymous namespace)::f<int>(int)"},
    {"_ZNK1a1bEv", "a::b", NULL, "a::b() const"},
    {"_ZN1alsERKS_", "a::operator<<", NULL, "a::operator<<(a const&)"},
    {"_ZN1altEi", "a::operator<", NULL, "a::operator<(int)"},
    {"_ZN1aptEv", "a::operator->", NULL, "a::operator->()"},
    {"_ZN1aclEi", "a::operator()", NULL, "a::operator()(int)"},
    {"_ZNK1acvSt6vectorIiSaIiEEEv", "a::operator std::vector",
     "a::operator std::vector<int, std::allocator<int> >",
     "a::operator std::vector<int, std::allocator<int> >() const"},
    {"_ZNK1AcvPFviEEv", "A::operator void (*)(int)", NULL, "A::operator void (*)(int)() const"},
    {"_ZN1AcvM1BFvvEEv", "A::operator void (B::*)()", NULL, "A::operator void (B::*)()()"},
    {"_ZN1AcvRA3_iEv", "A::operator int (&) [3]", NULL, "A::operator int (&) [3]()"},
    {"_ZN1AcvPFPFilEcEEv", "A::operator int (*(*)(char))(long)", NULL,
     "A::operator int (*(*)(char))(long)()"},
    {"_ZN12_GLOBAL__N_11RcvNS_1QEEv", "(anonymous namespace)::R::operator (anonymous namespace)::Q",
     NULL, "(anonymous namespace)::R::operator (anonymous namespace)::Q()"},
    {"_ZN1AdlEPv", "A::operator delete", NULL, "A::operator delete(void*)"},
    {"_ZZN1a1bIiEEvT_ENKUliE0_clEi", "a::b()::{lambda(int)#2}::operator()",
     "a::b<int>()::{lambda(int)#2}::operator()",
     "a::b<int>(int)::{lambda(int)#2}::operator()(int) const"},
    {"_ZZNK1a1bIiEEvT_ENKUliE_clEi", "a::b() const::{lambda(int)#1}::operator()",
     "a::b<int>() const::{lambda(int)#1}::operator()",
     "a::b<int>(int) const::{lambda(int)#1}::operator()(int) const"},
    {"_ZZNKR1a1bEvE5count", "a::b() const &::count", NULL, NULL},
    {"_Z1gIZNK1a1bEiEUlvE_EvT_", "g", "g<a::b() const::{lambda()#1}>",
     "void g<a::b(int) const::{lambda()#1}>(a::b(int) const::{lambda()#1})"},
    {"_Z1fIiEPFvcET_", "f", "f<int>", "void (*f<int>(int))(char)"},
    {"_ZN1aIiED0Ev", "a::~a", "a<int>::~a", "a<int>::~a()"},
    {"_Z3foov.isra.0", "foo", NULL, "foo()"},
    {"_ZThn16_N1a1bEi", "non-virtual thunk to a::b(int)", NULL, NULL},
    {"_ZTV1a", "vtable for a", NULL, NULL},
    {"_ZN1a1bB5cxx11Ev", "a::b[abi:cxx11]", NULL, "a::b[abi:cxx11]()"},
    {"_RNvNtCs1_4core3fmt5write", "core::fmt::write", NULL, NULL},
    {"_RINvNtCs1_4core3ptr13drop_in_placeNtNtCs2_5alloc6string6StringECs3_1t",
     "core::ptr::drop_in_place::<>", "core::ptr::drop_in_place::<alloc::string::String>", NULL},
    {"_RNvXs_Cs1_1tNtB4_1SNtNtCs2_4core3fmt5Debug3fmt", "<t::S as core::fmt::Debug>::fmt", NULL, NULL},
    {"_RNCNvCs1_1t4main0", "t::main::{closure#0}", NULL, NULL},
    {"_RNCNvCs1_1t4mains_0", "t::main::{closure#1}", NULL, NULL},
    {"_RINvCs1_1t1fTjRShEE", "t::f::<>", "t::f::<(usize, &[u8])>", NULL},
    {"_RINvCs1_1t1fAhj3_E", "t::f::<>", "t::f::<[u8; 3]>", NULL},
    {"_RINvCs1_1t1fKb1_Kc41_Kanff_E", "t::f::<>", "t::f::<true, 'A', -255>", NULL},
    {"_RINvCs1_1t1fDNtB2_1TEL_E", "t::f::<>", "t::f::<dyn t::T>", NULL},
    {"_RINvCs1_1t1fFUKCjEuE", "t::f::<>", "t::f::<unsafe extern \"C\" fn(usize)>", NULL},
    {"_RNvCs1_1tu9gre_6ka8i", "t::gr\303\266\303\237e", NULL, NULL},
    {"_ZN4core3fmt5write17h0123456789abcdefE", "core::fmt::write", NULL, NULL},
    {"_ZN3std3sys9backtrace28__rust_begin_short_backtrace17h0123456789abcdefE",
     "std::sys::backtrace::_rust_begin_short_backtrace", NULL, NULL},
    {"_ZN42_$LT$$RF$T$u20$as$u20$core..fmt..Debug$GT$3fmt17h8256463f4943e3a8E",
     "<&T as core::fmt::Debug>::fmt", NULL, NULL},
};

START_TEST(test_modes)
{
    const char *plain = names[_i].plain;
    const char *templates = names[_i].templates ? names[_i].templates : plain;
    const char *full = names[_i].full ? names[_i].full : templates;
    ck_assert_msg(pp_demangle(&out, names[_i].name, PP_DEMANGLE_DEFAULT), "%s", names[_i].name);
    ck_assert_str_eq(out.data, plain);
    ck_assert(pp_demangle(&out, names[_i].name, PP_DEMANGLE_TEMPLATES));
    ck_assert_str_eq(out.data, templates);
    ck_assert(pp_demangle(&out, names[_i].name, PP_DEMANGLE_FULL));
    ck_assert_str_eq(out.data, full);
    ck_assert(!pp_demangle(&out, names[_i].name, PP_DEMANGLE_NONE));
}
END_TEST

START_TEST(test_not_mangled)
{
    static const char *const plain[] = {"", "_", "main", "_start", "_Z", "_R", "_RX", "_ZN", "__libc_start_main",
                                        "main.foo", "_ZN3foo", "_ZN4core17h0000000000000000"};
    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
        bool done = pp_demangle(&out, plain[i], PP_DEMANGLE_DEFAULT);
        ck_assert_msg(!done, "%s became %s", plain[i], out.data);
    }
}
END_TEST

START_TEST(test_function_names)
{
    static const struct {
        const char *name, *wanted;
    } cases[] = {
        {"__ZN1a1bEv", "a::b"},
        {"a::b(int, c<d>)", "a::b"},
        {"std::vector<int>::push_back", "std::vector::push_back"},
        {"f<(a<b>)>", "f"},
        {"Class.<init>", NULL},
        {"pkg.(*T[...]).Method", NULL},
        {"main.main", NULL},
        {"runtime.mallocgc", NULL},
        {"a::b)(", NULL},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        bool changed = pp_demangle_function(&out, cases[i].name, PP_DEMANGLE_DEFAULT);
        ck_assert_msg(changed == (cases[i].wanted != NULL), "%s", cases[i].name);
        if (changed) {
            ck_assert_str_eq(out.data, cases[i].wanted);
        }
    }
    ck_assert(pp_demangle_function(&out, "a<b>::c(int)", PP_DEMANGLE_TEMPLATES));
    ck_assert_str_eq(out.data, "a<b>::c");
    ck_assert(!pp_demangle_function(&out, "a<b>::c(int)", PP_DEMANGLE_FULL));
}
END_TEST

/* Names that double with each back reference, and names that nest without end. */
START_TEST(test_explosions)
{
    static char name[20000];
    size_t n = (size_t)snprintf(name, sizeof(name), "_Z1fSt4pairI");
    for (int i = 0; i < 3000; i++) {
        n += (size_t)snprintf(name + n, sizeof(name) - n, "S_IS_");
    }
    (void)pp_demangle(&out, name, PP_DEMANGLE_FULL);
    ck_assert_uint_lt(out.len, 1 << 17);
    n = (size_t)snprintf(name, sizeof(name), "_RINvC1a1b");
    for (int i = 0; i < 60; i++) { /* each tuple holds the one before twice */
        n += (size_t)snprintf(name + n, sizeof(name) - n, i ? "TB%c_B%c_E" : "ThhE", 'a', 'a');
    }
    (void)pp_demangle(&out, name, PP_DEMANGLE_FULL);
    memset(name, 'R', sizeof(name) - 1);
    memcpy(name, "_RINvC1a1b", 10);
    ck_assert(!pp_demangle(&out, name, PP_DEMANGLE_FULL));
    memset(name, 'P', sizeof(name) - 1);
    memcpy(name, "_Z1f", 4);
    (void)pp_demangle(&out, name, PP_DEMANGLE_FULL);
}
END_TEST

/* Every prefix of every name, and names with one byte changed: no crash, no reading past the end. */
START_TEST(test_damaged)
{
    uint32_t seed = 1;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        size_t len = strlen(names[i].name);
        for (size_t cut = 0; cut < 4 * len; cut++) {
            char *copy = strdup(names[i].name);
            seed = seed * 1103515245u + 12345u;
            if (cut < len) {
                copy[cut] = '\0';
            } else {
                copy[seed % len] = (char)(' ' + (seed >> 16) % 95);
            }
            for (int mode = 0; mode < 3; mode++) {
                bool done = pp_demangle_function(&out, copy, (enum pp_demangle_mode)mode);
                ck_assert(!done || out.len > 0);
            }
            free(copy);
        }
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *made = suite_create("demangle");
    TCase *tcase = tcase_create("names");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, test_modes, 0, (int)(sizeof(names) / sizeof(names[0])));
    tcase_add_test(tcase, test_not_mangled);
    tcase_add_test(tcase, test_function_names);
    tcase_add_test(tcase, test_explosions);
    tcase_add_test(tcase, test_damaged);
    suite_add_tcase(made, tcase);
    return made;
}

#include "check_main.h"
