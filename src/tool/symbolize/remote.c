#include "tool/symbolize/remote.h"

#include "base/err.h"
#include "tool/symbolize/url.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Addresses in one GET: servers cap a request line near 8 KiB. */
enum { GET_BATCH = 200 };

static bool ends_with(const char *text, const char *end)
{
    size_t a = strlen(text), b = strlen(end);
    return a >= b && !strcmp(text + a - b, end);
}

static bool is_pprof_path(const char *path)
{
    static const char *const pages[] = {"/pprof/heap", "/pprof/growth", "/pprof/profile",
                                        "/pprof/pmuprofile", "/pprof/contention"};
    bool found = strstr(path, "/debug/pprof/") != NULL;
    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        found = found || ends_with(path, pages[i]);
    }
    return found;
}

char *pp_symbol_url(struct pp_arena *arena, const char *profile_url)
{
    struct pp_url url;
    if (pp_url_parse(arena, profile_url, &url)) {
        return NULL;
    }
    const char *slash = strrchr(url.path, '/');
    struct pp_buf path;
    pp_buf_init(&path, arena);
    pp_buf_append(&path, url.path, slash ? (size_t)(slash - url.path) : 0);
    pp_buf_str(&path, is_pprof_path(url.path) ? "/symbol" : "/symbolz");
    url.path = path.data;
    url.query = url.fragment = (char *)"";
    return path.err ? NULL : pp_url_text(arena, &url);
}

struct remote {
    struct pp_edit *edit;
    const struct pp_symbolize_options *options;
    struct pp_arena arena;
    uint64_t offset; /* server's address = profile's + offset, modulo 2^64 */
    size_t mapping;
    bool use_get; /* POST was refused: newer Go answers GET only */
};

static int ask(struct remote *remote, const char *url, const struct pp_buf *addresses,
               struct pp_buf *reply, struct pprof_error *error)
{
    struct pp_http_answer answer = {0};
    pp_buf_init(&answer.body, &remote->arena);
    struct pp_http_call call = {.url = url, .tls = remote->options->tls};
    int seconds = remote->options->timeout_seconds;
    call.timeout_ns = (int64_t)(seconds > 0 ? seconds : 60) * 1000000000;
    if (remote->use_get) {
        struct pp_buf with;
        pp_buf_init(&with, &remote->arena);
        pp_buf_printf(&with, "%s?", url);
        pp_buf_append(&with, addresses->data, addresses->len);
        call.url = with.data;
    } else {
        call.body = addresses->data;
        call.body_len = addresses->len;
    }
    int r = pp_http_exchange(&call, &answer, error);
    if (r == 0 && answer.status != 200) {
        r = pp_err_set(error, PPROF_ERR_NOTFOUND, "server response: %s", answer.status_text);
    }
    *reply = answer.body;
    return r;
}

/* One "0xADDRESS NAME" line. */
static bool parse_line(const char *line, size_t len, uint64_t *address, const char **name,
                       size_t *name_len)
{
    const char *end = line + len, *p = memmem(line, len, "0x", 2);
    if (!p || p + 2 >= end || !isxdigit((unsigned char)p[2])) {
        return false;
    }
    char *after;
    *address = strtoull(p, &after, 16);
    const char *start = after;
    while (start < end && isspace((unsigned char)*start)) {
        start++;
    }
    while (end > start && end[-1] == '\r') {
        end--;
    }
    *name = start;
    *name_len = (size_t)(end - start);
    return start > after && start < end;
}

struct answer_line {
    uint64_t address;
    const char *name;
    size_t len;
};

static int by_address(const void *a, const void *b)
{
    const struct answer_line *x = a, *y = b;
    return x->address < y->address ? -1 : x->address > y->address;
}

static size_t parse_reply(struct remote *remote, const struct pp_buf *reply,
                          struct answer_line **lines)
{
    size_t n = 0, cap = 0;
    *lines = NULL;
    for (size_t at = 0; at < reply->len;) {
        const char *line = reply->data + at;
        const char *newline = memchr(line, '\n', reply->len - at);
        size_t len = newline ? (size_t)(newline - line) : reply->len - at;
        struct answer_line made;
        if (pp_arena_reserve(&remote->arena, lines, &cap, n, sizeof(**lines))) {
            break;
        }
        if (newline && parse_line(line, len, &made.address, &made.name, &made.len)) {
            made.address -= remote->offset;
            (*lines)[n++] = made;
        }
        at += len + 1;
    }
    if (n) {
        qsort(*lines, n, sizeof(**lines), by_address);
    }
    return n;
}

static bool is_asked(const struct remote *remote, const struct pprof_location *location)
{
    return location->mapping == remote->mapping && location->address && location->line_count == 0;
}

