/* What the files of the web page share.
 *
 *   request --routes--> page (a shell of HTML, the same for all views)
 *                  \--> data --view row--> report --JSON--> kept for the next time
 *                  \--> assets, settings, live, download
 *
 * Requests run side by side, each on its connection's thread. Profiles are only read; who reads one
 * is counted, so that a moment that goes leaves its profile to those who still look at it. Reports
 * take one of PP_WEB_REPORTS slots, for their memory's sake; two requests for the same answer make
 * it once. The server starts before the profile is read, so that a browser can start meanwhile:
 * what needs the profile waits for it (load.c). Locks, in this order: `code` (one at a time reads
 * binaries: libdw promises threads nothing), `subtracting` (one difference is made at a time),
 * `guard` (a few lines at a time: state, moments, users, kept answers, series, settings). Pages and
 * assets wait for no report.
 *
 * Invariants: moments are numbered from 1 and a number never means another profile; number 0 in a
 * request means the newest. Everything that grows has a cap.
 */
#ifndef PP_WEB_ROOM_H
#define PP_WEB_ROOM_H

#include "base/http.h"
#include "tool/driver/args.h"
#include "tool/report/report.h"
#include "tool/web/json.h"

#include <pthread.h>
#include <semaphore.h>

enum pp_web_state { PP_WEB_LOADING, PP_WEB_LOADED, PP_WEB_FAILED };

enum {
    PP_WEB_MOMENTS = 64,     /* kept at once; the oldest but the first goes */
    PP_WEB_ANSWERS = 32,     /* kept for back and forward */
    PP_WEB_REPORTS = 4,      /* made at once */
    PP_WEB_LARGE = 32 << 20, /* frames of a profile from where on there are fewer: */
    PP_WEB_LARGE_REPORTS = 2,
    PP_WEB_AHEAD = 8,        /* begun before they are asked for, at once */
    PP_WEB_SERIES = 24,      /* lines of the chart */
    PP_WEB_POINTS = 7200,    /* of each: two hours, a point a second */
    PP_WEB_SERIES_NAME = 40,
};
static const size_t PP_WEB_ANSWER_BYTES = (size_t)96 << 20; /* of all kept answers */
static const size_t PP_WEB_DUMP_BYTES = (size_t)256 << 20;  /* of one goroutine dump */

/* A profile and how many hold on to it, a moment or the kept difference among them; it goes with
 * the last one. */
struct pp_web_shared {
    struct pprof_profile *profile;
    unsigned users; /* under guard */
};

struct pp_web_moment {
    unsigned number; /* 0: this place is free */
    int64_t taken_ns; /* wall clock */
    struct pp_web_shared *shared;
    char *dump; /* goroutines as text, malloc'ed; NULL: none */
    size_t dump_len;
};

struct pp_web_answer {
    char *key, *body; /* malloc'ed; key NULL: free */
    size_t len;
    uint64_t used; /* the clock of `web->uses` when last wanted */
};

struct pp_web_point {
    int64_t at_ns;
    double values[PP_WEB_SERIES]; /* NAN: not known at that time */
};

struct pp_web {
    const struct pp_args *args;
    const char *root;         /* ".../debug/pprof/" of a live source; NULL: files */
    struct pp_arena arena;    /* root */
    pid_t pid;                /* of a live source on this machine; 0: not known */
    bool is_live;

    enum pp_web_state state;   /* under guard */
    pthread_cond_t loaded;     /* with guard: the state is not PP_WEB_LOADING any more */
    struct pprof_error reason; /* why it is PP_WEB_FAILED */

    sem_t slots; /* for reports */
    pthread_mutex_t code, subtracting, guard;
    struct pp_web_shared *difference; /* of the two moments below */
    unsigned difference_of, difference_from;

    struct pp_web_moment moments[PP_WEB_MOMENTS];
    unsigned last_number;
    struct pp_web_answer answers[PP_WEB_ANSWERS];
    uint64_t uses;
    struct pp_web_making *making; /* answers being made */
    pthread_cond_t made;          /* with guard: one of them is, or has failed */
    unsigned ahead;               /* threads of pp_web_prepare */

