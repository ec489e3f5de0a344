/* Every endpoint through pprof_handle: status, headers and texts as Go 1.27 has them; custom
 * profiles, files, the encoder. */
#include "base/sys.h"
#include "pprof/pprof.h"
#include "pprof/profile.h"
#include "runtime/capture/custom.h"
#include "runtime/capture/heap.h"
#include "runtime/capture/kind.h"
#include "runtime/serve/encode.h"
#include "runtime/serve/maps.h"
#include "runtime/serve/serve.h"

#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- asking --------------------------------------------------------------------------------- */

struct answer {
    struct pprof_response response;
    char type[64], disposition[128], location[256], allow[64];
    size_t len, calls;
    char body[1 << 20];
};

static void copy_text(char *to, size_t cap, const char *from)
{
    snprintf(to, cap, "%s", from ? from : "(none)");
}

static int take(void *ctx, const struct pprof_response *response, const void *data, size_t len)
{
    struct answer *answer = ctx;
    answer->response = *response;
    copy_text(answer->type, sizeof(answer->type), response->content_type);
    copy_text(answer->disposition, sizeof(answer->disposition), response->content_disposition);
    copy_text(answer->location, sizeof(answer->location), response->location);
    copy_text(answer->allow, sizeof(answer->allow), response->allow);
    ck_assert_uint_lt(answer->len + len, sizeof(answer->body));
    memcpy(answer->body + answer->len, data, len);
    answer->len += len;
    answer->body[answer->len] = '\0';
    answer->calls++;
    return 0;
}

static struct answer got;

static void ask_request(const struct pprof_request *request)
{
    memset(&got, 0, sizeof(got));
    ck_assert_int_eq(pprof_handle(request, take, &got), 0);
    ck_assert_uint_ge(got.calls, 1);
    ck_assert_uint_eq(got.len, got.response.content_length);
}

static void ask(const char *path, const char *query)
{
    struct pprof_request request = { .method = "GET", .path = path, .query = query };
    ask_request(&request);
}

#define PLAIN "text/plain; charset=utf-8"

static void ck_error(int status, const char *text)
{
    ck_assert_str_eq(got.body, text);
    ck_assert_int_eq(got.response.status, status);
    ck_assert_str_eq(got.type, PLAIN);
    ck_assert_str_eq(got.disposition, "(none)");
    ck_assert(got.response.is_error);
}

static struct pprof_profile *ck_profile(const char *disposition)
{
    struct pprof_profile *profile = NULL;
    struct pprof_error error = { 0 };
    ck_assert_msg(got.response.status == 200, "%d %s", got.response.status, got.body);
    ck_assert_str_eq(got.type, "application/octet-stream");
    ck_assert_str_eq(got.disposition, disposition);
    ck_assert(!got.response.is_error);
    int failed = pprof_profile_read(got.body, got.len, NULL, &profile, &error);
    ck_assert_msg(failed == 0, "%s", error.detail);
    return profile;
}

static const char *text_of(const struct pprof_profile *profile, uint32_t string)
{
    return profile->strings[string].ptr;
}

static void ck_types(const struct pprof_profile *profile, const char *wanted)
{
    char types[256] = "";
    for (size_t i = 0; i < profile->sample_type_count; i++) {
        strcat(types, text_of(profile, profile->sample_types[i].type));
        strcat(types, "/");
        strcat(types, text_of(profile, profile->sample_types[i].unit));
        strcat(types, " ");
    }
    strcat(types, text_of(profile, profile->period_type.type));
    strcat(types, "/");
    strcat(types, text_of(profile, profile->period_type.unit));
    ck_assert_str_eq(types, wanted);
}

static bool has_function(const struct pprof_profile *profile, const char *name)
{
    for (size_t i = 0; i < profile->function_count; i++) {
        if (strcmp(text_of(profile, profile->functions[i].name), name) == 0) {
            return true;
        }
    }
    return false;
}

/* ---- pages and texts ------------------------------------------------------------------------ */

