/* The -symbolize option: local files first, then the servers, then readable names. */
#include "tool/symbolize/symbolize.h"

#include "base/err.h"
#include "tool/symbolize/binary.h"
#include "tool/symbolize/demangle.h"
#include "tool/symbolize/edit.h"
#include "tool/symbolize/kernel.h"
#include "tool/symbolize/remote.h"
#include "tool/symbolize/url.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

struct mode {
    bool nothing, local, remote, symbols_only, force;
    enum pp_demangle_mode demangle;
};

struct session {
    struct pprof_profile *profile;
    struct pp_edit edit;
    struct pp_arena scratch;
    struct mode mode;
    pp_message_fn message;
    void *ctx;
    uint32_t *first; /* mapping_count + 1 offsets into by_mapping */
    uint32_t *by_mapping; /* location indices, grouped by mapping */
    bool missing_binaries;
};

/* --- the mode --------------------------------------------------------------------------------- */

static const struct {
    const char *word;
    enum pp_demangle_mode demangle;
    bool sets_demangle, force, sets_where, local, remote, symbols_only;
} words[] = {
    {.word = ""},
    {.word = "local", .sets_where = true, .local = true},
    {.word = "fastlocal", .sets_where = true, .local = true, .symbols_only = true},
    {.word = "remote", .sets_where = true, .remote = true},
    {.word = "force", .force = true},
    {.word = "demangle=full", .sets_demangle = true, .demangle = PP_DEMANGLE_FULL, .force = true},
    {.word = "demangle=none", .sets_demangle = true, .demangle = PP_DEMANGLE_NONE, .force = true},
    {.word = "demangle=templates",
     .sets_demangle = true,
     .demangle = PP_DEMANGLE_TEMPLATES,
     .force = true},
    {.word = "demangle=default"},
    {.word = "default"},
};

static bool take_word(struct mode *mode, const char *word, size_t len)
{
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strlen(words[i].word) != len || strncasecmp(words[i].word, word, len) != 0) {
            continue;
        }
        if (words[i].sets_where) {
            mode->local = words[i].local;
            mode->remote = words[i].remote;
            mode->symbols_only = mode->symbols_only || words[i].symbols_only;
        }
        if (words[i].sets_demangle) {
            mode->demangle = words[i].demangle;
        }
        mode->force = mode->force || words[i].force;
        return true;
    }
    return false;
}

static struct mode parse_mode(const char *text, pp_message_fn message, void *ctx)
{
    struct mode mode = {.local = true, .remote = true};
    for (const char *p = text ? text : "";; p++) {
        size_t len = strcspn(p, ":");
        if ((len == 4 && !strncasecmp(p, "none", 4)) || (len == 2 && !strncasecmp(p, "no", 2))) {
            mode.nothing = true;
            return mode;
        }
        if (!take_word(&mode, p, len)) {
            pp_message(message, ctx, "ignoring unrecognized symbolization option: %s", text);
            pp_message(message, ctx,
                       "expecting -symbolize=[local|fastlocal|remote|none][:force]"
                       "[:demangle=[none|full|templates|default]");
        }
        p += len;
        if (!*p) {
            return mode;
        }
    }
}

/* --- local files ------------------------------------------------------------------------------ */

bool pp_mapping_unsymbolizable(const char *file)
{
    const char *slash = strrchr(file, '/');
    const char *base = slash ? slash + 1 : file;
    return base[0] == '[' || !strncmp(base, "linux-vdso", 10) || !strncmp(file, "/dev/dri/", 9) ||
           !strcmp(file, "//anon") || file[0] == '\0' || !strncmp(file, "/memfd:", 7);
}

static int group_locations(struct session *s)
{
    const struct pprof_profile *p = s->profile;
    s->first = pp_arena_array(&s->scratch, p->mapping_count + 2, sizeof(*s->first));
    s->by_mapping = pp_arena_array(&s->scratch, p->location_count + 1, sizeof(*s->by_mapping));
    if (!s->first || !s->by_mapping) {
        return PPROF_ERR_NOMEM;
    }
    for (size_t i = 0; i < p->location_count; i++) {
        if (p->locations[i].mapping < p->mapping_count) {
            s->first[p->locations[i].mapping + 2]++;
        }
    }
    for (size_t m = 2; m < p->mapping_count + 2; m++) {
        s->first[m] += s->first[m - 1];
    }
    for (size_t i = 0; i < p->location_count; i++) {
        uint32_t m = p->locations[i].mapping;
        if (m < p->mapping_count) {
            s->by_mapping[s->first[m + 1]++] = (uint32_t)i;
        }
    }
    return 0;
}

static const char *text_of(const struct session *s, uint32_t string)
{
    return s->profile->strings[string].ptr;
}

static uint32_t intern(struct session *s, const char *text)
{
    return pp_edit_string(&s->edit, text, strlen(text));
}

