/* The page: one shell for all views, with what the script needs to know at once in a block of JSON
 * (which a browser never runs), and the bundle's files. */
#include "tool/web/room.h"

#include "tool/report/assembly.h"
#include "tool/report/paths.h"

#include <string.h>

#define ASSET(name) extern const char name[], name##_end[]
ASSET(pp_web_app_js);
ASSET(pp_web_app_css);
ASSET(pp_web_chart_js);
ASSET(pp_web_flame_js);
ASSET(pp_web_icon_svg);

static const struct {
    const char *name, *type, *begin, *end;
} assets[] = {
    { "app.js", "text/javascript; charset=utf-8", pp_web_app_js, pp_web_app_js_end },
    { "app.css", "text/css; charset=utf-8", pp_web_app_css, pp_web_app_css_end },
    { "chart.js", "text/javascript; charset=utf-8", pp_web_chart_js, pp_web_chart_js_end },
    { "flame.js", "text/javascript; charset=utf-8", pp_web_flame_js, pp_web_flame_js_end },
    { "icon.svg", "image/svg+xml", pp_web_icon_svg, pp_web_icon_svg_end },
};

bool pp_web_asset(struct pp_web_ask *call, const char *name)
{
    for (size_t i = 0; i < sizeof(assets) / sizeof(assets[0]); i++) {
        if (!strcmp(name, assets[i].name)) {
            call->reply->content_type = assets[i].type;
            pp_buf_append(&call->reply->body, assets[i].begin,
                          (size_t)(assets[i].end - assets[i].begin));
            return true;
        }
    }
    return false;
}

/* --- what the script knows -------------------------------------------------------------------- */

static bool is_there(const struct pp_web *web, const struct pp_web_view *view, bool labels,
                     bool dump)
{
    switch (view->need) {
    case PP_WEB_LABELS:
        return labels;
    case PP_WEB_DUMP:
        return dump || web->root;
    case PP_WEB_LIVE:
        return web->is_live;
    case PP_WEB_ALWAYS:
        break;
    }
    return true;
}

static void put_views(struct pp_web *web, struct pp_json *j, bool labels, bool dump)
{
    pp_json_key(j, "views");
    pp_json_open(j, '[');
    for (size_t i = 0; i < pp_web_view_count; i++) {
        const struct pp_web_view *v = &pp_web_views[i];
        pp_json_open(j, '{');
        pp_json_put_text(j, "path", v->path);
        pp_json_put_text(j, "title", v->title);
        pp_json_put_text(j, "help", v->help);
        pp_json_put_bool(j, "there", is_there(web, v, labels, dump));
        pp_json_close(j, '}');
    }
    pp_json_close(j, ']');
}

static const char *const kind_names[] = { [PP_OPTION_TEXT] = "text", [PP_OPTION_BOOL] = "bool",
                                          [PP_OPTION_INT] = "int", [PP_OPTION_REAL] = "real" };

static void put_options(struct pp_web *web, struct pp_json *j)
{
    pp_json_key(j, "options");
    pp_json_open(j, '[');
    for (size_t i = 0; i < pp_option_count; i++) {
        const struct pp_option *o = &pp_options[i];
        char number[64];
        if (!*o->url) {
            continue;
        }
        pp_json_open(j, '{');
        pp_json_put_text(j, "name", o->name);
        pp_json_put_text(j, "url", o->url);
        pp_json_put_text(j, "kind", kind_names[o->kind]);
        pp_json_put_text(j, "choices", o->choices);
        pp_json_put_text(j, "help", o->help);
        pp_json_put_bool(j, "saved", o->is_saved);
        pp_json_put_text(j, "value",
                         pp_option_text_of(&web->args->config, o, number, sizeof(number)));
        pp_json_close(j, '}');
    }
    pp_json_close(j, ']');
}

static const char *text_of(const struct pprof_profile *p, uint32_t string)
{
    return p->strings[string].ptr;
}

static void put_types(struct pp_web *web, struct pp_json *j, const struct pprof_profile *p)
{
    int index = pprof_profile_sample_index(p, web->args->config.sample_index, NULL);
    pp_json_key(j, "types");
    pp_json_open(j, '[');
    for (size_t i = 0; i < p->sample_type_count; i++) {
        pp_json_text(j, text_of(p, p->sample_types[i].type));
    }
    pp_json_close(j, ']');
    pp_json_put_text(j, "type",
                     index >= 0 ? text_of(p, p->sample_types[index].type) : "");
}

