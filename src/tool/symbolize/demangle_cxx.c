/* C++ names: libstdc++'s demangler does the grammar, its text is then cut down to what is asked
 * for.
 *
 *   "void (anonymous namespace)::f<int>(int)::{lambda(char)#1}::operator()(char) const"
 *    ^^^^^ return type                ^^^^^ arguments           parameters and behind ^^^^^^^^^^^^
 *
 * becomes "(anonymous namespace)::f()::{lambda(char)#1}::operator()"; an enclosing function that is
 * const stays so. The reader below goes once
 * over the text; groups are skipped as wholes, so nothing nests on the stack.
 */
#include "tool/symbolize/demangle.h"

#include <ctype.h>
#include <setjmp.h>
#include <string.h>

enum { NAME_MAX_BYTES = 16384, TEXT_MAX_BYTES = 65536 };

/* libstdc++'s own entry that streams its text, so that a name made to explode can be stopped. */
extern int __gcclibcxx_demangle_callback(const char *name,
                                         void (*put)(const char *, size_t, void *), void *ctx);

struct stream {
    struct pp_buf *out;
    jmp_buf stop;
};

static void put(const char *text, size_t len, void *ctx)
{
    struct stream *stream = ctx;
    if (stream->out->len + len > TEXT_MAX_BYTES || stream->out->err) {
        longjmp(stream->stop, 1);
    }
    pp_buf_append(stream->out, text, len);
}

static bool demangle_raw(struct pp_buf *out, const char *name)
{
    struct stream stream = {.out = out};
    if (strncmp(name, "_Z", 2) != 0 || strnlen(name, NAME_MAX_BYTES) == NAME_MAX_BYTES) {
        return false;
    }
    if (setjmp(stream.stop)) {
        return false;
    }
    return __gcclibcxx_demangle_callback(name, put, &stream) == 0 && !out->err && out->len > 0;
}

/* What an empty parameter pack leaves behind: ">>" for two closing brackets, ", , ". */
static bool pack_trace(const struct pp_buf *out, const char *p, const char *end)
{
    const char *data = out->data;
    size_t n = out->len;
    if (n < 2) {
        return false;
    }
    if (*p == '>') {
        return data[n - 1] == '>' && !strchr(")->", data[n - 2]) && data[n - 2] != 'r';
    }
    return *p == ',' && p + 1 < end && p[1] == ' ' && !memcmp(data + n - 2, ", ", 2);
}

static void tidy_packs(struct pp_buf *out, const char *p, const char *end)
{
    for (; p < end; p++) {
        bool trace = pack_trace(out, p, end);
        if (trace && *p == ',') {
            p++;
            continue;
        }
        pp_buf_append(out, trace ? " >" : p, trace ? 2 : 1);
    }
}

struct reader {
    const char *p, *end;
    struct pp_buf *out;
    size_t start;         /* of the name in out; a return type before it is dropped */
    bool keep_templates;
    bool special;         /* "non-virtual thunk to f(int)": parameters stay */
};

static bool at(const struct reader *r, const char *text)
{
    size_t len = strlen(text);
    return (size_t)(r->end - r->p) >= len && !memcmp(r->p, text, len);
}

/* Length of "operator" and its sign at the reader; 0 when there is none. */
static size_t operator_length(const char *p, const char *end)
{
    static const char *const signs[] = {"<=>", "<<=", ">>=", "->*", "()", "[]", "->",
                                        "<<",  ">>",  "<=",  ">=",  "<",  ">"};
    if (end - p < 9 || memcmp(p, "operator", 8) != 0 || isalnum((unsigned char)p[8]) ||
        p[8] == '_') {
        return 0;
    }
    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
        size_t len = strlen(signs[i]);
        if ((size_t)(end - p) >= 8 + len && !memcmp(p + 8, signs[i], len)) {
            return 8 + len;
        }
    }
    return 8;
}

static bool starts_word(const struct reader *r)
{
    size_t n = r->out->len;
    char before = n > r->start ? r->out->data[n - 1] : ' ';
    return !isalnum((unsigned char)before) && before != '_';
}

