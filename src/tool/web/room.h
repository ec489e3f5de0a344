/* What the files of the web page share.
 *
 *   request --routes--> page (a shell of HTML, the same for all views)
 *                  \--> data --view row--> report --JSON--> kept for the next time
 *                  \--> assets, settings, live, download
 *
 * Locks, in this order: `making` (one kept answer at a time, so that two requests for the same
 * thing make it once), `reports` (one report at a time; profiles are only used and dropped under it),
 * `guard` (a few lines at a time: moments, kept answers, series, settings). Pages and assets take
 * none for long, so they answer while a report is being made.
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

enum {
    PP_WEB_MOMENTS = 64,     /* kept at once; the oldest but the first goes */
    PP_WEB_ANSWERS = 32,     /* kept for back and forward */
    PP_WEB_SERIES = 24,      /* lines of the chart */
    PP_WEB_POINTS = 7200,    /* of each: two hours, a point a second */
    PP_WEB_SERIES_NAME = 40,
};
static const size_t PP_WEB_ANSWER_BYTES = (size_t)96 << 20; /* of all kept answers */
static const size_t PP_WEB_DUMP_BYTES = (size_t)256 << 20;  /* of one goroutine dump */

struct pp_web_moment {
    unsigned number; /* 0: this place is free */
    int64_t taken_ns; /* wall clock */
    struct pprof_profile *profile;
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

    pthread_mutex_t making, reports;
    struct pprof_profile *difference; /* of the two moments below */
    unsigned difference_of, difference_from;

    pthread_mutex_t guard;
    struct pp_web_moment moments[PP_WEB_MOMENTS];
    unsigned last_number;
    struct pp_web_answer answers[PP_WEB_ANSWERS];
    uint64_t uses;

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
    const struct pp_http_request *request;
    struct pp_http_reply *reply;
    struct pp_config config;
    struct pp_json json; /* on the reply's body */
    struct pp_lines messages; /* in the request's arena */
};

/* Text of an answer that is no page. */
void pp_web_say(struct pp_web_ask *call, int status, const char *text);
const char *pp_web_param(struct pp_web_ask *call, const char *name); /* "" when absent */

/* --- views.c: one row a page ------------------------------------------------------------------ */

enum pp_web_need { PP_WEB_ALWAYS, PP_WEB_LABELS, PP_WEB_DUMP, PP_WEB_LIVE };

struct pp_web_view {
    const char *path, *title, *help;
    enum pp_web_need need;
    /* Writes the answer to /ui/data/PATH. */
    int (*data)(struct pp_web_ask *call, struct pprof_error *error);
    bool is_kept; /* the answer depends on the query alone */
};
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

/* Builds the report under the lock and writes {"data":..., "about":..., "messages":[...]}. */
int pp_web_report(struct pp_web_ask *call, const struct pp_web_report *how,
                  struct pprof_error *error) PPROF_NODISCARD;

/* A value as text, written as JSON. */
void pp_web_value(struct pp_web_ask *call, const struct pp_report *report, int64_t value);

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

/* The profile a request is about (parameters m and mb); under the lock `reports`. */
int pp_web_profile(struct pp_web_ask *call, const struct pprof_profile **profile,
                   struct pprof_error *error) PPROF_NODISCARD;
/* Fetches all again and adds a moment; its number. */
int pp_web_take(struct pp_web *web, pp_message_fn message, void *ctx, unsigned *number,
                struct pprof_error *error) PPROF_NODISCARD;
/* Adds a profile, which is the room's from now on. */
unsigned pp_web_add_moment(struct pp_web *web, struct pprof_profile *profile, char *dump,
                           size_t dump_len);
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

void pp_web_handle(void *web, const struct pp_http_request *request, struct pp_http_reply *reply);
void pp_web_page(struct pp_web_ask *call, const struct pp_web_view *view);
/* A file of the bundle; false when there is none of that name. */
bool pp_web_asset(struct pp_web_ask *call, const char *name);

#endif
