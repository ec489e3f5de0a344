/* pprof leaks: takes a program's heap at several moments and says what only grows. */
#include "tool/driver/leaks.h"

#include "base/err.h"
#include "base/http_address.h"
#include "base/sys.h"
#include "tool/driver/announced.h"
#include "tool/driver/subcommand.h"
#include "tool/driver/words.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "usage: pprof leaks [options] URL | HOST:PORT | PID\n"
    "       pprof leaks [options] -- COMMAND [ARGUMENTS...]\n"
    "\n"
    "Looks at the heap of a running program, or of one it starts, at several moments and reports\n"
    "what only grows, with lines and rates, what was temporary, and which threads wait where.\n"
    "\n"
    "  --moments=N       how many (3)\n"
    "  --every=TIME      time between two, such as 10, 500ms or 2m (10 s)\n"
    "  -o DIRECTORY      keep the profiles there (default: a new one in $TMPDIR)\n"
    "  --fail-on-leak    exit with 1 when there is a leak\n"
    "with COMMAND:\n"
    "  --load=COMMAND    run this meanwhile, to give the program something to do\n"
    "  --keep, --stop    after the report leave the program running, or end it (default: keep it\n"
    "                    on a terminal)\n"
    "  --http=ADDRESS, --children, --rate=BYTES   as in pprof run; the rate here is 65536\n"
    "\n"
    "Status: 0 when a report was made, else 2; with COMMAND its own when it ended by itself.\n";

enum { LEAK = 1, TROUBLE = 2, COME_UP_S = 15, DEFAULT_RATE = 65536 };
static const double LOAD_DELAY_S = 0.5;

double pp_hunt_now(const struct pp_hunt *hunt)
{
    return (double)pp_sys_monotonic_ns() / 1e9 - hunt->began_s;
}