/* A name alone is no news for a location that has one. */
static bool adds_nothing(const struct session *s, const struct pprof_location *location,
                         const struct pp_frame *frames, size_t count)
{
    if (count != 1 || frames[0].file[0] || frames[0].line || location->line_count == 0) {
        return false;
    }
    const struct pprof_line *line = &s->profile->lines[location->line_begin];
    return line->function != PPROF_NONE && s->profile->functions[line->function].name != 0;
}

static void set_lines(struct session *s, struct pprof_mapping *mapping,
                      struct pprof_location *location, const struct pp_frame *frames, size_t count)
{
    struct pprof_line lines[256];
    for (size_t i = 0; i < count; i++) {
        const struct pp_frame *frame = &frames[i];
        mapping->has_functions |= frame->name[0] != '\0';
        mapping->has_filenames |= frame->file[0] != '\0';
        mapping->has_line_numbers |= frame->line != 0;
        uint32_t name = intern(s, frame->name);
        uint32_t function =
            pp_edit_function(&s->edit, name, name, intern(s, frame->file), frame->start_line);
        lines[i] = (struct pprof_line){function, frame->line, frame->column};
    }
    mapping->has_inline_frames = true;
    location->is_folded = false;
    pp_edit_lines(&s->edit, location, lines, count);
}

struct tally {
    size_t all, unnamed;
};

static struct tally name_locations(struct session *s, size_t index, struct pp_module *module,
                                   uint64_t base)
{
    struct tally tally = {0};
    struct pprof_mapping *mapping = &s->profile->mappings[index];
    for (uint32_t i = s->first[index]; i < s->first[index + 1] && !s->edit.err; i++) {
        struct pprof_location *location = &s->profile->locations[s->by_mapping[i]];
        const struct pp_frame *frames;
        size_t count = pp_module_frames(module, location->address - base, &frames);
        tally.all++;
        if (count && !adds_nothing(s, location, frames, count)) {
            set_lines(s, mapping, location, frames, count);
        }
        tally.unnamed += location->line_count == 0;
    }
    return tally;
}

/* What would name the frames that stay addresses: one line a mapping. */
static void say_unnamed(struct session *s, const char *file, const struct pp_module *module,
                        struct tally tally)
{
    if (tally.unnamed == 0 || pp_module_has_lines(module)) {
        return;
    }
    const char *id = pp_build_id_of(&s->scratch, pp_module_elf(module));
    const char *package = pp_package_of(&s->scratch, file);
    const char *slash = strrchr(file, '/');
    char install[192] = "its debug file";
    if (package && !strcmp(package, "libc6")) {
        strcpy(install, "Debian package libc6-dbg");
    } else if (package) {
        (void)snprintf(install, sizeof(install), "Debian package %s-dbgsym", package);
    }
    pp_message(s->message, s->ctx,
               "%s: %zu of %zu addresses have no name; %s (build ID %s), or a server in "
               "DEBUGINFOD_URLS, would name them",
               slash ? slash + 1 : file, tally.unnamed, tally.all, install,
               id && *id ? id : "none");
}

/* A skeleton says where code is, but neither which calls are inlined nor where functions start. */
static void say_bare(struct session *s, const char *file, const struct pp_module *module)
{
    struct pp_buf package;
    const char *bare = pp_module_bare(module), *slash = strrchr(file, '/');
    if (!bare) {
        return;
    }
    pp_buf_init(&package, &s->scratch);
    pp_buf_printf(&package, "%s.dwp", file);
    if (!package.err && access(package.data, R_OK) == 0) {
        pp_message(s->message, s->ctx,
                   "%s: inlined calls are missing: this libdw.so.1 cannot read %s (that of elfutils "
                   "0.191 can; or keep the .dwo files)",
                   slash ? slash + 1 : file, package.data);
        return;
    }
    pp_message(s->message, s->ctx,
               "%s: inlined calls are missing: its split debug information (%s) is not there",
               slash ? slash + 1 : file, bare);
}

static void say_failed(struct session *s, const char *file, const char *build_id, const char *why)
{
    const char *slash = strrchr(file, '/');
    const char *base = slash ? slash + 1 : file;
    if (*build_id) {
        pp_message(s->message, s->ctx, "Local symbolization failed for %s (build ID %s): %s", base,
                   build_id, why);
    } else {
        pp_message(s->message, s->ctx, "Local symbolization failed for %s: %s", base, why);
    }
}

static void symbolize_mapping(struct session *s, size_t index)
{
    const struct pprof_mapping mapping = s->profile->mappings[index];
    const char *file = text_of(s, mapping.filename), *id = text_of(s, mapping.build_id);
    const char *path = NULL;
    struct pprof_error error = {0};
    struct pp_module *module = NULL;
    uint64_t base = 0;
    unsigned flags = s->mode.symbols_only ? PP_MODULE_SYMBOLS_ONLY : 0;
    int r = pp_binary_find(&s->scratch, file, id, &path, &error);
    r = r ? r : pp_module_open(path, flags, &module, &error);
    r = r ? r : pp_module_base(module, mapping.start, mapping.limit, mapping.offset, &base, &error);
    if (r) {
        say_failed(s, file, id, error.detail);
        s->missing_binaries |= strcmp(error.detail, "build ID mismatch") != 0;
        pp_module_close(module);
        return;
    }
    struct tally tally = name_locations(s, index, module, base);
    say_unnamed(s, path, module, tally);
    say_bare(s, path, module);
    pp_module_close(module);
}