START_TEST(index_has_gos_skeleton)
{
    ask("/debug/pprof/", NULL);
    ck_assert_int_eq(got.response.status, 200);
    ck_assert_str_eq(got.type, "text/html; charset=utf-8");
    static const char head[] =
        "<html>\n<head>\n<title>/debug/pprof/</title>\n<style>\n.profile-name{\n"
        "\tdisplay:inline-block;\n\twidth:6rem;\n}\n</style>\n</head>\n<body>\n"
        "/debug/pprof/\n<br>\n"
        "<p>Set debug=1 as a query parameter to export in legacy text format</p>\n<br>\n"
        "Types of profiles available:\n<table>\n<thead><td>Count</td><td>Profile</td></thead>\n"
        "<tr><td>";
    ck_assert_int_eq(strncmp(got.body, head, sizeof(head) - 1), 0);
    ck_assert_ptr_nonnull(strstr(got.body, "</table>\n<a href=\"goroutine?debug=2\">full goroutine "
                                           "stack dump</a>\n<br>\n<p>\nProfile Descriptions:\n"
                                           "<ul>\n<li><div class=profile-name>allocs: </div> "));
    ck_assert_ptr_nonnull(strstr(got.body, "</li>\n</ul>\n</p>\n"));
    ck_assert_str_eq(got.body + got.len - 15, "</body>\n</html>");
    ck_assert_ptr_nonnull(strstr(got.body, "<a href=\"self\">"));
}
END_TEST

START_TEST(index_rows_are_sorted)
{
    static const char *const names[] = { "allocs", "cmdline", "goroutine", "heap",
                                         "mine",   "profile", "symbol",    "threadcreate" };
    struct pprof_custom *mine = pprof_custom_new("mine");
    ck_assert_int_eq(pprof_custom_add(mine, &got, 0), 0);
    ask("/debug/pprof/", NULL);
    const char *at = got.body;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char link[64];
        snprintf(link, sizeof(link), "<a href='%s?debug=1'>%s</a></td></tr>\n", names[i], names[i]);
        at = strstr(at, link);
        ck_assert_msg(at != NULL, "%s is missing or out of order:\n%s", names[i], got.body);
    }
    ck_assert_ptr_nonnull(strstr(got.body, "<tr><td>1</td><td><a href='mine?debug=1'>"));
    ck_assert_ptr_nonnull(strstr(got.body, "<tr><td>0</td><td><a href='cmdline?debug=1'>"));
}
END_TEST

START_TEST(cmdline_is_joined_by_nul)
{
    char wanted[4096];
    ssize_t len = pp_sys_read_file("/proc/self/cmdline", wanted, sizeof(wanted));
    ask("/debug/pprof/cmdline", NULL);
    ck_assert_int_eq(got.response.status, 200);
    ck_assert_str_eq(got.type, PLAIN);
    ck_assert_uint_eq(got.len, (size_t)len - 1);
    ck_assert_mem_eq(got.body, wanted, got.len);
}
END_TEST

/* Not static: it must have a name in the symbol table whatever the compiler inlines. */
__attribute__((noinline)) int serve_test_marker(int x);
__attribute__((noinline)) int serve_test_marker(int x)
{
    return x * 3 + (int)got.len;
}

START_TEST(symbol_names_functions)
{
    char query[128], wanted[256];
    uintptr_t pc = (uintptr_t)serve_test_marker + 1;
    snprintf(query, sizeof(query), "junk+0x%lx+%lu+0x10+", (unsigned long)pc, (unsigned long)pc);
    snprintf(wanted, sizeof(wanted),
             "num_symbols: 1\n0x%lx serve_test_marker\n0x%lx serve_test_marker\n",
             (unsigned long)pc, (unsigned long)pc);
    ask("/debug/pprof/symbol", query);
    ck_assert_int_eq(got.response.status, 200);
    ck_assert_str_eq(got.type, PLAIN);
    ck_assert_str_eq(got.body, wanted);
    struct pprof_request post = { .method = "POST", .path = "/debug/pprof/symbol", .body = query,
                                  .body_len = strlen(query) };
    ask_request(&post);
    ck_assert_str_eq(got.body, wanted);
    ask("/debug/pprof/symbol", NULL);
    ck_assert_str_eq(got.body, "num_symbols: 1\n");
}
END_TEST