static void put_profile(struct pp_web_ask *call, struct pp_json *j, const struct pprof_profile *p)
{
    struct pp_arena *arena = call->request->arena;
    const char *file = p->mapping_count ? text_of(p, p->mappings[0].filename) : "";
    const char *doc = text_of(p, p->doc_url);
    bool is_link = !strncmp(doc, "http://", 7) || !strncmp(doc, "https://", 8);
    pp_json_put_text(j, "file", *file ? pp_path_base(arena, file) : "");
    pp_json_put_text(j, "doc", is_link ? doc : "");
    put_types(call->web, j, p);
    pp_json_key(j, "comments");
    pp_json_open(j, '[');
    for (size_t i = 0; i < p->comment_count; i++) {
        pp_json_text(j, text_of(p, p->comments[i]));
    }
    pp_json_close(j, ']');
}

static void put_known(struct pp_web_ask *call, const struct pp_web_view *view,
                      const char *mistake, const char *data)
{
    struct pp_web *web = call->web;
    struct pp_json *j = &call->json;
    j->in_html = true;
    pp_json_open(j, '{');
    pp_json_put_text(j, "view", view->path);
    pp_json_put_text(j, "source", web->args->sources[0]);
    pp_json_put_text(j, "mistake", mistake);
    pp_json_put_text(j, "data", data);
    pp_json_put_bool(j, "live", web->is_live);
    pp_json_put_bool(j, "base", *web->args->base != '\0');
    const struct pprof_profile *p = pp_web_first_profile(web);
    bool labels = p->sample_count && p->label_begin[p->sample_count] > 0;
    put_profile(call, j, p);
    put_views(web, j, labels, web->moments[0].dump != NULL);
    put_options(web, j);
    pp_json_key(j, "moments");
    pp_web_moments_list(web, j);
    pp_json_key(j, "configs");
    pp_web_settings_list(call, j);
    pp_json_close(j, '}');
}

/* --- HTML ------------------------------------------------------------------------------------- */

static void put_html(struct pp_buf *out, const char *text)
{
    for (; *text; text++) {
        const char *entity = *text == '<'   ? "&lt;"
                             : *text == '>' ? "&gt;"
                             : *text == '&' ? "&amp;"
                             : *text == '"' ? "&quot;"
                                            : NULL;
        if (entity) {
            pp_buf_str(out, entity);
        } else {
            pp_buf_char(out, *text);
        }
    }
}

/* --- the view's data, asked for before the script that draws it has arrived ------------------- */

/* Parameters for the browser alone; the second list has a meaning in the flame graph only. */
static const char *const drawn[] = { "q", "color", "dir", "as", "by", "x", "click", "sel", "every",
                                     "open", "token" };
static const char *const flame[] = { "p", "z", "order" };

static bool is_among(const char *const *names, size_t count, const char *pair, size_t len)
{
    const char *equals = memchr(pair, '=', len);
    len = equals ? (size_t)(equals - pair) : len;
    for (size_t i = 0; i < count; i++) {
        if (strlen(names[i]) == len && !memcmp(names[i], pair, len)) {
            return true;
        }
    }
    return false;
}

/* The page's query without what the data does not depend on. */
static const char *data_query(struct pp_web_ask *call, const struct pp_web_view *view)
{
    struct pp_buf out;
    bool is_flame = view->data == pp_web_flame;
    pp_buf_init(&out, call->request->arena);
    pp_buf_str(&out, "");
    for (const char *at = call->request->query; *at;) {
        size_t len = strcspn(at, "&");
        if (len && !is_among(drawn, sizeof(drawn) / sizeof(drawn[0]), at, len) &&
            (is_flame || !is_among(flame, sizeof(flame) / sizeof(flame[0]), at, len))) {
            pp_buf_str(&out, out.len ? "&" : "");
            pp_buf_append(&out, at, len);
        }
        at += len + (at[len] == '&');
    }
    return out.err ? "" : out.data;
}

/* Whether there is code at an address is known when its report is made, and only then. */
static const char *find_address_mistake(struct pp_web_ask *call, const struct pp_web_view *view)
{
    struct pp_buf path;
    const char *text;
    uint64_t address;
    if (!view->reads_code || !pp_assembly_address(call->config.focus, &address)) {
        return "";
    }
    pp_buf_init(&path, call->request->arena);
    pp_buf_printf(&path, "/ui/data/%s", view->path);
    bool is_good = path.err || pp_web_try(call->web, call->request->arena, path.data,
                                          data_query(call, view), &text) == 200;
    return is_good ? "" : text;
}

/* What is wrong with the request: in words, or "". All but an address is looked at before a report
 * is made. */
static const char *find_mistake(struct pp_web_ask *call, const struct pp_web_view *view)
{
    struct pprof_error error = { 0 };
    int r = pp_web_config(call, &error);
    r = r ? r : pp_web_view_check(call, view, &error);
    return r ? pp_arena_strndup(call->request->arena, error.detail, strlen(error.detail))
             : find_address_mistake(call, view);
}