    pthread_cond_t wake;      /* with guard: the recorder's interval changed */
    double record_every_s;    /* 0: not recording */
    bool record_profiles;
    char series[PP_WEB_SERIES][PP_WEB_SERIES_NAME];
    size_t series_count;
    struct pp_web_point *points; /* a ring of PP_WEB_POINTS */
    size_t point_count;          /* ever */
    char trouble[256];           /* why the last point is missing; "" when it is not */
};

/* One request. */
struct pp_web_ask {
    struct pp_web *web;
    const struct pp_web_view *view; /* the one asked for; NULL: none */
    const struct pp_http_request *request;
    struct pp_http_reply *reply;
    struct pp_config config;
    struct pp_json json; /* on the reply's body */
    struct pp_lines messages; /* in the request's arena */
};

/* Text of an answer that is no page. */
void pp_web_say(struct pp_web_ask *call, int status, const char *text);
const char *pp_web_param(struct pp_web_ask *call, const char *name); /* "" when absent */

/* --- load.c: the profile that everything waits for -------------------------------------------- */

/* Reads the profile and lets those in who wait for it, or tells them why there is none. */
int pp_web_load(struct pp_web *web, struct pprof_error *error) PPROF_NODISCARD;
bool pp_web_is_loading(struct pp_web *web);
/* Waits; false when there will be no profile, and then the reply says why. */
bool pp_web_await_profile(struct pp_web_ask *call) PPROF_NODISCARD;

/* --- views.c: one row a page ------------------------------------------------------------------ */

enum pp_web_need { PP_WEB_ALWAYS, PP_WEB_LABELS, PP_WEB_DUMP, PP_WEB_LIVE };

struct pp_web_view {
    const char *path, *title, *help;
    enum pp_web_need need;
    /* Writes the answer to /ui/data/PATH. */
    int (*data)(struct pp_web_ask *call, struct pprof_error *error);
    bool is_kept; /* the answer depends on the query alone */
    bool reads_code; /* binaries and their debugging information */
};
/* Its parameter f is the command's expression, or an address. */
bool pp_web_view_takes_symbol(const struct pp_web_view *view);
extern const struct pp_web_view pp_web_views[];
extern const size_t pp_web_view_count;
const struct pp_web_view *pp_web_view_named(const char *path);

/* Whether the view can show what f asks for: PPROF_ERR_NOTFOUND, in google/pprof's words, when
 * nothing can match. Cheap: it looks at names, not at samples. */
int pp_web_view_check(struct pp_web_ask *call, const struct pp_web_view *view,
                      struct pprof_error *error) PPROF_NODISCARD;

/* --- data of the views ------------------------------------------------------------------------ */

int pp_web_flame(struct pp_web_ask *call, struct pprof_error *error);
int pp_web_graph(struct pp_web_ask *call, struct pprof_error *error);
int pp_web_top(struct pp_web_ask *call, struct pprof_error *error);
int pp_web_peek(struct pp_web_ask *call, struct pprof_error *error);
int pp_web_source(struct pp_web_ask *call, struct pprof_error *error);
int pp_web_disasm(struct pp_web_ask *call, struct pprof_error *error);
int pp_web_labels(struct pp_web_ask *call, struct pprof_error *error);
int pp_web_goroutines(struct pp_web_ask *call, struct pprof_error *error);
int pp_web_live(struct pp_web_ask *call, struct pprof_error *error);

/* --- report.c: a report as JSON --------------------------------------------------------------- */

/* How a view wants its report, and what it writes of it: one JSON value. */
struct pp_web_report {
    enum pp_format format;
    bool takes_symbol; /* the parameter f is the command's expression */
    void (*adjust)(struct pp_config *config);
    int (*fill)(struct pp_web_ask *call, struct pp_report *report, struct pprof_error *error);
};

/* Builds the report and writes {"data":..., "about":..., "messages":[...]}. */
int pp_web_report(struct pp_web_ask *call, const struct pp_web_report *how,
                  struct pprof_error *error) PPROF_NODISCARD;

/* A value as text, written as JSON. */
void pp_web_value(struct pp_web_ask *call, const struct pp_report *report, int64_t value);

/* --- answers.c: data of the views, made once and kept ----------------------------------------- */

void pp_web_answer(struct pp_web_ask *call, const struct pp_web_view *view);