START_TEST(self_page_tells_of_itself)
{
    ask("/debug/pprof/self", NULL);
    ck_assert_int_eq(got.response.status, 200);
    ck_assert_str_eq(got.type, PLAIN);
    ck_assert_ptr_nonnull(strstr(got.body, "profiling is on\n"));
    ck_assert_ptr_nonnull(strstr(got.body, "walks that lost their callers"));
}
END_TEST

/* ---- paths and methods ---------------------------------------------------------------------- */

static const struct {
    const char *path, *query, *location;
} moved[] = {
    { "/", NULL, "/debug/pprof/" },
    { "/debug/pprof", NULL, "/debug/pprof/" },
    { "/debug/pprof//heap", "debug=1", "/debug/pprof/heap?debug=1" },
    { "/debug/pprof/./x/../heap", NULL, "/debug/pprof/heap" },
    { "/admin/debug/pprof", NULL, "/admin/debug/pprof/" },
    { "//evil.example", NULL, "/evil.example" },
    { "/a\r\nSet-Cookie: x//", NULL, "/a%0D%0ASet-Cookie:%20x/" },
    { "/..", NULL, "/" },
};

START_TEST(unclean_paths_are_redirected)
{
    for (size_t i = 0; i < sizeof(moved) / sizeof(moved[0]); i++) {
        ask(moved[i].path, moved[i].query);
        ck_assert_msg(got.response.status == 307, "%s: %d", moved[i].path, got.response.status);
        ck_assert_str_eq(got.location, moved[i].location);
        ck_assert_str_eq(got.type, "text/html; charset=utf-8");
    }
    ask("/debug/pprof", NULL);
    ck_assert_str_eq(got.body, "<a href=\"/debug/pprof/\">Temporary Redirect</a>.\n\n");
}
END_TEST

START_TEST(unknown_things_are_404)
{
    static const char *const names[] = { "nothing", "trace/x", "heap/", "HEAP", "cmdline/x" };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char path[64];
        snprintf(path, sizeof(path), "/debug/pprof/%s", names[i]);
        ask(path, "seconds=x&debug=1");
        ck_error(404, "Unknown profile\n");
    }
    ask("/favicon.ico", NULL);
    ck_assert_int_eq(got.response.status, 404);
    ck_assert_str_eq(got.body, "404 page not found\n");
    ck_assert(!got.response.is_error);
}
END_TEST

START_TEST(other_methods_are_405)
{
    struct pprof_request post = { .method = "POST", .path = "/debug/pprof/heap" };
    ask_request(&post);
    ck_assert_int_eq(got.response.status, 405);
    ck_assert_str_eq(got.allow, "GET, HEAD");
    ck_assert_str_eq(got.body, "Method Not Allowed\n");
    ck_assert(!got.response.is_error);
    struct pprof_request head = { .method = "HEAD", .path = "/debug/pprof/cmdline" };
    ask_request(&head);
    ck_assert_int_eq(got.response.status, 200);
}
END_TEST

START_TEST(mounts_elsewhere_work)
{
    ask("/admin/debug/pprof/cmdline", NULL);
    ck_assert_int_eq(got.response.status, 200);
    ask("/debug/pprof/debug/pprof/cmdline", NULL);
    ck_assert_int_eq(got.response.status, 200);
}
END_TEST

/* ---- profiles ------------------------------------------------------------------------------- */

static void *volatile kept[64];

__attribute__((noinline)) void serve_test_allocate(void);
void serve_test_allocate(void)
{
    for (int i = 0; i < 64; i++) {
        kept[i] = malloc(1 << 20);
    }
}