/* Behind the group that opens at p; end when it never closes. Operators inside are not brackets. */
static const char *group_end(const char *p, const char *end)
{
    size_t depth = 0;
    for (; p < end; p++) {
        size_t skip = *p == 'o' ? operator_length(p, end) : 0;
        if (skip) {
            p += skip - 1;
        } else if (strchr("(<{[", *p)) {
            depth++;
        } else if (*p == '>' && p[-1] == '-') {
            continue;
        } else if (strchr(")>}]", *p) && --depth == 0) {
            return p + 1;
        }
    }
    return end;
}

static void copy(struct reader *r, const char *to)
{
    pp_buf_append(r->out, r->p, (size_t)(to - r->p));
    r->p = to;
}

/* Behind parameters: where " const", " &" and the like end. */
static const char *qualifiers_end(const char *p, const char *end)
{
    static const char *const words[] = {" const", " volatile", " restrict", " noexcept",
                                        " &&",    " &",        " transaction_safe"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]);) {
        size_t len = strlen(words[i]);
        bool here = (size_t)(end - p) >= len && !memcmp(p, words[i], len);
        p += here ? len : 0;
        i = here ? 0 : i + 1;
    }
    return p;
}

static const char anonymous[] = "(anonymous namespace)";

/* A function that something else is inside of, "f(int) const::", keeps no more than "() const". */
static bool put_enclosing(struct reader *r, const char *close)
{
    const char *behind = qualifiers_end(close, r->end);
    if (at(r, anonymous) || r->end - behind < 2 || memcmp(behind, "::", 2) != 0) {
        return false;
    }
    pp_buf_str(r->out, "()");
    r->p = close;
    copy(r, behind);
    return true;
}

/* Copies up to `to`, template arguments left out unless they are kept. */
static void copy_text(struct reader *r, const char *to)
{
    while (r->p < to) {
        size_t skip = *r->p == 'o' ? operator_length(r->p, to) : 0;
        if (skip) {
            copy(r, r->p + skip);
        } else if (*r->p == '<' && !r->keep_templates) {
            r->p = group_end(r->p, to);
        } else if (*r->p != '(' || !put_enclosing(r, group_end(r->p, to))) {
            copy(r, r->p + 1);
        }
    }
}

/* Whether a group is "(*)", "(&)" or "(Class::*)", or opens like one. */
static bool is_declarator(const char *open, const char *close)
{
    const char *star = open + 1;
    while (star < close && (isalnum((unsigned char)*star) || strchr("_:<", *star))) {
        star = *star == '<' ? group_end(star, close) : star + 1;
    }
    return star < close && strchr("*&", *star) && (star == open + 1 || star[-1] == ':');
}

/* That is how a function opens that returns a pointer to a function. */
static bool opens_declarator(const struct reader *r, const char *close)
{
    return r->out->len == r->start && is_declarator(r->p, close);
}

static void read_parameters(struct reader *r)
{
    const char *close = group_end(r->p, r->end);
    if (at(r, anonymous)) {
        copy(r, r->p + sizeof(anonymous) - 1);
        return;
    }
    if (opens_declarator(r, close)) {
        r->p = memchr(r->p, '*', (size_t)(close - r->p)) ? memchr(r->p, '*', (size_t)(close - r->p))
                                                         : r->p + 1;
        r->p++;
        r->end = close > r->p ? close - 1 : r->p;
        return;
    }
    if (r->out->len == r->start) {
        r->p = close; /* decltype (...) as return type */
        return;
    }
    if (put_enclosing(r, close)) {
        return;
    }
    if (r->special) {
        copy_text(r, r->end);
    }
    r->p = r->end;
}

/* Where the name behind "operator" ends: at its parameters, which for a conversion stand behind the
 * groups of a type like "void (*)(int)". */
