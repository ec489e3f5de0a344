#include "tool/web/json.h"

#include "base/utf8.h"

#include <math.h>
#include <string.h>

/* U+2028 and U+2029 end lines in older JavaScript. */
static bool is_plain(const unsigned char *s, size_t len, bool in_html)
{
    bool separator = len == 3 && s[0] == 0xe2 && s[1] == 0x80 && (s[2] | 1) == 0xa9;
    return len > 1 ? !separator
                   : *s >= ' ' && *s != '"' && *s != '\\' && *s != 0x7f &&
                         !(in_html && strchr("<>&", *s));
}

static void put_escaped(struct pp_buf *out, unsigned char c)
{
    if (c == '"' || c == '\\') {
        pp_buf_char(out, '\\');
        pp_buf_char(out, (char)c);
    } else if (c == '\n') {
        pp_buf_str(out, "\\n");
    } else {
        pp_buf_printf(out, "\\u%04x", c);
    }
}

static void put_quoted(const struct pp_json *json, const char *text, size_t len)
{
    struct pp_buf *out = json->out;
    const unsigned char *at = (const unsigned char *)text, *end = at + len, *plain = at;
    pp_buf_char(out, '"');
    while (at < end) {
        size_t step = pp_utf8_length((const char *)at, (size_t)(end - at));
        if (step && is_plain(at, step, json->in_html)) {
            at += step;
            continue;
        }
        pp_buf_append(out, plain, (size_t)(at - plain));
        if (step == 1) {
            put_escaped(out, *at);
        } else {
            pp_buf_str(out, !step ? "\\ufffd" : at[2] & 1 ? "\\u2029" : "\\u2028");
        }
        at += step ? step : 1;
        plain = at;
    }
    pp_buf_append(out, plain, (size_t)(at - plain));
    pp_buf_char(out, '"');
}

static void separate(struct pp_json *json)
{
    if (json->has_item) {
        pp_buf_char(json->out, ',');
    }
    json->has_item = true;
}

void pp_json_open(struct pp_json *json, char bracket)
{
    separate(json);
    pp_buf_char(json->out, bracket);
    json->has_item = false;
}

void pp_json_close(struct pp_json *json, char bracket)
{
    pp_buf_char(json->out, bracket);
    json->has_item = true;
}

void pp_json_key(struct pp_json *json, const char *key)
{
    separate(json);
    put_quoted(json, key, strlen(key));
    pp_buf_char(json->out, ':');
    json->has_item = false;
}

void pp_json_text(struct pp_json *json, const char *text)
{
    pp_json_text_n(json, text, strlen(text));
}

void pp_json_text_n(struct pp_json *json, const char *text, size_t len)
{
    separate(json);
    put_quoted(json, text, len);
}

void pp_json_int(struct pp_json *json, int64_t value)
{
    separate(json);
    pp_buf_i64(json->out, value);
}

void pp_json_real(struct pp_json *json, double value)
{
    separate(json);
    if (isfinite(value)) {
        pp_buf_printf(json->out, "%.12g", value);
    } else {
        pp_buf_str(json->out, "null");
    }
}

void pp_json_bool(struct pp_json *json, bool value)
{
    separate(json);
    pp_buf_str(json->out, value ? "true" : "false");
}

void pp_json_put_text(struct pp_json *json, const char *key, const char *text)
{
    pp_json_key(json, key);
    pp_json_text(json, text);
}

void pp_json_put_int(struct pp_json *json, const char *key, int64_t value)
{
    pp_json_key(json, key);
    pp_json_int(json, value);
}

void pp_json_put_bool(struct pp_json *json, const char *key, bool value)
{
    pp_json_key(json, key);
    pp_json_bool(json, value);
}

void pp_json_raw(struct pp_json *json, const char *text, size_t len)
{
    separate(json);
    pp_buf_append(json->out, text, len);
}