/* Begins to make the answer to a path and query, on a thread of its own, so that it is there (or
 * under way) when a browser that has just been sent the page asks for it. Does nothing when
 * PP_WEB_AHEAD of them are under way. */
void pp_web_prepare(struct pp_web *web, const char *path, const char *query);

/* Makes that answer here and now, and keeps it as if a browser had asked; its status, and its text
 * in the arena. */
int pp_web_try(struct pp_web *web, struct pp_arena *arena, const char *path, const char *query,
               const char **text);

/* --- config.c: options in URLs and in settings ------------------------------------------------ */

/* The options of the command line, changed by the URL's parameters. PPROF_ERR_INVALID with
 * google/pprof's sentence; expressions are compiled as a check. */
int pp_web_config(struct pp_web_ask *call, struct pprof_error *error) PPROF_NODISCARD;

/* "?f=x&g=lines": what differs from the defaults; "" when nothing does. */
void pp_web_config_query(const struct pp_config *config, struct pp_buf *out);

/* --- settings.c ------------------------------------------------------------------------------- */

/* The saved configurations as [{"name":..., "params":{...}}]. A file that cannot be read is
 * none. */
void pp_web_settings_list(struct pp_web_ask *call, struct pp_json *json);
int pp_web_settings_save(struct pp_web_ask *call, const char *name,
                         struct pprof_error *error) PPROF_NODISCARD;
int pp_web_settings_delete(struct pp_web_ask *call, const char *name,
                           struct pprof_error *error) PPROF_NODISCARD;

/* --- moments.c -------------------------------------------------------------------------------- */

/* The profile a request is about (parameters m and mb), to be given back. */
int pp_web_profile(struct pp_web_ask *call, struct pp_web_shared **shared,
                   struct pprof_error *error) PPROF_NODISCARD;
void pp_web_profile_done(struct pp_web *web, struct pp_web_shared *shared);
/* The first moment's profile, which stays: for what all moments have in common. */
const struct pprof_profile *pp_web_first_profile(struct pp_web *web);
/* Fetches all again and adds a moment; its number. */
int pp_web_take(struct pp_web *web, pp_message_fn message, void *ctx, unsigned *number,
                struct pprof_error *error) PPROF_NODISCARD;
/* Adds a profile and a dump, which are the room's from now on, also when there is an error. */
int pp_web_add_moment(struct pp_web *web, struct pprof_profile *profile, char *dump,
                      size_t dump_len, unsigned *number, struct pprof_error *error)
    PPROF_NODISCARD;
/* The moment of that number (0: the newest); NULL when there is none. Under `guard`. */
struct pp_web_moment *pp_web_moment_of(struct pp_web *web, unsigned number);
void pp_web_moments_list(struct pp_web *web, struct pp_json *json);

/* --- live.c ----------------------------------------------------------------------------------- */

/* Finds out whether the source is a running program, and where. */
void pp_web_live_init(struct pp_web *web);
/* The text of one page below the source's root; malloc'ed, NUL-terminated. */
int pp_web_get(struct pp_web *web, const char *page, char **text, size_t *len,
               struct pprof_error *error) PPROF_NODISCARD;
/* Goroutines now, from the source; a dump's text, malloc'ed. */
int pp_web_take_dump(struct pp_web *web, char **text, size_t *len,
                     struct pprof_error *error) PPROF_NODISCARD;
void *pp_web_recorder(void *web);
void pp_web_record(struct pp_web_ask *call);

/* --- routes.c and page.c ---------------------------------------------------------------------- */

/* A detached thread of that name; 0 or an errno value. */
int pp_web_spawn(const char *name, void *(*run)(void *), void *arg);
/* True when a page of another site is what asks. */
bool pp_web_is_foreign(const struct pp_http_request *request);
void pp_web_handle(void *web, const struct pp_http_request *request, struct pp_http_reply *reply);
void pp_web_page(struct pp_web_ask *call, const struct pp_web_view *view);
/* What a page that was sent before the profile was read has to know of it (data/known?view=V). */
void pp_web_known(struct pp_web_ask *call);
/* A file of the bundle; false when there is none of that name. */
bool pp_web_asset(struct pp_web_ask *call, const char *name);

#endif
