/* JSON, written to a buffer and read from text.
 *
 * Writing: commas are the writer's business; texts may hold any bytes (what is no UTF-8 becomes
 * U+FFFD); with in_html <, > and & are escaped, so that the result may stand inside a page.
 * Reading: everything in the arena; nesting deeper than PP_JSON_DEPTH is refused.
 */
#ifndef PP_WEB_JSON_H
#define PP_WEB_JSON_H

#include "base/buf.h"
#include "pprof/error.h"

#include <stdbool.h>

struct pp_json {
    struct pp_buf *out;
    bool has_item; /* a comma is due before the next value */
    bool in_html;
};

static inline struct pp_json pp_json_on(struct pp_buf *out)
{
    return (struct pp_json){ .out = out };
}

void pp_json_open(struct pp_json *json, char bracket);
void pp_json_close(struct pp_json *json, char bracket);
void pp_json_key(struct pp_json *json, const char *key);
void pp_json_text(struct pp_json *json, const char *text);
void pp_json_text_n(struct pp_json *json, const char *text, size_t len);
void pp_json_int(struct pp_json *json, int64_t value);
/* null when it is not finite. */
void pp_json_real(struct pp_json *json, double value);
void pp_json_bool(struct pp_json *json, bool value);
/* A key with its value. */
void pp_json_put_text(struct pp_json *json, const char *key, const char *text);
void pp_json_put_int(struct pp_json *json, const char *key, int64_t value);
void pp_json_put_bool(struct pp_json *json, const char *key, bool value);
/* Bytes that are JSON already. */
void pp_json_raw(struct pp_json *json, const char *text, size_t len);

enum { PP_JSON_DEPTH = 32 };
enum pp_json_kind {
    PP_JSON_NULL,
    PP_JSON_BOOL,
    PP_JSON_NUMBER,
    PP_JSON_TEXT,
    PP_JSON_ARRAY,
    PP_JSON_OBJECT
};

struct pp_json_value {
    enum pp_json_kind kind;
    bool truth;
    const char *text; /* of a text; a number as it was written */
    const char *key;  /* inside an object */
    struct pp_json_value *first, *next;
};

/* NULL with a sentence when the text is no JSON. */
struct pp_json_value *pp_json_read(struct pp_arena *arena, const char *text, size_t len,
                                   struct pprof_error *error);

/* The member of an object; NULL when absent or not an object. */
const struct pp_json_value *pp_json_member(const struct pp_json_value *object, const char *key);

#endif