static void take_reply(struct remote *remote, const struct pp_buf *reply)
{
    struct pprof_profile *profile = remote->edit->profile;
    struct answer_line *lines;
    size_t n = parse_reply(remote, reply, &lines);
    for (size_t i = 0; n && i < profile->location_count; i++) {
        struct pprof_location *location = &profile->locations[i];
        struct answer_line key = {.address = location->address};
        struct answer_line *hit = is_asked(remote, location)
                                      ? bsearch(&key, lines, n, sizeof(*lines), by_address)
                                      : NULL;
        if (hit) {
            uint32_t name = pp_edit_string(remote->edit, hit->name, hit->len);
            struct pprof_line line = {pp_edit_function(remote->edit, name, name, 0, 0), 0, 0};
            pp_edit_lines(remote->edit, location, &line, 1);
        }
    }
}

static int ask_batch(struct remote *remote, const char *url, const struct pp_buf *addresses,
                     struct pprof_error *error)
{
    struct pp_buf reply;
    int r = ask(remote, url, addresses, &reply, error);
    if (r == 0) {
        take_reply(remote, &reply);
    }
    return r;
}

static bool has_names(const struct pp_buf *reply)
{
    return reply->len && memmem(reply->data, reply->len, "0x", 2);
}

/* Go since 1.22 refuses POST; a server that reads only the query answers it without a name. */
static int ask_post(struct remote *remote, const char *url, const struct pp_buf *addresses,
                    struct pprof_error *error)
{
    struct pp_buf reply;
    int r = ask(remote, url, addresses, &reply, error);
    if (r == PPROF_ERR_NOTFOUND || (r == 0 && !has_names(&reply))) {
        remote->use_get = true;
        return PPROF_ERR_NOTFOUND;
    }
    if (r == 0) {
        take_reply(remote, &reply);
    }
    return r;
}

static int ask_all(struct remote *remote, const char *url, size_t batch, struct pprof_error *error)
{
    const struct pprof_profile *profile = remote->edit->profile;
    struct pp_buf addresses;
    pp_buf_init(&addresses, &remote->arena);
    size_t held = 0;
    int r = 0;
    for (size_t i = 0; r == 0 && i < profile->location_count; i++) {
        if (is_asked(remote, &profile->locations[i])) {
            pp_buf_str(&addresses, held++ ? "+" : "");
            pp_buf_hex(&addresses, profile->locations[i].address + remote->offset);
        }
        if (held && (held == batch || i + 1 == profile->location_count)) {
            r = remote->use_get ? ask_batch(remote, url, &addresses, error)
                                : ask_post(remote, url, &addresses, error);
            pp_buf_reset(&addresses);
            held = 0;
        }
    }
    return r;
}

/* All in one POST; where that is not answered, GETs of a size that servers take. */
static int ask_server(struct remote *remote, const char *profile_url, struct pprof_error *error)
{
    char *url = pp_symbol_url(&remote->arena, profile_url);
    if (!url) {
        return 0;
    }
    int r = ask_all(remote, url, SIZE_MAX, error);
    if (r == PPROF_ERR_NOTFOUND && remote->use_get) {
        r = ask_all(remote, url, GET_BATCH, error);
    }
    return r;
}

static bool comes_from(const struct pprof_profile *profile, const struct pprof_mapping *mapping,
                       const struct pp_mapping_source *source)
{
    const char *file = profile->strings[mapping->filename].ptr;
    const char *id = profile->strings[mapping->build_id].ptr;
    return (*file && !strcmp(source->key, file)) || (*id && !strcmp(source->key, id));
}

static void name_mapping(struct pp_edit *edit, size_t index,
                         const struct pp_symbolize_options *options,
                         const struct pp_mapping_source *source, pp_message_fn message, void *ctx)
{
    struct pprof_mapping *mapping = &edit->profile->mappings[index];
    struct remote remote = {.edit = edit, .options = options, .mapping = index};
    struct pprof_error error = {0};
    remote.offset = source->start - mapping->start;
    pp_arena_init(&remote.arena, 0);
    if (ask_server(&remote, source->url, &error)) {
        pp_message(message, ctx, "remote symbolization: %s", error.detail);
    } else {
        mapping->has_functions = true;
    }
    pp_arena_release(&remote.arena);
}

void pp_symbolize_remote(struct pp_edit *edit, bool force,
                         const struct pp_symbolize_options *options, pp_message_fn message,
                         void *ctx)
{
    for (size_t m = 0; m < edit->profile->mapping_count; m++) {
        const struct pprof_mapping *mapping = &edit->profile->mappings[m];
        bool is_named = mapping->has_functions && !force;
        for (size_t i = 0; !is_named && i < options->source_count; i++) {
            if (comes_from(edit->profile, mapping, &options->sources[i])) {
                name_mapping(edit, m, options, &options->sources[i], message, ctx);
                break;
            }
        }
    }
}
