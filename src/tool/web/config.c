/* Options in URLs: the rows of the option table that have a URL parameter. */
#include "tool/web/room.h"

#include "base/err.h"
#include "tool/report/filter.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static int bad_field(const struct pp_option *option, const struct pprof_error *why,
                     struct pprof_error *error)
{
    return pp_err_set(error, PPROF_ERR_INVALID, "error setting config field %s: %s", option->name,
                      why->detail);
}

static int check_argument(const char *symbol, struct pprof_error *error)
{
    struct pp_regex *regex = NULL;
    struct pprof_error why = { 0 };
    int r = pp_regex_compile(symbol, &regex, &why);
    pp_regex_free(regex);
    return r ? pp_err_set(error, r, "parsing argument regexp %s: %s", symbol, why.detail) : 0;
}

/* tagfocus and tagignore, which may be ranges. */
static int check_tags(struct pp_web_ask *call, const char *name, const char *text,
                      struct pprof_error *error)
{
    struct pp_view view = { .arena = call->request->arena };
    struct pp_filter filter = { .view = &view, .config = &call->config };
    struct pp_tag_filter *made = NULL;
    int r = pp_tag_filter_compile(&filter, name, text, &made, error);
    pp_tag_filter_free(made);
    return r;
}

static int check_expressions(struct pp_web_ask *call, struct pprof_error *error)
{
    const struct pp_config *c = &call->config;
    const struct {
        const char *name, *text;
    } all[] = {
        { "focus", c->focus },         { "ignore", c->ignore },
        { "hide", c->hide },           { "show", c->show },
        { "show_from", c->show_from }, { "prune_from", c->prune_from },
        { "tagshow", c->tagshow },     { "taghide", c->taghide },
    };
    int wrong = *c->focus && pp_web_view_takes_symbol(call->view) ? check_argument(c->focus, error)
                                                                  : 0;
    wrong = wrong ? wrong : check_tags(call, "tagfocus", c->tagfocus, error);
    wrong = wrong ? wrong : check_tags(call, "tagignore", c->tagignore, error);
    for (size_t i = 0; !wrong && i < sizeof(all) / sizeof(all[0]); i++) {
        struct pp_regex *regex = NULL;
        wrong = *all[i].text ? pp_filter_compile(all[i].name, all[i].text, &regex, error) : 0;
        pp_regex_free(regex);
    }
    return wrong;
}

/* Against the first moment: all moments have its types. */
static int check_sample_type(struct pp_web_ask *call, struct pprof_error *error)
{
    const struct pprof_profile *first = pp_web_first_profile(call->web);
    int r = pprof_profile_sample_index(first, call->config.sample_index, error);
    return r < 0 ? r : 0;
}

int pp_web_config(struct pp_web_ask *call, struct pprof_error *error)
{
    call->config = call->web->args->config;
    call->config.output = "";
    for (size_t i = 0; i < pp_option_count; i++) {
        const struct pp_option *o = &pp_options[i];
        struct pprof_error why = { 0 };
        const char *value = *o->url ? pp_web_param(call, o->url) : "";
        if (*value && pp_option_set(&call->config, o, value, &why)) {
            return bad_field(o, &why, error);
        }
    }
    int r = check_expressions(call, error);
    return r ? r : check_sample_type(call, error);
}

/* --- back to text ----------------------------------------------------------------------------- */

static void put_encoded(struct pp_buf *out, const char *text)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     strchr("-_.~", c);
        if (plain) {
            pp_buf_char(out, (char)c);
        } else {
            pp_buf_printf(out, "%%%02X", c);
        }
    }
}

void pp_web_config_query(const struct pp_config *config, struct pp_buf *out)
{
    struct pp_config defaults;
    size_t count = 0;
    pp_config_init(&defaults);
    for (size_t i = 0; i < pp_option_count; i++) {
        const struct pp_option *o = &pp_options[i];
        char now[64], before[64];
        const char *value = pp_option_text_of(config, o, now, sizeof(now));
        if (!*o->url || !strcmp(value, pp_option_text_of(&defaults, o, before, sizeof(before)))) {
            continue;
        }
        pp_buf_str(out, count++ ? "&" : "?");
        pp_buf_str(out, o->url);
        pp_buf_char(out, '=');
        put_encoded(out, o->kind == PP_OPTION_BOOL ? (*value == 't' ? "t" : "f") : value);
    }
}