START_TEST(heap_is_as_gos)
{
    serve_test_allocate();
    ask("/debug/pprof/heap", "gc=1&debug=junk");
    static const unsigned char header[10] = { 0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 0xff };
    ck_assert_mem_eq(got.body, header, sizeof(header));
    struct pprof_profile *profile = ck_profile("attachment; filename=\"heap\"");
    ck_types(profile, "alloc_objects/count alloc_space/bytes inuse_objects/count inuse_space/bytes "
                      "space/bytes");
    ck_assert_int_eq(profile->period, 524288);
    ck_assert_uint_eq(profile->default_sample_type, 0);
    ck_assert_int_gt(profile->time_nanos, 0);
    ck_assert(has_function(profile, "serve_test_allocate"));
    ck_assert_uint_ge(profile->mapping_count, 1);
    ck_assert_ptr_nonnull(strstr(text_of(profile, profile->mappings[0].filename), "runtime_serve"));
    ck_assert(!profile->mappings[0].has_functions);
    pprof_profile_free(profile);
    ask("/debug/pprof/allocs", NULL);
    profile = ck_profile("attachment; filename=\"allocs\"");
    ck_assert_str_eq(text_of(profile, profile->default_sample_type), "alloc_space");
    pprof_profile_free(profile);
}
END_TEST

START_TEST(heap_bytes_label_is_the_size)
{
    serve_test_allocate();
    ask("/debug/pprof/heap", NULL);
    struct pprof_profile *profile = ck_profile("attachment; filename=\"heap\"");
    bool found = false;
    for (size_t i = 0; i < profile->label_begin[profile->sample_count]; i++) {
        const struct pprof_label *label = &profile->labels[i];
        found |= strcmp(text_of(profile, label->key), "bytes") == 0 && label->num == 1 << 20;
    }
    ck_assert(found);
    pprof_profile_free(profile);
}
END_TEST

static const struct {
    const char *name, *query;
    bool is_text_type, is_gzip;
} debug_forms[] = {
    { "heap", "debug=1", true, false },       { "heap", "debug=-1", true, false },
    { "allocs", "debug=2", true, false },     { "threadcreate", "debug=1", true, false },
    { "threadcreate", "debug=-1", true, true }, { "threadcreate", "debug=0", false, true },
    { "goroutine", "debug=1", true, false },  { "goroutine", "debug=2", true, false },
    { "goroutine", "debug=-7", true, true },  { "goroutine", "debug=99999999999", true, false },
    { "heap", "debug=1x", false, true },
};

START_TEST(debug_chooses_type_and_form)
{
    for (size_t i = 0; i < sizeof(debug_forms) / sizeof(debug_forms[0]); i++) {
        char path[64];
        snprintf(path, sizeof(path), "/debug/pprof/%s", debug_forms[i].name);
        ask(path, debug_forms[i].query);
        ck_assert_int_eq(got.response.status, 200);
        bool is_gzip = got.len > 2 && (unsigned char)got.body[0] == 0x1f;
        const char *type = debug_forms[i].is_text_type ? PLAIN : "application/octet-stream";
        ck_assert_msg(strcmp(got.type, type) == 0, "%s?%s: %s", path, debug_forms[i].query,
                      got.type);
        ck_assert_msg(is_gzip == debug_forms[i].is_gzip, "%s?%s", path, debug_forms[i].query);
    }
}
END_TEST

START_TEST(count_profiles_have_one_value)
{
    ask("/debug/pprof/threadcreate", NULL);
    struct pprof_profile *profile = ck_profile("attachment; filename=\"threadcreate\"");
    ck_types(profile, "threadcreate/count threadcreate/count");
    ck_assert_int_eq(profile->period, 1);
    pprof_profile_free(profile);
    ask("/debug/pprof/goroutine", NULL);
    profile = ck_profile("attachment; filename=\"goroutine\"");
    ck_types(profile, "goroutine/count goroutine/count");
    pprof_profile_free(profile);
}
END_TEST

