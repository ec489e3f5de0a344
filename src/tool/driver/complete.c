#include "tool/driver/complete.h"

#include "base/buf.h"
#include "tool/driver/command.h"
#include "tool/driver/options.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct search {
    const struct pprof_profile *profile;
    struct pp_arena *arena;
    struct pp_completion *out;
    size_t cap;
    const char *word; /* being completed, ends with a NUL */
    size_t len;
    int err;
};

static void add(struct search *s, const char *text)
{
    struct pp_completion *out = s->out;
    if (s->err || out->count >= PP_COMPLETE_MAX) {
        return;
    }
    s->err = pp_arena_reserve(s->arena, &out->items, &s->cap, out->count, sizeof(*out->items));
    if (!s->err) {
        out->items[out->count++] = text;
    }
}

/* a and b as one text, when the word is its beginning, in whatever case. */
static void offer(struct search *s, const char *a, const char *b)
{
    struct pp_buf text;
    pp_buf_init(&text, s->arena);
    pp_buf_str(&text, a);
    pp_buf_str(&text, b);
    s->err = s->err ? s->err : text.err;
    if (!s->err && !strncasecmp(text.data, s->word, s->len)) {
        add(s, text.data);
    }
}

static const char *string(const struct search *s, uint32_t index)
{
    return s->profile->strings[index].ptr;
}

/* --- words that begin a line ------------------------------------------------------------------ */

static void offer_choices(struct search *s, const struct pp_option *option, const char *behind)
{
    const char *choice;
    size_t len;
    for (size_t i = 0; pp_option_choice(option, i, &choice, &len); i++) {
        const char *copy = pp_arena_strndup(s->arena, choice, len);
        offer(s, copy ? copy : "", behind);
    }
}

static void offer_commands(struct search *s)
{
    for (size_t i = 0; i < pp_command_count; i++) {
        offer(s, pp_commands[i].name, "");
    }
}

static void offer_options(struct search *s, bool to_set)
{
    for (size_t i = 0; i < pp_option_count; i++) {
        const struct pp_option *o = &pp_options[i];
        offer(s, o->name, to_set && o->kind != PP_OPTION_BOOL ? "=" : "");
        offer_choices(s, o, to_set ? "=true" : "");
    }
}

static void offer_line_starts(struct search *s)
{
    static const char *const others[] = { "help", "options", "quit", "exit" };
    offer_commands(s);
    offer_options(s, true);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        offer(s, others[i], "");
    }
    for (size_t i = 0; i < s->profile->sample_type_count; i++) {
        const char *type = string(s, s->profile->sample_types[i].type);
        offer(s, type, "");
        offer(s, "total_", type);
        offer(s, "mean_", type);
    }
}

/* --- functions and tags ----------------------------------------------------------------------- */

/* A name as an expression that matches it: RE2's signs quoted, but for dots. */
static const char *quoted(struct search *s, const char *name)
{
    struct pp_buf text;
    pp_buf_init(&text, s->arena);
    for (; *name; name++) {
        if (*name == ' ') {
            pp_buf_str(&text, "\\s");
            continue;
        }
        if (strchr("\\()[]{}*+?|^$", *name)) {
            pp_buf_char(&text, '\\');
        }
        pp_buf_char(&text, *name);
    }
    s->err = s->err ? s->err : text.err;
    return text.err || !text.data ? "" : text.data;
}

/* The word may be typed plainly, or be an earlier completion's beginning. */
static void offer_functions(struct search *s)
{
    for (size_t i = 0; i < s->profile->function_count; i++) {
        const char *name = string(s, s->profile->functions[i].name);
        if (*name && s->out->count < PP_COMPLETE_MAX) {
            const char *expression = quoted(s, name);
            if (strstr(name, s->word) || strstr(expression, s->word)) {
                add(s, expression);
            }
        }
    }
}

/* Which strings were offered already; all false at first. */
static bool *new_marks(struct search *s)
{
    bool *marks = pp_arena_array(s->arena, s->profile->string_count, sizeof(*marks));
    s->err = marks ? s->err : PPROF_ERR_NOMEM;
    return marks;
}

static void offer_tag_keys(struct search *s, const char *behind)
{
    const struct pprof_profile *p = s->profile;
    bool *met = new_marks(s);
    for (size_t i = 0; met && i < p->label_begin[p->sample_count]; i++) {
        uint32_t key = p->labels[i].key;
        if (!met[key]) {
            met[key] = true;
            offer(s, string(s, key), behind);
        }
    }
}

/* Texts that a key (NULL: any) has as values. */
static void offer_tag_values(struct search *s, const char *key, size_t key_len)
{
    const struct pprof_profile *p = s->profile;
    bool *met = new_marks(s);
    for (size_t i = 0; met && i < p->label_begin[p->sample_count]; i++) {
        const struct pprof_label *l = &p->labels[i];
        const char *name = string(s, l->key);
        bool wanted = !key || (strlen(name) == key_len && !memcmp(name, key, key_len));
        if (l->str && wanted && !met[l->str]) {
            met[l->str] = true;
            offer(s, quoted(s, string(s, l->str)), "");
        }
    }
}

/* --- values of options ------------------------------------------------------------------------ */

static bool is_one_of(const char *name, const char *const *names)
{
    for (; *names; names++) {
        if (!strcmp(name, *names)) {
            return true;
        }
    }
    return false;
}