/* Frames of the kernel that runs here, which has no file of its own: names alone. */
static void symbolize_kernel(struct session *s, size_t index)
{
    struct pprof_mapping *mapping = &s->profile->mappings[index];
    struct pp_kernel kernel;
    if (!pp_kernel_read(&s->scratch, text_of(s, mapping->build_id), &kernel)) {
        return;
    }
    for (uint32_t i = s->first[index]; i < s->first[index + 1] && !s->edit.err; i++) {
        struct pprof_location *location = &s->profile->locations[s->by_mapping[i]];
        struct pp_frame frame = {.name = pp_kernel_name(&kernel, location->address), .file = ""};
        if (frame.name && !adds_nothing(s, location, &frame, 1)) {
            set_lines(s, mapping, location, &frame, 1);
        }
    }
}

static bool is_web(const char *file)
{
    const char *colon = strchr(file, ':');
    return colon && strcasestr(file, "http") && strcasestr(file, "http") < colon;
}

/* Whether there is something to do for this mapping, with google/pprof's words where there is
 * not. */
static bool wants_local(struct session *s, size_t index)
{
    const struct pprof_mapping *m = &s->profile->mappings[index];
    const char *file = text_of(s, m->filename);
    if (s->first[index] == s->first[index + 1] ||
        (!s->mode.force && (m->has_functions || m->has_filenames || m->has_line_numbers))) {
        return false;
    }
    if (!*file && index == 0) {
        pp_message(s->message, s->ctx, "Main binary filename not available.");
        return false;
    }
    if (!*file) {
        s->missing_binaries = true;
        return false;
    }
    if (pp_is_kernel(file)) {
        return true;
    }
    return !pp_mapping_unsymbolizable(file) && (m->build_id || !is_web(file)) &&
           strncmp(file, "unix:", 5) != 0;
}

static int symbolize_local(struct session *s)
{
    int r = group_locations(s);
    bool said = false;
    for (size_t i = 0; r == 0 && i < s->profile->mapping_count; i++) {
        if (!wants_local(s, i)) {
            continue;
        }
        if (pp_is_kernel(text_of(s, s->profile->mappings[i].filename))) {
            symbolize_kernel(s, i);
            continue;
        }
        if (!said && !s->mode.symbols_only && pp_libdw_missing()) {
            pp_message(s->message, s->ctx,
                       "libdw.so.1 is not installed: functions get names, but no files, lines and "
                       "inlined calls (Debian: apt install libdw1; Fedora: elfutils-libs)");
            said = true;
        }
        symbolize_mapping(s, i);
        r = s->edit.err;
    }
    if (s->missing_binaries) {
        pp_message(s->message, s->ctx,
                   "Some binary filenames not available. Symbolization may be incomplete.\n"
                   "Try setting PPROF_BINARY_PATH to the search path for local binaries.");
    }
    return r;
}

/* --- readable names --------------------------------------------------------------------------- */

static void demangle_all(struct session *s)
{
    struct pprof_profile *p = s->profile;
    struct pp_buf out;
    pp_buf_init(&out, &s->scratch);
    for (size_t i = 0; i < p->function_count; i++) {
        struct pprof_function *f = &p->functions[i];
        if (s->mode.force && f->name && f->system_name) {
            f->name = f->system_name;
        }
        bool done = f->name && f->name != f->system_name &&
                    strcmp(text_of(s, f->name), text_of(s, f->system_name)) != 0;
        if (done || s->mode.demangle == PP_DEMANGLE_NONE) {
            continue;
        }
        if (pp_demangle_function(&out, text_of(s, f->system_name), s->mode.demangle)) {
            f->name = pp_edit_string(&s->edit, out.data, out.len);
        } else {
            f->name = f->system_name;
        }
    }
}

int pp_symbolize_profile(struct pprof_profile *profile, const struct pp_symbolize_options *options,
                         pp_message_fn message, void *ctx, struct pprof_error *error)
{
    struct session s = {.profile = profile, .message = message, .ctx = ctx};
    s.mode = parse_mode(options->mode, message, ctx);
    if (s.mode.nothing) {
        return 0;
    }
    pp_arena_init(&s.scratch, 0);
    pp_edit_init(&s.edit, profile);
    int r = s.mode.local ? symbolize_local(&s) : 0;
    if (r == 0 && s.mode.remote) {
        pp_symbolize_remote(&s.edit, s.mode.force, options, message, ctx);
    }
    demangle_all(&s);
    r = r ? r : s.edit.err;
    pp_edit_release(&s.edit);
    pp_arena_release(&s.scratch);
    return r ? pp_err_set(error, r, "out of memory while naming addresses") : 0;
}