START_TEST(delta_errors_come_in_gos_order)
{
    pprof_custom_new("nodelta");
    ask("/debug/pprof/heap", "seconds=x&debug=1");
    ck_error(400, "invalid value for \"seconds\" - must be a positive integer\n");
    ask("/debug/pprof/nodelta", "seconds=0");
    ck_error(400, "invalid value for \"seconds\" - must be a positive integer\n");
    ask("/debug/pprof/nodelta", "seconds=1&debug=1");
    ck_error(400, "\"seconds\" parameter is not supported for this profile type\n");
    ask("/debug/pprof/heap", "seconds=1&debug=1");
    ck_error(400, "seconds and debug params are incompatible\n");
    ask("/debug/pprof/heap", "seconds=99999999999999999999");
    ck_error(400, "invalid value for \"seconds\" - must be a positive integer\n");
    ask("/debug/pprof/heap", "seconds=&debug=0");
    pprof_profile_free(ck_profile("attachment; filename=\"heap\""));
}
END_TEST

static void *allocate_now(void *arg)
{
    serve_test_allocate();
    return arg;
}

/* Asked between the two moments whether the client has left: the first time something comes. */
static int allocate_meanwhile(void *ctx)
{
    pthread_t thread;
    if ((*(int *)ctx)++ == 0 && pthread_create(&thread, NULL, allocate_now, NULL) == 0) {
        pthread_join(thread, NULL);
    }
    return 0;
}

START_TEST(delta_shows_what_came_between)
{
    int calls = 0;
    struct pprof_request request = { .method = "GET", .path = "/debug/pprof/heap",
                                     .query = "seconds=1", .canceled = allocate_meanwhile,
                                     .canceled_ctx = &calls };
    int64_t begin = pp_sys_monotonic_ns();
    ask_request(&request);
    ck_assert_int_ge(pp_sys_monotonic_ns() - begin, 1000000000);
    struct pprof_profile *profile = ck_profile("attachment; filename=\"heap-delta\"");
    ck_assert_int_gt(profile->duration_nanos, 900000000);
    ck_assert(has_function(profile, "serve_test_allocate"));
    pprof_profile_free(profile);
}
END_TEST

static int cancel_at_third(void *ctx)
{
    return ++*(int *)ctx >= 3;
}

START_TEST(a_client_that_left_ends_the_wait)
{
    int calls = 0;
    struct pprof_request request = { .method = "GET", .path = "/debug/pprof/heap",
                                     .query = "seconds=20", .canceled = cancel_at_third,
                                     .canceled_ctx = &calls };
    ask_request(&request);
    ck_error(500, "context canceled\n");
    calls = 0;
    request.path = "/debug/pprof/profile";
    ask_request(&request);
    ck_error(500, "context canceled\n");
    ask("/debug/pprof/profile", "seconds=1");
    pprof_profile_free(ck_profile("attachment; filename=\"profile\""));
}
END_TEST

static volatile uint64_t sink;

/* CPU time of the calling thread. */
static int64_t cpu_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

__attribute__((noinline)) void serve_test_spin(int64_t ns);
void serve_test_spin(int64_t ns)
{
    int64_t end = cpu_ns() + ns;
    while (cpu_ns() < end) {
        for (int i = 0; i < 100000; i++) {
            sink += (uint64_t)i * sink;
        }
    }
}

static void *spin(void *arg)
{
    (void)arg;
    serve_test_spin(1500000000);
    return NULL;
}

START_TEST(cpu_profile_finds_the_spinner)
{
    pthread_t thread;
    pthread_create(&thread, NULL, spin, NULL);
    ask("/debug/pprof/profile", "seconds=1");
    pthread_join(thread, NULL);
    struct pprof_profile *profile = ck_profile("attachment; filename=\"profile\"");
    ck_types(profile, "samples/count cpu/nanoseconds cpu/nanoseconds");
    ck_assert_int_eq(profile->period, 10000000);
    ck_assert_int_gt(profile->duration_nanos, 900000000);
    ck_assert(has_function(profile, "serve_test_spin"));
    pprof_profile_free(profile);
}
END_TEST

