/* PPROF_BINARY_PATH: where the files behind mappings may lie on this machine. */
#include "base/buf.h"
#include "base/err.h"
#include "tool/symbolize/binary.h"
#include "tool/symbolize/edit.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>

struct search {
    struct pp_arena *arena;
    pp_message_fn message;
    void *ctx;
    const char *file, *base, *folder; /* the mapping's file, its last part, what stands before */
    const char *build_id;
    char *found;
};

/* parts joined as paths are: one slash between them. NULL ends the list. */
static char *join(struct pp_arena *arena, const char *const *parts)
{
    struct pp_buf out;
    pp_buf_init(&out, arena);
    for (; *parts; parts++) {
        const char *part = *parts;
        if (out.len && out.data[out.len - 1] != '/') {
            pp_buf_char(&out, '/');
        }
        pp_buf_str(&out, out.len ? part + strspn(part, "/") : part);
    }
    while (out.len > 1 && out.data[out.len - 1] == '/') {
        out.data[--out.len] = '\0';
    }
    return out.err ? NULL : out.data;
}

#define JOIN(arena, ...) join((arena), (const char *const[]){__VA_ARGS__, NULL})

/* Takes the file when it is an ELF of the right build id; says so when it is one of another. */
static bool try_file(struct search *search, char *path)
{
    struct pp_elf elf;
    if (!path || pp_elf_open(path, &elf, NULL)) {
        return false;
    }
    const char *id = pp_build_id_of(search->arena, &elf);
    pp_elf_close(&elf);
    if (id && *search->build_id && strcmp(id, search->build_id) != 0) {
        pp_message(search->message, search->ctx,
                   "Ignoring local file %s: build-id mismatch (%s != %s)", path, search->build_id,
                   id);
        return false;
    }
    search->found = path;
    return true;
}

static char *suffixed(struct search *search, char *path, const char *suffix)
{
    struct pp_buf out;
    pp_buf_init(&out, search->arena);
    pp_buf_str(&out, path ? path : "");
    pp_buf_str(&out, suffix);
    return out.err ? NULL : out.data;
}

static bool try_glob(struct search *search, char *pattern)
{
    glob_t matches;
    bool found = false;
    if (!pattern || glob(pattern, 0, NULL, &matches) != 0) {
        return false;
    }
    for (size_t i = 0; i < matches.gl_pathc && !found; i++) {
        const char *path = matches.gl_pathv[i];
        found = try_file(search, pp_arena_strndup(search->arena, path, strlen(path)));
    }
    globfree(&matches);
    return found;
}

static bool by_build_id(struct search *s, const char *dir)
{
    const char *id = s->build_id;
    if (!*id) {
        return false;
    }
    char first[3] = {id[0], id[1], '\0'};
    const char *rest = id[1] ? id + 2 : "";
    return try_file(s, JOIN(s->arena, dir, id, s->base)) ||
           try_glob(s, JOIN(s->arena, dir, id, "*")) ||
           try_file(s, JOIN(s->arena, dir, s->file, id)) ||
           try_file(s, suffixed(s, JOIN(s->arena, dir, first, rest), ".debug"));
}

static bool by_name(struct search *s, const char *dir)
{
    if (!*s->file) {
        return false;
    }
    char *base_debug = suffixed(s, (char *)s->base, ".debug");
    return try_file(s, JOIN(s->arena, dir, s->base)) || try_file(s, JOIN(s->arena, dir, s->file)) ||
           try_file(s, suffixed(s, JOIN(s->arena, dir, s->file), ".debug")) ||
           try_file(s, JOIN(s->arena, dir, s->folder, ".debug", base_debug)) ||
           try_file(s, JOIN(s->arena, dir, "usr/lib/debug", s->folder, base_debug));
}

static const char *search_path(struct pp_arena *arena)
{
    const char *path = getenv("PPROF_BINARY_PATH");
    const char *home = getenv("HOME");
    return path && *path ? path : JOIN(arena, home ? home : "", "pprof/binaries");
}

static void locate(struct search *search, const char *dirs)
{
    for (const char *p = dirs; p && *p && !search->found;) {
        size_t len = strcspn(p, ":");
        char *dir = pp_arena_strndup(search->arena, p, len);
        if (dir && len && !by_build_id(search, dir)) {
            (void)by_name(search, dir);
        }
        p += len + (p[len] == ':');
    }
}

static void locate_mapping(struct pp_edit *edit, struct search *search, size_t index,
                           const char *dirs)
{
    struct pprof_mapping *mapping = &edit->profile->mappings[index];
    search->file = edit->profile->strings[mapping->filename].ptr;
    search->build_id = edit->profile->strings[mapping->build_id].ptr;
    const char *slash = strrchr(search->file, '/');
    search->base = slash ? slash + 1 : search->file;
    search->folder = slash ? pp_arena_strndup(search->arena, search->file,
                                              (size_t)(slash - search->file))
                           : "";
    search->found = NULL;
    if (search->folder) {
        locate(search, dirs);
    }
    if (search->found) {
        mapping->filename = pp_edit_string(edit, search->found, strlen(search->found));
    }
}

/* Some profiles of old Go programs name no mapping at all; with one, a fixed-address binary
 * works. */
static void add_fake_mapping(struct pp_edit *edit)
{
    struct pprof_profile *profile = edit->profile;
    struct pprof_mapping fake = {.id = 1};
    uint32_t index = pp_edit_mapping(edit, &fake);
    for (size_t i = 0; i < profile->location_count; i++) {
        profile->locations[i].mapping = index;
    }
}

static void override(struct pp_edit *edit, const char *executable, const char *build_id)
{
    struct pprof_mapping *main_mapping = edit->profile->mappings;
    if (edit->err || edit->profile->mapping_count == 0) {
        return;
    }
    if (executable && *executable) {
        main_mapping->filename = pp_edit_string(edit, executable, strlen(executable));
    }
    if (build_id && *build_id && !main_mapping->build_id) {
        main_mapping->build_id = pp_edit_string(edit, build_id, strlen(build_id));
    }
}

int pp_locate_binaries(struct pprof_profile *profile, const char *executable, const char *build_id,
                       pp_message_fn message, void *ctx, struct pprof_error *error)
{
    struct pp_edit edit;
    struct pp_arena scratch;
    pp_edit_init(&edit, profile);
    pp_arena_init(&scratch, 0);
    struct search search = {.arena = &scratch, .message = message, .ctx = ctx};
    const char *dirs = search_path(&scratch);
    for (size_t i = 0; i < profile->mapping_count; i++) {
        locate_mapping(&edit, &search, i, dirs);
    }
    if (profile->mapping_count == 0) {
        add_fake_mapping(&edit);
    }
    override(&edit, executable, build_id);
    int r = edit.err;
    pp_edit_release(&edit);
    pp_arena_release(&scratch);
    return r ? pp_err_set(error, r, "out of memory while finding binaries") : 0;
}
