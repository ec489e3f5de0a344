/* Keeping what came from a server, and undoing the names that stood for it. */
#include "base/err.h"
#include "base/sys.h"
#include "tool/driver/fetch.h"
#include "tool/driver/folders.h"
#include "tool/symbolize/edit.h"
#include "tool/symbolize/url.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int pp_fetch_name_sources(struct pp_fetched *fetched, struct pprof_error *error)
{
    struct pprof_profile *p = fetched->profile;
    struct pp_edit edit;
    pp_edit_init(&edit, p);
    for (size_t i = 0; i < p->mapping_count; i++) {
        if (!p->mappings[i].build_id && !p->mappings[i].filename) {
            p->mappings[i].filename = pp_edit_string(&edit, fetched->url, strlen(fetched->url));
        }
    }
    int r = edit.err;
    pp_edit_release(&edit);
    return r ? pp_err_set(error, r, "out of memory") : 0;
}

void pp_unsource_mappings(struct pprof_profile *profile)
{
    struct pp_arena arena;
    pp_arena_init(&arena, 0);
    for (size_t i = 0; i < profile->mapping_count; i++) {
        struct pprof_mapping *m = &profile->mappings[i];
        if (!m->build_id && pp_url_is_absolute(&arena, profile->strings[m->filename].ptr)) {
            m->filename = 0;
        }
    }
    pp_arena_release(&arena);
}

static const char *folder_for(struct pp_arena *arena, pp_message_fn message, void *ctx)
{
    struct pp_buf own;
    pp_buf_init(&own, arena);
    const char *temporary = getenv("TMPDIR"), *home = getenv("HOME");
    if (home && *home) {
        pp_buf_printf(&own, "%s/pprof", home);
    }
    const char *places[] = {getenv("PPROF_TMPDIR"), own.data,
                            temporary && *temporary ? temporary : "/tmp"};
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        if (!places[i] || !*places[i]) {
            continue;
        }
        int err = pp_folders_make(places[i], 0755);
        if (err == 0) {
            return places[i];
        }
        struct pprof_error why;
        (void)pp_err_lower(&why, PPROF_ERR_SYSTEM, err, "mkdir %.300s", places[i]);
        pp_message(message, ctx, "Could not use temp dir %s: %s", places[i], why.detail);
    }
    return NULL;
}

/* A part of the file name; a slash in it would leave the folder. */
static void put_part(struct pp_buf *out, const char *text)
{
    for (; *text; text++) {
        pp_buf_char(out, *text == '/' ? '_' : *text);
    }
    pp_buf_char(out, '.');
}

static void put_prefix(struct pp_buf *out, const char *folder, const struct pprof_profile *p)
{
    pp_buf_printf(out, "%s/pprof.", folder);
    const char *file = p->mapping_count ? p->strings[p->mappings[0].filename].ptr : "";
    if (*file) {
        const char *slash = strrchr(file, '/');
        put_part(out, slash && slash[1] ? slash + 1 : file);
    }
    for (size_t i = 0; i < p->sample_type_count; i++) {
        put_part(out, p->strings[p->sample_types[i].type].ptr);
    }
}

/* The first number that is free. */
static int open_new(struct pp_buf *path, int *fd, struct pprof_error *error)
{
    size_t prefix = path->len;
    for (int i = 1; i < 10000; i++) {
        path->len = prefix;
        pp_buf_printf(path, "%03d.pb.gz", i);
        *fd = path->err ? -1 : open(path->data, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (*fd >= 0) {
            return 0;
        }
        if (path->err || errno != EEXIST) {
            return pp_err_errno(error, PPROF_ERR_SYSTEM, path->err ? ENOMEM : errno,
                                "could not create %s", path->data ? path->data : "a file");
        }
    }
    return pp_err_set(error, PPROF_ERR_LIMIT,
                      "could not create a file like %s: all 9999 names are taken", path->data);
}

int pp_save_profile(const struct pprof_profile *profile, pp_message_fn message, void *ctx,
                    struct pprof_error *error)
{
    struct pp_arena arena;
    struct pp_buf path;
    int fd = -1;
    pp_arena_init(&arena, 0);
    pp_buf_init(&path, &arena);
    const char *folder = folder_for(&arena, message, ctx);
    int r = folder ? 0 : pp_err_set(error, PPROF_ERR_SYSTEM, "failed to identify temp dir");
    if (r == 0) {
        put_prefix(&path, folder, profile);
        r = open_new(&path, &fd, error);
    }
    if (r == 0) {
        r = pprof_profile_write(profile, fd, PPROF_WRITE_GZIP, error);
        if (close(fd) && r == 0) {
            r = pp_err_errno(error, PPROF_ERR_SYSTEM, errno, "writing %s", path.data);
        }
    }
    if (r == 0) {
        pp_message(message, ctx, "Saved profile in %s", path.data);
    }
    pp_arena_release(&arena);
    return r;
}