START_TEST(a_second_cpu_profile_is_refused)
{
    FILE *file = tmpfile();
    ck_assert_int_eq(pprof_cpu_start(fileno(file), NULL), 0);
    ck_assert_int_eq(pprof_cpu_start(fileno(file), NULL), PPROF_ERR_BUSY);
    ask("/debug/pprof/profile", "seconds=1");
    ck_error(500, "Could not enable CPU profiling: cpu profiling already in use\n");
    serve_test_spin(200000000);
    ck_assert_int_eq(pprof_cpu_stop(), 0);
    ck_assert_int_eq(pprof_cpu_stop(), PPROF_ERR_OFF);
    got.len = (size_t)pread(fileno(file), got.body, sizeof(got.body), 0);
    struct pprof_profile *profile;
    ck_assert_int_eq(pprof_profile_read(got.body, got.len, NULL, &profile, NULL), 0);
    ck_assert(has_function(profile, "serve_test_spin"));
    pprof_profile_free(profile);
    fclose(file);
}
END_TEST

START_TEST(switched_off_answers_503)
{
    ck_assert(pprof_enable(false));
    ask("/debug/pprof/heap", NULL);
    ck_assert_int_eq(got.response.status, 503);
    ck_assert(got.response.is_error);
    ask("/debug/pprof/self", NULL);
    ck_assert_ptr_nonnull(strstr(got.body, "profiling is off"));
    ck_assert_int_eq(pprof_cpu_start(1, NULL), PPROF_ERR_OFF);
    ck_assert(!pprof_enable(true));
    ask("/debug/pprof/heap", NULL);
    ck_assert_int_eq(got.response.status, 200);
}
END_TEST

START_TEST(switched_on_samples_at_once)
{
    static void *(*volatile allocate)(size_t) = malloc;
    struct pp_heap_stats before, after;
    size_t rate = pprof_heap_rate(1);
    pprof_enable(false);
    free(allocate(100)); /* notices that it is off, and would look again after a MiB */
    pp_heap_stats(&before);
    pprof_enable(true);
    free(allocate(100));
    pp_heap_stats(&after);
    pprof_heap_rate(rate);
    ck_assert_uint_eq(after.samples, before.samples + 1);
}
END_TEST

START_TEST(profiles_are_written_to_descriptors)
{
    FILE *file = tmpfile();
    ck_assert_int_eq(pprof_write("nothing", fileno(file), 0), PPROF_ERR_UNKNOWN);
    ck_assert_int_eq(pprof_write(NULL, fileno(file), 0), PPROF_ERR_UNKNOWN);
    ck_assert_int_eq(pprof_write("heap", -1, 0), PPROF_ERR_SYSTEM);
    ck_assert_int_eq(pprof_write("heap", fileno(file), 1), 0);
    ssize_t len = pread(fileno(file), got.body, sizeof(got.body) - 1, 0);
    ck_assert_int_gt(len, 0);
    ck_assert_int_eq(strncmp(got.body, "heap profile: ", 14), 0);
    fclose(file);
}
END_TEST

/* ---- custom profiles ------------------------------------------------------------------------ */

__attribute__((noinline)) int serve_test_open(struct pprof_custom *custom, const void *thing);
int serve_test_open(struct pprof_custom *custom, const void *thing)
{
    int result = pprof_custom_add(custom, thing, 0);
    sink++;
    return result;
}

#ifdef PPROF_SMALL
enum { THINGS = 8 };
#else
enum { THINGS = 100 };
#endif

START_TEST(custom_profiles_come_and_go)
{
    static const char things[THINGS];
    char total[64];
    struct pprof_custom *conns = pprof_custom_new("conns");
    ck_assert_ptr_nonnull(conns);
    ck_assert_ptr_eq(pprof_custom_find("conns"), conns);
    ck_assert_ptr_null(pprof_custom_find("cons"));
    ck_assert_ptr_null(pprof_custom_new("conns"));
    for (int i = 0; i < THINGS; i++) {
        ck_assert_int_eq(serve_test_open(conns, &things[i]), 0);
    }
    ck_assert_int_eq(serve_test_open(conns, &things[7]), PPROF_ERR_EXISTS);
    for (int i = 0; i < THINGS; i += 2) {
        pprof_custom_remove(conns, &things[i]);
        pprof_custom_remove(conns, &things[i]);
    }
    ck_assert_uint_eq(pprof_custom_count(conns), THINGS / 2);
    ck_assert_int_eq(serve_test_open(conns, &things[7]), PPROF_ERR_EXISTS);
    ask("/debug/pprof/conns", NULL);
    struct pprof_profile *profile = ck_profile("attachment; filename=\"conns\"");
    ck_types(profile, "conns/count conns/count");
    ck_assert(has_function(profile, "serve_test_open"));
    int64_t sum = 0;
    for (size_t i = 0; i < profile->sample_count; i++) {
        sum += profile->values[i];
    }
    ck_assert_int_eq(sum, THINGS / 2);
    pprof_profile_free(profile);
    ask("/debug/pprof/conns", "debug=1");
    snprintf(total, sizeof(total), "conns profile: total %d\n", THINGS / 2);
    ck_assert_int_eq(strncmp(got.body, total, strlen(total)), 0);
}
END_TEST

