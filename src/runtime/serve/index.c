/* The index page: Go's skeleton to the byte, our own words in it, and what is ours below it. */
#include "runtime/capture/heap.h"
#include "runtime/serve/serve.h"

#include <string.h>

enum { ROW_MAX = 80 };

struct row {
    const char *name, *description;
    int64_t count;
};

static void add_escaped(struct pp_buf *out, const char *text)
{
    static const struct {
        char c;
        const char *entity;
    } entities[] = {
        { '<', "&lt;" }, { '>', "&gt;" }, { '&', "&amp;" }, { '\'', "&#39;" }, { '"', "&#34;" },
    };
    for (; *text; text++) {
        const char *entity = NULL;
        for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++) {
            entity = entities[i].c == *text ? entities[i].entity : entity;
        }
        if (entity) {
            pp_buf_str(out, entity);
        } else {
            pp_buf_char(out, *text);
        }
    }
}

static size_t insert_row(struct row *rows, size_t count, struct row row)
{
    size_t at = count;
    while (at > 0 && strcmp(rows[at - 1].name, row.name) > 0) {
        rows[at] = rows[at - 1];
        at--;
    }
    rows[at] = row;
    return count + 1;
}

/* Kinds with their counts and endpoints with 0, by name. */
static size_t list_rows(struct row *rows)
{
    const struct pp_kind *kinds[ROW_MAX - 8];
    size_t endpoint_count;
    const struct pp_endpoint *endpoint = pp_endpoints(&endpoint_count);
    size_t kind_count = pp_kind_list(kinds, ROW_MAX - 8);
    size_t count = 0;
    for (size_t i = 0; i < kind_count; i++) {
        count = insert_row(rows, count,
                           (struct row){ kinds[i]->name, kinds[i]->description,
                                         kinds[i]->count(kinds[i]) });
    }
    for (size_t i = 0; i < endpoint_count; i++) {
        if (endpoint[i].description) {
            count = insert_row(rows, count,
                               (struct row){ endpoint[i].name, endpoint[i].description, 0 });
        }
    }
    return count;
}

static void add_table(struct pp_buf *out, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        pp_buf_printf(out, "<tr><td>%lld</td><td><a href='%s?debug=1'>%s</a></td></tr>\n",
                      (long long)rows[i].count, rows[i].name, rows[i].name);
    }
}

static void add_descriptions(struct pp_buf *out, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        pp_buf_printf(out, "<li><div class=profile-name>%s: </div> ", rows[i].name);
        add_escaped(out, rows[i].description);
        pp_buf_str(out, "</li>\n");
    }
}

/* Below Go's page: whose malloc is watched, when that limits what can be seen; our own costs. */
static void add_ours(struct pp_buf *out)
{
    int blind = 0;
    const char *owner = pp_heap_owner(&blind);
    if (blind) {
        pp_buf_str(out, "<p>\n<b>Heap profiles are limited:</b> ");
        add_escaped(out, owner);
        pp_buf_str(out, "\n</p>\n");
    }
    pp_buf_str(out, "<p>\n<a href=\"self\">What the profiler itself costs, lost and left out</a>\n"
                    "</p>\n<p>\nFlame graphs, graphs, goroutines in groups and charts of this "
                    "process in a browser: <code>pprof -http=: "
                    "http://HOST:PORT/debug/pprof/heap</code>, with the address of this page\n"
                    "</p>\n");
}

void pp_call_index(struct pp_call *call)
{
    struct row rows[ROW_MAX];
    struct pp_buf *out = &call->body;
    size_t count = list_rows(rows);
    call->response.content_type = "text/html; charset=utf-8";
    pp_buf_str(out, "<html>\n<head>\n<title>/debug/pprof/</title>\n<style>\n.profile-name{\n"
                    "\tdisplay:inline-block;\n\twidth:6rem;\n}\n</style>\n</head>\n<body>\n"
                    "/debug/pprof/\n<br>\n"
                    "<p>Set debug=1 as a query parameter to export in legacy text format</p>\n"
                    "<br>\nTypes of profiles available:\n<table>\n"
                    "<thead><td>Count</td><td>Profile</td></thead>\n");
    add_table(out, rows, count);
    pp_buf_str(out, "</table>\n"
                    "<a href=\"goroutine?debug=2\">full goroutine stack dump</a>\n<br>\n<p>\n"
                    "Profile Descriptions:\n<ul>\n");
    add_descriptions(out, rows, count);
    pp_buf_str(out, "</ul>\n</p>\n");
    add_ours(out);
    pp_buf_str(out, "</body>\n</html>");
}