/* Where the data is, relative to the page; "" when the script has to ask. The server starts on it
 * while the browser still reads the page, but does no work for links on other sites. */
static const char *prepare(struct pp_web_ask *call, const struct pp_web_view *view)
{
    struct pp_buf url;
    if (!view->is_kept || call->reply->status != 200 || pp_web_is_foreign(call->request)) {
        return "";
    }
    const char *query = data_query(call, view);
    pp_buf_init(&url, call->request->arena);
    pp_buf_printf(&url, "/ui/data/%s", view->path);
    if (url.err) {
        return "";
    }
    pp_web_prepare(call->web, url.data, query);
    pp_buf_printf(&url, "%s%s", *query ? "?" : "", query);
    return url.err ? "" : url.data + strlen("/ui/");
}

static void put_head(struct pp_buf *out, const struct pp_web_view *view)
{
    pp_buf_str(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                    "<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
    put_html(out, view->title);
    pp_buf_str(out, " - pprof</title>\n<link rel=\"icon\" href=\"assets/icon.svg\">\n"
                    "<link rel=\"stylesheet\" href=\"assets/app.css\">\n");
}

static void put_preload(struct pp_buf *out, const char *url)
{
    pp_buf_str(out, "<link rel=\"preload\" as=\"fetch\" crossorigin=\"anonymous\" href=\"");
    put_html(out, url);
    pp_buf_str(out, "\">\n");
}

static void put_body(struct pp_buf *out, const char *mistake, const char *meanwhile)
{
    pp_buf_str(out, "</script>\n<script type=\"module\" src=\"assets/app.js\"></script>\n"
                    "</head>\n<body>\n<div id=\"app\">");
    pp_buf_str(out, meanwhile);
    pp_buf_str(out, "</div>\n<noscript>This page needs "
                    "JavaScript. The same reports are printed by pprof -top, -peek, -list and "
                    "-disasm. ");
    put_html(out, mistake);
    pp_buf_str(out, "</noscript>\n</body>\n</html>\n");
}

/* The page while the profile is still being read: what depends on it is fetched. */
static void put_early_page(struct pp_web_ask *call, const struct pp_web_view *view)
{
    struct pp_buf *out = &call->reply->body;
    struct pp_json *j = &call->json;
    const char *data = prepare(call, view);
    struct pp_buf known;
    pp_buf_init(&known, call->request->arena);
    pp_buf_printf(&known, "data/known?view=%s", view->path);
    put_head(out, view);
    put_preload(out, known.err ? "" : known.data);
    if (*data) {
        put_preload(out, data);
    }
    pp_buf_str(out, "<script type=\"application/json\" id=\"known\">");
    j->in_html = true;
    pp_json_open(j, '{');
    pp_json_put_text(j, "later", known.err ? "" : known.data);
    pp_json_put_text(j, "data", data);
    pp_json_close(j, '}');
    put_body(out, "", "<p class=\"nothing\">Reading the profile …</p>");
}

/* Where nothing is asked for, find_mistake has nothing to find. */
static bool can_be_early(struct pp_web_ask *call)
{
    struct pp_buf asked;
    pp_buf_init(&asked, call->request->arena);
    pp_buf_str(&asked, call->request->query);
    pp_web_config_query(&call->web->args->config, &asked);
    return !asked.err && !asked.len && pp_web_is_loading(call->web);
}

void pp_web_page(struct pp_web_ask *call, const struct pp_web_view *view)
{
    struct pp_buf *out = &call->reply->body;
    bool is_early = can_be_early(call);
    if (!is_early && !pp_web_await_profile(call)) {
        return;
    }
    call->reply->content_type = "text/html; charset=utf-8";
    if (is_early) {
        put_early_page(call, view);
        return;
    }
    const char *mistake = find_mistake(call, view);
    mistake = mistake ? mistake : "not enough memory";
    call->reply->status = *mistake ? 400 : 200;
    const char *data = prepare(call, view);
    put_head(out, view);
    if (*data) {
        put_preload(out, data);
    }
    pp_buf_str(out, "<script type=\"application/json\" id=\"known\">");
    put_known(call, view, mistake, data);
    put_body(out, mistake, "");
}

void pp_web_known(struct pp_web_ask *call)
{
    const struct pp_web_view *view = pp_web_view_named(pp_web_param(call, "view"));
    if (view) {
        call->reply->content_type = "application/json";
        put_known(call, view, "", "");
    } else {
        pp_web_say(call, 404, "no such view");
    }
}