START_TEST(custom_names_are_checked)
{
    static const char *const bad[] = { "", "a b", "a/b", "heap", "cmdline", "profile", "symbol",
                                       "self", "trace", "\xc3\xa9", "<b>" };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        ck_assert_ptr_null(pprof_custom_new(bad[i]));
    }
    char name[80];
    memset(name, 'a', sizeof(name));
    name[64] = '\0';
    ck_assert_ptr_null(pprof_custom_new(name));
    for (int i = 0; i < 64; i++) {
        snprintf(name, sizeof(name), "c%d", i);
        ck_assert_ptr_nonnull(pprof_custom_new(name));
    }
    ck_assert_ptr_null(pprof_custom_new("onemore"));
    ck_assert_int_eq(pprof_custom_add(NULL, name, 0), PPROF_ERR_INVALID);
    ask("/debug/pprof/", NULL);
    ck_assert_ptr_nonnull(strstr(got.body, "'c63?debug=1'"));
}
END_TEST

START_TEST(a_full_custom_profile_is_counted)
{
    struct pprof_custom *full = pprof_custom_new("full");
    struct pp_custom_stats stats;
    uintptr_t at = 1;
    while (pprof_custom_add(full, (void *)at, 0) == 0) {
        at++;
    }
    ck_assert_uint_ge(pprof_custom_count(full), 8);
    ck_assert_int_eq(pprof_custom_add(full, NULL, 0), PPROF_ERR_LIMIT);
    pp_custom_stats(&stats);
    ck_assert_uint_eq(stats.lost, 2);
    for (uintptr_t i = 1; i < at; i++) {
        pprof_custom_remove(full, (void *)i);
    }
    ck_assert_uint_eq(pprof_custom_count(full), 0);
    ck_assert_int_eq(pprof_custom_add(full, NULL, 0), 0);
}
END_TEST

/* ---- parts ---------------------------------------------------------------------------------- */

static const struct {
    const char *text;
    bool ok;
    int64_t value;
} numbers[] = {
    { "0", true, 0 }, { "+5", true, 5 }, { "-5", true, -5 }, { "", false, 0 }, { "-", false, 0 },
    { "5x", false, 0 }, { " 5", false, 0 }, { "9223372036854775807", true, INT64_MAX },
    { "9223372036854775808", false, INT64_MAX }, { "-9223372036854775808", true, INT64_MIN },
    { "-9223372036854775809", false, INT64_MIN }, { "99999999999999999999999x", false, 0 },
};

START_TEST(numbers_parse_as_gos)
{
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        int64_t value = 77;
        ck_assert_msg(pp_call_parse_int(numbers[i].text, &value) == numbers[i].ok, "%s",
                      numbers[i].text);
        if (numbers[i].ok || numbers[i].value) {
            ck_assert_int_eq(value, numbers[i].value);
        }
    }
}
END_TEST

START_TEST(maps_hold_this_code)
{
    struct pp_arena arena;
    struct pp_maps maps;
    pp_arena_init(&arena, 0);
    pp_maps_read(&arena, &maps);
    const struct pp_map *mine = pp_maps_find(&maps, (uintptr_t)serve_test_marker);
    ck_assert_ptr_nonnull(mine);
    ck_assert_ptr_eq(mine, &maps.items[maps.program]);
    ck_assert_ptr_null(pp_maps_find(&maps, (uintptr_t)&got));
    ck_assert_ptr_null(pp_maps_find(&maps, 0));
    pp_arena_release(&arena);
}
END_TEST