static const char *operator_end(const char *p, const char *end)
{
    bool is_pointed_to = false; /* a function, whose parameters stand here */
    while (p < end) {
        const char *close = strchr("(<", *p) ? group_end(p, end) : p + 1;
        bool is_unnamed = (size_t)(close - p) == sizeof(anonymous) - 1 &&
                          !memcmp(p, anonymous, sizeof(anonymous) - 1);
        bool declares = *p == '(' && is_declarator(p, close);
        if (*p == '(' && !is_unnamed && !declares && !is_pointed_to) {
            return p;
        }
        is_pointed_to = declares && close < end && *close == '(';
        p = close;
    }
    return p;
}

/* "operator<<", "operator std::string": the blank belongs to the name. */
static void read_operator(struct reader *r, size_t len)
{
    copy(r, r->p + len);
    if (len == 8 && r->p < r->end && *r->p == ' ') {
        copy_text(r, operator_end(r->p, r->end));
    } else if (!r->keep_templates && at(r, " <")) {
        r->p++;
    } else if (r->keep_templates && at(r, " <")) {
        copy(r, r->p + 1);
    }
}

static void drop_return_type(struct reader *r)
{
    r->p++;
    r->out->len = r->start;
    if (r->out->data) {
        r->out->data[r->start] = '\0';
    }
}

static void read_name(struct reader *r)
{
    while (r->p < r->end) {
        size_t len = *r->p == 'o' && starts_word(r) ? operator_length(r->p, r->end) : 0;
        if (len) {
            read_operator(r, len);
        } else if (*r->p == '(') {
            read_parameters(r);
        } else if (*r->p == '<' && !r->keep_templates) {
            r->p = group_end(r->p, r->end);
        } else if (*r->p == '<' || *r->p == '{' || *r->p == '[') {
            copy_text(r, group_end(r->p, r->end));
        } else if (*r->p == ' ') {
            drop_return_type(r);
        } else {
            copy(r, r->p + 1);
        }
    }
}

/* What the compiler makes itself: a prefix, then a function or variable, or a type. */
static const struct {
    const char *text;
    bool type;
} prefixes[] = {
    {"non-virtual thunk to ", false}, {"virtual thunk to ", false},
    {"covariant return thunk to ", false}, {"guard variable for ", false},
    {"TLS init function for ", false}, {"TLS wrapper function for ", false},
    {"transaction clone for ", false}, {"non-transaction clone for ", false},
    {"hidden alias for ", false}, {"vtable for ", true},
    {"typeinfo for ", true}, {"typeinfo name for ", true},
    {"VTT for ", true}, {"construction vtable for ", true},
    {"reference temporary #", true}, {"template parameter object for ", true},
    {"typeinfo fn for ", true},
};

static bool read_prefix(struct reader *r)
{
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        if (at(r, prefixes[i].text)) {
            copy(r, r->p + strlen(prefixes[i].text));
            r->start = r->out->len;
            r->special = true;
            return prefixes[i].type;
        }
    }
    return false;
}

bool pp_demangle_cxx(struct pp_buf *out, const char *name, enum pp_demangle_mode mode)
{
    /* Not from the arena: it would keep them for each of a profile's names. Tidied, a text may have
     * a blank more for each of its bytes. */
    char raw_room[TEXT_MAX_BYTES + 1], tidy_room[2 * TEXT_MAX_BYTES + 1];
    struct pp_buf raw = {.data = raw_room, .cap = sizeof(raw_room), .arena = out->arena};
    struct pp_buf tidy = {.data = tidy_room, .cap = sizeof(tidy_room), .arena = out->arena};
    if (!demangle_raw(&raw, name)) {
        return false;
    }
    const char *clone = memmem(raw.data, raw.len, " [clone ", 8);
    tidy_packs(&tidy, raw.data, clone ? clone : raw.data + raw.len);
    if (tidy.err || tidy.len == 0) {
        return false;
    }
    struct reader r = {.p = tidy.data, .end = tidy.data + tidy.len, .out = out};
    r.keep_templates = mode == PP_DEMANGLE_TEMPLATES;
    if (mode == PP_DEMANGLE_FULL) {
        copy(&r, r.end);
        return !out->err;
    }
    if (read_prefix(&r)) {
        copy_text(&r, r.end);
    } else {
        read_name(&r);
    }
    return !out->err && out->len > 0;
}
