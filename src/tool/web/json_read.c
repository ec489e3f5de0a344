/* Reading: settings files, which people edit by hand. */
#include "tool/web/json.h"

#include "base/err.h"

#include <stdlib.h>
#include <string.h>

struct reader {
    struct pp_arena *arena;
    const char *at, *end;
    int depth;
    bool failed;
};

static struct pp_json_value *read_value(struct reader *r);

static struct pp_json_value *fail(struct reader *r)
{
    r->failed = true;
    return NULL;
}

static char peek(struct reader *r)
{
    while (r->at < r->end && strchr(" \t\r\n", *r->at) && *r->at) {
        r->at++;
    }
    return r->at < r->end ? *r->at : '\0';
}

static bool take(struct reader *r, char c)
{
    bool is = peek(r) == c && r->at < r->end;
    r->at += is;
    return is;
}

static void put_utf8(struct pp_buf *out, unsigned code)
{
    if (code < 0x80) {
        pp_buf_char(out, (char)code);
        return;
    }
    if (code < 0x800) {
        pp_buf_char(out, (char)(0xc0 | code >> 6));
    } else {
        pp_buf_char(out, (char)(0xe0 | code >> 12));
        pp_buf_char(out, (char)(0x80 | (code >> 6 & 0x3f)));
    }
    pp_buf_char(out, (char)(0x80 | (code & 0x3f)));
}

/* What follows a backslash. Halves of a pair become U+FFFD: nothing here needs such characters. */
static bool read_escape(struct reader *r, struct pp_buf *out)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    char digits[5] = "", *stop;
    if (r->at >= r->end) {
        return false;
    }
    const char *known = memchr(from, *r->at, sizeof(from) - 1);
    if (known) {
        pp_buf_char(out, to[known - from]);
        r->at++;
        return true;
    }
    if (*r->at != 'u' || r->end - r->at < 5) {
        return false;
    }
    memcpy(digits, r->at + 1, 4);
    unsigned code = (unsigned)strtoul(digits, &stop, 16);
    if (stop != digits + 4 || code == 0) {
        return false;
    }
    put_utf8(out, code >= 0xd800 && code < 0xe000 ? 0xfffd : code);
    r->at += 5;
    return true;
}

static const char *read_text(struct reader *r)
{
    struct pp_buf text;
    pp_buf_init(&text, r->arena);
    if (!take(r, '"')) {
        (void)fail(r);
        return NULL;
    }
    while (r->at < r->end && *r->at != '"' && (unsigned char)*r->at >= ' ') {
        if (*r->at++ != '\\') {
            pp_buf_char(&text, r->at[-1]);
        } else if (!read_escape(r, &text)) {
            break;
        }
    }
    if (text.err || r->at >= r->end || *r->at++ != '"') {
        (void)fail(r);
        return NULL;
    }
    return text.data ? text.data : "";
}

/* The members between brackets, chained behind value->first. */
static struct pp_json_value *read_members(struct reader *r, struct pp_json_value *value, char close)
{
    struct pp_json_value **tail = &value->first;
    r->at++;
    if (++r->depth > PP_JSON_DEPTH) {
        return fail(r);
    }
    bool ended = take(r, close);
    while (!ended) {
        const char *key = close == '}' ? read_text(r) : NULL;
        if (r->failed || (key && !take(r, ':')) || !(*tail = read_value(r))) {
            return fail(r);
        }
        (*tail)->key = key;
        tail = &(*tail)->next;
        ended = take(r, close);
        if (!ended && !take(r, ',')) {
            return fail(r);
        }
    }
    r->depth--;
    return value;
}

static struct pp_json_value *read_word(struct reader *r, struct pp_json_value *value)
{
    size_t len = 0;
    while (r->at + len < r->end && !strchr(" \t\r\n,]}", r->at[len])) {
        len++;
    }
    value->text = pp_arena_strndup(r->arena, r->at, len);
    if (!value->text || len == 0) {
        return fail(r);
    }
    r->at += len;
    value->truth = !strcmp(value->text, "true");
    if (value->truth || !strcmp(value->text, "false")) {
        value->kind = PP_JSON_BOOL;
    } else if (strcmp(value->text, "null") != 0) {
        char *stop;
        (void)strtod(value->text, &stop);
        value->kind = PP_JSON_NUMBER;
        return *stop ? fail(r) : value;
    }
    return value;
}

static struct pp_json_value *read_value(struct reader *r)
{
    struct pp_json_value *value = pp_arena_alloc(r->arena, sizeof(*value));
    if (!value) {
        return fail(r);
    }
    switch (peek(r)) {
    case '{':
        value->kind = PP_JSON_OBJECT;
        return read_members(r, value, '}');
    case '[':
        value->kind = PP_JSON_ARRAY;
        return read_members(r, value, ']');
    case '"':
        value->kind = PP_JSON_TEXT;
        value->text = read_text(r);
        return value->text ? value : NULL;
    default:
        return read_word(r, value);
    }
}

struct pp_json_value *pp_json_read(struct pp_arena *arena, const char *text, size_t len,
                                   struct pprof_error *error)
{
    struct reader r = { .arena = arena, .at = text, .end = text + len };
    struct pp_json_value *value = read_value(&r);
    if (r.failed || !value || peek(&r) != '\0') {
        (void)pp_err_set(error, PPROF_ERR_FORMAT, "not JSON at byte %zu", (size_t)(r.at - text));
        return NULL;
    }
    return value;
}

const struct pp_json_value *pp_json_member(const struct pp_json_value *object, const char *key)
{
    for (const struct pp_json_value *v =
             object && object->kind == PP_JSON_OBJECT ? object->first : NULL;
         v; v = v->next) {
        if (!strcmp(v->key, key)) {
            return v;
        }
    }
    return NULL;
}