/* 100,000 records over 20,000 stacks and as many locations: seconds of CPU time, not minutes. */
START_TEST(large_snapshots_encode_in_time)
{
    struct pp_arena arena;
    struct pprof_profile *profile;
    pp_arena_init(&arena, 0);
    struct pp_snapshot snapshot = { .arena = &arena, .time_ns = 1, .period = 1 };
    for (uintptr_t i = 0; i < 100000; i++) {
        uintptr_t pcs[3] = { 0x1000 + i % 20000, 0x100000 + i % 500, 0x200000 };
        struct pp_record record = { .stack = pp_stack_intern_sig(pcs, 3, 0, 0),
                                    .values = { 1, 1, 1, 1 } };
        record.object_bytes = (int64_t)(i % 20000 / 10000);
        ck_assert_int_eq(pp_snapshot_add(&snapshot, &record), 0);
    }
    int64_t begin = cpu_ns();
    ck_assert_int_eq(pp_encode_profile(&pp_kind_heap, &snapshot, &profile, NULL), 0);
    ck_assert_int_lt((cpu_ns() - begin) / 1000000, 3000);
    int64_t sum = 0;
    for (size_t i = 0; i < profile->sample_count; i++) {
        sum += profile->values[i * 4];
    }
    ck_assert_int_eq(sum, 100000);
    ck_assert_uint_le(profile->sample_count, 20000);
    pprof_profile_free(profile);
    pp_arena_release(&arena);
}
END_TEST

static TCase *page_case(void)
{
    TCase *tc = tcase_create("pages");
    tcase_add_test(tc, index_has_gos_skeleton);
    tcase_add_test(tc, index_rows_are_sorted);
    tcase_add_test(tc, cmdline_is_joined_by_nul);
    tcase_add_test(tc, symbol_names_functions);
    tcase_add_test(tc, self_page_tells_of_itself);
    tcase_add_test(tc, unclean_paths_are_redirected);
    tcase_add_test(tc, unknown_things_are_404);
    tcase_add_test(tc, other_methods_are_405);
    tcase_add_test(tc, mounts_elsewhere_work);
    return tc;
}

static TCase *profile_case(void)
{
    TCase *tc = tcase_create("profiles");
    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, heap_is_as_gos);
    tcase_add_test(tc, heap_bytes_label_is_the_size);
    tcase_add_test(tc, debug_chooses_type_and_form);
    tcase_add_test(tc, count_profiles_have_one_value);
    tcase_add_test(tc, delta_errors_come_in_gos_order);
    tcase_add_test(tc, delta_shows_what_came_between);
    tcase_add_test(tc, a_client_that_left_ends_the_wait);
    tcase_add_test(tc, cpu_profile_finds_the_spinner);
    tcase_add_test(tc, a_second_cpu_profile_is_refused);
    tcase_add_test(tc, switched_off_answers_503);
    tcase_add_test(tc, switched_on_samples_at_once);
    tcase_add_test(tc, profiles_are_written_to_descriptors);
    return tc;
}

static TCase *part_case(void)
{
    TCase *tc = tcase_create("parts");
    tcase_add_test(tc, custom_profiles_come_and_go);
    tcase_add_test(tc, custom_names_are_checked);
    tcase_add_test(tc, a_full_custom_profile_is_counted);
    tcase_add_test(tc, numbers_parse_as_gos);
    tcase_add_test(tc, maps_hold_this_code);
    tcase_add_test(tc, large_snapshots_encode_in_time);
    return tc;
}

static Suite *suite(void)
{
    Suite *made = suite_create("runtime_serve");
    suite_add_tcase(made, page_case());
    suite_add_tcase(made, profile_case());
    suite_add_tcase(made, part_case());
    return made;
}

#include "check_main.h"