static void take_word(struct search *s, const char *text, const char *word)
{
    s->out->start = (size_t)(word - text);
    s->word = word;
    s->len = strlen(word);
}

static void offer_tag_filter(struct search *s, const char *text)
{
    const char *equals = strchr(s->word, '=');
    if (!equals) {
        offer_tag_keys(s, "=");
        return;
    }
    const char *key = s->word;
    take_word(s, text, equals + 1);
    offer_tag_values(s, key, (size_t)(equals - key));
}

static void offer_values(struct search *s, const char *text, const struct pp_option *option)
{
    static const char *const names[] = { "focus", "ignore", "hide", "show", "show_from",
                                         "prune_from", NULL };
    static const char *const filters[] = { "tagfocus", "tagignore", NULL };
    static const char *const keys[] = { "tagshow", "taghide", "tagroot", "tagleaf", NULL };
    if (is_one_of(option->name, names)) {
        offer_functions(s);
    } else if (is_one_of(option->name, filters)) {
        offer_tag_filter(s, text);
    } else if (is_one_of(option->name, keys)) {
        const char *comma = strrchr(s->word, ',');
        take_word(s, text, comma ? comma + 1 : s->word);
        offer_tag_keys(s, "");
    } else if (!strcmp(option->name, "sample_index")) {
        for (size_t i = 0; i < s->profile->sample_type_count; i++) {
            offer(s, string(s, s->profile->sample_types[i].type), "");
        }
    } else if (option->kind == PP_OPTION_BOOL) {
        offer(s, "true", "");
        offer(s, "false", "");
    } else {
        offer_choices(s, option, "");
    }
}

/* --- the line --------------------------------------------------------------------------------- */

/* The option that the text in front of '=' names. */
static const struct pp_option *assigned(struct search *s, const char *text, const char *equals)
{
    size_t len = (size_t)(equals - text);
    while (len && isspace((unsigned char)text[len - 1])) {
        len--;
    }
    char *name = pp_arena_strndup(s->arena, text, len);
    return name ? pp_option_find(name) : NULL;
}

/* "top10" and "top" are one command. */
static const struct pp_command *command_of(struct search *s, const char *line)
{
    char *name = pp_arena_strndup(s->arena, line, strcspn(line, " \t"));
    size_t len = name ? strlen(name) : 0;
    while (len && isdigit((unsigned char)name[len - 1])) {
        name[--len] = '\0';
    }
    return name ? pp_command_named(name) : NULL;
}

static void offer_arguments(struct search *s, const char *text, const char *line)
{
    const struct pp_command *command = command_of(s, line);
    s->out->is_word = true;
    if (!strncmp(line, "help", 4) && isspace((unsigned char)line[4])) {
        offer_commands(s);
        offer_options(s, false);
        return;
    }
    if (!command || s->word[0] == '>') {
        return;
    }
    take_word(s, text, s->word + (s->word[0] == '-'));
    if (command->format == PP_FORMAT_TAGS) {
        offer_tag_keys(s, "");
        offer_tag_values(s, NULL, 0);
    } else {
        offer_functions(s);
    }
}

static void offer_all(struct search *s, const char *text)
{
    const char *line = text + strspn(text, " \t"), *equals = strchr(line, '=');
    const char *blank = line + strcspn(line, " \t");
    const struct pp_option *option = equals ? assigned(s, line, equals) : NULL;
    if (option) {
        take_word(s, text, equals + 1 + strspn(equals + 1, " \t"));
        offer_values(s, text, option);
        return;
    }
    if (!*blank) {
        take_word(s, text, line);
        offer_line_starts(s);
        return;
    }
    const char *word = text + strlen(text);
    while (word > line && !isspace((unsigned char)word[-1])) {
        word--;
    }
    take_word(s, text, word);
    offer_arguments(s, text, line);
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void sort_items(struct pp_completion *out)
{
    size_t kept = 0;
    if (out->count) {
        qsort(out->items, out->count, sizeof(*out->items), compare);
    }
    for (size_t i = 0; i < out->count; i++) {
        if (!kept || strcmp(out->items[kept - 1], out->items[i]) != 0) {
            out->items[kept++] = out->items[i];
        }
    }
    out->count = kept;
}

/* Items are sorted: what the first and the last share, all share. */
static const char *common_start(const struct search *s)
{
    const struct pp_completion *out = s->out;
    if (!out->count) {
        return "";
    }
    const char *first = out->items[0], *last = out->items[out->count - 1];
    size_t len = 0;
    while (first[len] && first[len] == last[len]) {
        len++;
    }
    const char *text = pp_arena_strndup(s->arena, first, len);
    bool extends = text && (!strncasecmp(text, s->word, s->len) || out->count == 1);
    return extends ? text : "";
}

int pp_complete(const struct pprof_profile *profile, const char *text, size_t len,
                struct pp_arena *arena, struct pp_completion *out)
{
    *out = (struct pp_completion){ .common = "" };
    struct search s = { .profile = profile, .arena = arena, .out = out };
    const char *copy = pp_arena_strndup(arena, text, len);
    if (!copy) {
        return PPROF_ERR_NOMEM;
    }
    offer_all(&s, copy);
    if (!s.err) {
        sort_items(out);
        out->common = common_start(&s);
    }
    return s.err ? PPROF_ERR_NOMEM : 0;
}