void pp_hunt_say(const struct pp_hunt *hunt, const char *format, ...)
{
    va_list args;
    if (hunt->preload.quiet) {
        return;
    }
    va_start(args, format);
    flockfile(stderr);
    fputs("leaks: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    funlockfile(stderr);
    va_end(args);
}

/* ---- options --------------------------------------------------------------------------------- */

static bool fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
static bool fail(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("pprof leaks: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    return false;
}

static bool set_moments(struct pp_hunt *hunt, const char *value)
{
    char *end;
    long number = strtol(value, &end, 10);
    hunt->moments = (int)number;
    return (*end == '\0' && number >= 3 && number <= PP_SHOTS_MAX / PP_PROBES - 2) ||
           fail("--moments wants a number from 3 to %d", PP_SHOTS_MAX / PP_PROBES - 2);
}

static bool set_every(struct pp_hunt *hunt, const char *value)
{
    return (pp_words_seconds(value, &hunt->every_s) && hunt->every_s >= 0.1) ||
           fail("--every wants a time of at least 100ms, such as 10, 500ms or 2m");
}

static bool set_load(struct pp_hunt *hunt, const char *value)
{
    hunt->load = value;
    return true;
}

static bool set_out(struct pp_hunt *hunt, const char *value)
{
    hunt->out = value;
    return true;
}

static bool set_rate(struct pp_hunt *hunt, const char *value)
{
    return pp_words_bytes(value, &hunt->preload.rate) ||
           fail("--rate wants a number of bytes, such as 65536 or 64k");
}

static bool set_http(struct pp_hunt *hunt, const char *value)
{
    struct pp_http_address address;
    struct pprof_error error = { .code = 0 };
    hunt->preload.http = value;
    return pp_http_address_parse(value, &address, &error) == 0 || fail("%s", error.detail);
}

static const struct {
    const char *name;
    bool (*set)(struct pp_hunt *hunt, const char *value);
} valued[] = {
    { "moments", set_moments }, { "every", set_every }, { "load", set_load },
    { "o", set_out },           { "rate", set_rate },   { "http", set_http },
};

static bool take_option(int argc, char **argv, int *i, struct pp_hunt *hunt)
{
    const char *value, *word = argv[*i];
    for (size_t k = 0; k < sizeof(valued) / sizeof(valued[0]); k++) {
        if (pp_words_option(argc, argv, i, valued[k].name, &value)) {
            return value && *value ? valued[k].set(hunt, value) : fail("%s wants a value", word);
        }
    }
    if (pp_words_flag(word, "fail-on-leak")) {
        hunt->fail_on_leak = true;
    } else if (pp_words_flag(word, "keep") || pp_words_flag(word, "stop")) {
        hunt->keep = pp_words_flag(word, "keep");
    } else if (pp_words_flag(word, "children")) {
        hunt->preload.children = true;
    } else if (pp_words_flag(word, "quiet")) {
        hunt->preload.quiet = true;
    } else {
        return fail("unknown option %s (pprof leaks --help lists them)", word);
    }
    return true;
}

static bool take_options(int argc, char **argv, struct pp_hunt *hunt)
{
    int i = 1;
    for (; i < argc && argv[i][0] == '-' && strcmp(argv[i], "--") != 0; i++) {
        if (!take_option(argc, argv, &i, hunt)) {
            return false;
        }
    }
    if (i < argc && strcmp(argv[i], "--") == 0) {
        hunt->command = argv + i + 1;
        return i + 1 < argc || fail("no command behind --");
    }
    hunt->target = i < argc ? argv[i] : NULL;
    if (i + 1 < argc) {
        return fail("one target at a time (to start a program: pprof leaks -- COMMAND)");
    }
    return hunt->target || fail("which process? pprof ps lists them (pprof leaks --help)");
}

/* ---- the hunt -------------------------------------------------------------------------------- */

static int make_directory(struct pp_hunt *hunt, struct pprof_error *error)
{
    if (hunt->out) {
        return pp_make_directory(hunt->out, hunt->directory, error);
    }
    const char *base = getenv("TMPDIR");
    (void)snprintf(hunt->directory, sizeof(hunt->directory), "%s/pprof-leaks-XXXXXX",
                   base && *base == '/' ? base : "/tmp");
    if (!mkdtemp(hunt->directory)) {
        (void)pp_err_errno(error, PPROF_ERR_SYSTEM, errno, "cannot make a directory in %.300s",
                           base ? base : "/tmp");
        return TROUBLE;
    }
    return 0;
}

/* Until the program tells where it serves; false when it ended or never does. */
static bool await_url(struct pp_hunt *hunt)
{
    struct pp_announced found = { "", false };
    struct pprof_error error = { .code = 0 };
    while (!*found.url && pp_hunt_now(hunt) < COME_UP_S) {
        if (!pp_child_sleep(hunt, pp_hunt_now(hunt) + 0.02)) {
            return false;
        }
        if (pp_announced_read(hunt->child.pid, &found) != 0) {
            found.url[0] = '\0';
        }
    }
    if (!*found.url) {
        pp_hunt_say(hunt, "the program does not say where it serves%s; waiting for its end",
                    found.has_library ? " (its messages above may tell why)"
                                      : ": libpprof.so is not loaded in it");
        return false;
    }
    if (pp_hunt_resolve(hunt, found.url, &error) != 0) {
        pp_hunt_say(hunt, "%s", error.detail);
        return false;
    }
    return true; /* the library has printed it */
}

static double inuse_now(const struct pp_hunt *hunt)
{
    const struct pprof_profile *p = hunt->shots[hunt->shot_count - 1].profile;
    int index = pprof_profile_sample_index(p, "inuse_space", NULL);
    double sum = 0;
    for (size_t i = 0; index >= 0 && i < p->sample_count; i++) {
        sum += (double)p->values[i * p->sample_type_count + (size_t)index];
    }
    return sum;
}

/* Shots at start + k / PP_PROBES intervals, every PP_PROBES-th a moment. Those before the first
 * moment see a program start; they count only when it ends early. False when it went away. */
static bool take_moments(struct pp_hunt *hunt, struct pprof_error *error)
{
    double start = pp_hunt_now(hunt);
    int last = hunt->moments * PP_PROBES;
    char size[32];
    for (int k = hunt->command ? 1 : PP_PROBES; k <= last; k++) {
        int steps = hunt->command ? k : k - PP_PROBES;
        bool is_moment = k % PP_PROBES == 0;
        if (!pp_child_sleep(hunt, start + hunt->every_s * steps / PP_PROBES)) {
            return false;
        }
        if (pp_hunt_shoot(hunt, is_moment, error) != 0) {
            return false;
        }
        if (is_moment) {
            pp_hunt_say(hunt, "moment %d of %d, after %.0f s: %s in use", hunt->moments_taken,
                        hunt->moments, pp_hunt_now(hunt),
                        pp_words_size(inuse_now(hunt), false, size));
        }
    }
    return true;
}

static int take_all(struct pp_hunt *hunt, struct pprof_error *error)
{
    bool whole = take_moments(hunt, error);
    if (whole && pp_hunt_take_threads(hunt, error) != 0) {
        pp_hunt_say(hunt, "no threads: %s", error->detail);
    }
    if (!whole && hunt->command && pp_child_sleep(hunt, pp_hunt_now(hunt) + 2) && error->code) {
        pp_hunt_say(hunt, "%s", error->detail); /* it still runs, but does not answer */
    }
    return !whole && !hunt->command ? TROUBLE : 0;
}

static int report(struct pp_hunt *hunt, size_t *leaks, struct pprof_error *error)
{
    struct pp_findings findings = { 0 };
    struct pp_waiters *waiters = NULL;
    size_t waiter_count = 0;
    pp_hunt_say(hunt, "looking up lines");
    if (pp_hunt_find(hunt, &findings, error) != 0 ||
        pp_hunt_waiters(hunt, &waiters, &waiter_count, error) != 0) {
        return TROUBLE;
    }
    *leaks = pp_hunt_report(hunt, &findings, waiters, waiter_count, stdout);
    if (fflush(stdout) != 0) {
        (void)pp_err_errno(error, PPROF_ERR_SYSTEM, errno, "cannot write the report");
        return TROUBLE;
    }
    return 0;
}

/* ---- the two forms --------------------------------------------------------------------------- */

static int attach(struct pp_hunt *hunt, size_t *leaks, struct pprof_error *error)
{
    hunt->name = hunt->target;
    if (pp_hunt_resolve(hunt, hunt->target, error) != 0 || make_directory(hunt, error) != 0) {
        return TROUBLE;
    }
    pp_hunt_say(hunt, "%d moments, %g s apart, of %s", hunt->moments, hunt->every_s, hunt->url);
    int status = take_all(hunt, error);
    return status ? status : report(hunt, leaks, error);
}

static void finish_early(struct pp_hunt *hunt)
{
    if (hunt->child.ended) {
        pp_hunt_shoot_end(hunt);
        pp_hunt_say(hunt, "the program ended after %.1f s with status %d", pp_hunt_now(hunt),
                    hunt->child.status);
    }
}

/* After the report: a terminal's user may want to look at the living program. */
static int leave(struct pp_hunt *hunt)
{
    bool keep = hunt->keep >= 0 ? hunt->keep : isatty(0) && isatty(1);
    bool ended_itself = hunt->child.ended;
    pp_child_stop(hunt, keep);
    if (keep && !hunt->child.ended) {
        pp_hunt_say(hunt, "%s (pid %d) goes on, Ctrl-C ends it; look at %s", hunt->name,
                    (int)hunt->child.pid, hunt->url ? hunt->url : "nothing");
        pp_child_wait(hunt);
        ended_itself = true;
    }
    return ended_itself ? hunt->child.status : 0;
}

/* The library answers before main runs; a server needs a moment more until it listens. */
static void start_load(struct pp_hunt *hunt)
{
    if (hunt->load && pp_child_sleep(hunt, pp_hunt_now(hunt) + LOAD_DELAY_S)) {
        pp_child_load(hunt);
        pp_hunt_say(hunt, "load: %s", hunt->load);
    }
}

static int supervise(struct pp_hunt *hunt, size_t *leaks, struct pprof_error *error)
{
    hunt->name = hunt->command[0];
    hunt->preload.http = hunt->preload.http ? hunt->preload.http : "localhost:0";
    int status = make_directory(hunt, error);
    status = status ? status : pp_child_start(hunt, error);
    if (status) {
        return status;
    }
    pp_hunt_say(hunt, "started %s (pid %d)", hunt->name, (int)hunt->child.pid);
    if (await_url(hunt)) {
        start_load(hunt);
        pp_hunt_say(hunt, "%d moments, one every %g s", hunt->moments, hunt->every_s);
        status = take_all(hunt, error);
    } else {
        pp_child_wait(hunt);
    }
    finish_early(hunt);
    status = report(hunt, leaks, error);
    if (!status && !hunt->shot_count) {
        status = TROUBLE;
        error->detail[0] = '\0'; /* the report has said it */
    }
    int own = leave(hunt);
    if (status) {
        (void)(error->detail[0] && fail("%s", error->detail));
        return own ? own : status;
    }
    return own;
}

int pp_cmd_leaks(int argc, char **argv)
{
    struct pprof_error error = { .code = 0 };
    size_t leaks = 0;
    if (pp_words_help(argc, argv, help)) {
        return 0;
    }
    struct pp_hunt *hunt = calloc(1, sizeof(*hunt));
    if (!hunt) {
        return TROUBLE;
    }
    *hunt = (struct pp_hunt){ .moments = 3, .every_s = 10, .keep = -1,
                              .preload = { .rate = DEFAULT_RATE } };
    if (!take_options(argc, argv, hunt)) {
        free(hunt);
        return TROUBLE;
    }
    pp_arena_init(&hunt->arena, 0);
    hunt->began_s = (double)pp_sys_monotonic_ns() / 1e9;
    int status = hunt->command ? supervise(hunt, &leaks, &error) : attach(hunt, &leaks, &error);
    if (status && error.code && !hunt->child.pid) {
        fail("%s", error.detail);
    }
    for (size_t i = 0; i < hunt->shot_count; i++) {
        pprof_profile_free(hunt->shots[i].profile);
    }
    pprof_profile_free(hunt->stacks);
    pp_arena_release(&hunt->arena);
    status = status == 0 && hunt->fail_on_leak && leaks ? LEAK : status;
    free(hunt);
    return status;
}
