/* Saved configurations: the settings file that google/pprof reads and writes too.
 *
 *   $XDG_CONFIG_HOME/pprof/settings.json    {"configs": [{"name": "x", "focus": "y", ...}]}
 *
 * Read for every use, since another tool may have changed it. */
#include "tool/web/room.h"

#include "base/err.h"
#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MAX = 4 << 20 };

static int settings_path(char *path, size_t cap, struct pprof_error *error)
{
    const char *folder = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    int len;
    if (folder && *folder) {
        len = snprintf(path, cap, "%s/pprof/settings.json", folder);
    } else if (home && *home) {
        len = snprintf(path, cap, "%s/.config/pprof/settings.json", home);
    } else {
        return pp_err_set(error, PPROF_ERR_NOTFOUND,
                          "neither $XDG_CONFIG_HOME nor $HOME are defined");
    }
    return len < (int)cap ? 0 : pp_err_set(error, PPROF_ERR_LIMIT, "the settings' path is long");
}

/* The "configs" array; *configs is NULL when there is no file. */
static int read_configs(struct pp_web_ask *call, const char *path,
                        const struct pp_json_value **configs, struct pprof_error *error)
{
    struct pp_sys_file file;
    int r = pp_sys_file_map(path, &file);
    *configs = NULL;
    if (r == -ENOENT) {
        return 0;
    }
    if (r) {
        return pp_err_errno(error, PPROF_ERR_SYSTEM, -r, "could not read settings %s", path);
    }
    struct pprof_error why = { 0 };
    const struct pp_json_value *all =
        file.size <= FILE_MAX
            ? pp_json_read(call->request->arena, (const char *)file.data, file.size, &why)
            : NULL;
    pp_sys_file_unmap(&file);
    if (!all) {
        return pp_err_set(error, PPROF_ERR_FORMAT, "could not parse settings %s: %s", path,
                          why.detail);
    }
    *configs = pp_json_member(all, "configs");
    return 0;
}

static const char *name_of(const struct pp_json_value *config)
{
    const struct pp_json_value *name = pp_json_member(config, "name");
    return name && name->kind == PP_JSON_TEXT ? name->text : "";
}

static const struct pp_json_value *first_of(const struct pp_json_value *configs)
{
    return configs && configs->kind == PP_JSON_ARRAY ? configs->first : NULL;
}

/* --- listing ---------------------------------------------------------------------------------- */

/* One saved field as a URL writes it. What is absent was zero when it was saved. */
static void put_param(struct pp_json *j, const struct pp_option *o,
                      const struct pp_json_value *value)
{
    pp_json_key(j, o->url);
    if (o->kind == PP_OPTION_BOOL) {
        pp_json_text(j, value && value->truth ? "t" : "f");
    } else {
        pp_json_text(j, value && value->text ? value->text : o->kind == PP_OPTION_TEXT ? "" : "0");
    }
}

static void put_config(struct pp_json *j, const struct pp_json_value *config)
{
    pp_json_open(j, '{');
    pp_json_put_text(j, "name", name_of(config));
    pp_json_key(j, "params");
    pp_json_open(j, '{');
    for (size_t i = 0; i < pp_option_count; i++) {
        if (*pp_options[i].url && pp_options[i].is_saved) {
            put_param(j, &pp_options[i], pp_json_member(config, pp_options[i].name));
        }
    }
    pp_json_close(j, '}');
    pp_json_close(j, '}');
}

void pp_web_settings_list(struct pp_web_ask *call, struct pp_json *json)
{
    char path[PATH_MAX];
    const struct pp_json_value *configs = NULL;
    pp_json_open(json, '[');
    if (!settings_path(path, sizeof(path), NULL) && !read_configs(call, path, &configs, NULL)) {
        for (const struct pp_json_value *c = first_of(configs); c; c = c->next) {
            put_config(json, c);
        }
    }
    pp_json_close(json, ']');
}

/* --- writing ---------------------------------------------------------------------------------- */

static void put_line(struct pp_buf *out, size_t *count, const char *key)
{
    pp_buf_str(out, (*count)++ ? ",\n      " : "\n      ");
    struct pp_json json = pp_json_on(out);
    pp_json_text(&json, key);
    pp_buf_str(out, ": ");
}

static void put_value(struct pp_buf *out, const struct pp_json_value *value)
{
    struct pp_json json = pp_json_on(out);
    if (value->kind == PP_JSON_TEXT) {
        pp_json_text(&json, value->text);
    } else {
        pp_buf_str(out, value->kind == PP_JSON_BOOL ? (value->truth ? "true" : "false")
                                                    : value->text ? value->text : "null");
    }
}

/* A configuration as it was; nested values, which nobody writes, are dropped. */
static void copy_config(struct pp_buf *out, const struct pp_json_value *config)
{
    size_t count = 0;
    for (const struct pp_json_value *v = config->first; v; v = v->next) {
        if (v->kind != PP_JSON_ARRAY && v->kind != PP_JSON_OBJECT) {
            put_line(out, &count, v->key);
            put_value(out, v);
        }
    }
}

static bool is_zero(const struct pp_config *config, const struct pp_option *o)
{
    const char *field = (const char *)config + o->offset;
    switch (o->kind) {
    case PP_OPTION_TEXT:
        return **(const pp_option_text *)(const void *)field == '\0';
    case PP_OPTION_BOOL:
        return !*(const pp_option_bool *)(const void *)field;
    case PP_OPTION_INT:
        return *(const pp_option_int *)(const void *)field == 0;
    case PP_OPTION_REAL:
        return *(const pp_option_real *)(const void *)field == 0;
    }
    return true;
}

/* This request's options under a name; zero values are left out. */
static void put_current(struct pp_web_ask *call, struct pp_buf *out, const char *name)
{
    size_t count = 0;
    struct pp_json json = pp_json_on(out);
    put_line(out, &count, "name");
    pp_json_text(&json, name);
    for (size_t i = 0; i < pp_option_count; i++) {
        const struct pp_option *o = &pp_options[i];
        char number[64];
        if (!o->is_saved || is_zero(&call->config, o)) {
            continue;
        }
        const char *text = pp_option_text_of(&call->config, o, number, sizeof(number));
        put_line(out, &count, o->name);
        if (o->kind == PP_OPTION_TEXT) {
            json.has_item = false;
            pp_json_text(&json, text);
        } else {
            pp_buf_str(out, text);
        }
    }
}

/* All configurations but `without`, with the current one as `with` (NULL: not). */
static void put_file(struct pp_web_ask *call, struct pp_buf *out,
                     const struct pp_json_value *configs, const char *without, const char *with)
{
    size_t count = 0;
    bool is_placed = with == NULL;
    pp_buf_str(out, "{\n  \"configs\": [");
    for (const struct pp_json_value *c = first_of(configs); c; c = c->next) {
        bool is_it = !strcmp(name_of(c), without);
        if (c->kind != PP_JSON_OBJECT || (is_it && is_placed)) {
            continue;
        }
        pp_buf_str(out, count++ ? ",\n    {" : "\n    {");
        if (is_it) {
            put_current(call, out, with);
            is_placed = true;
        } else {
            copy_config(out, c);
        }
        pp_buf_str(out, "\n    }");
    }
    if (!is_placed) {
        pp_buf_str(out, count++ ? ",\n    {" : "\n    {");
        put_current(call, out, with);
        pp_buf_str(out, "\n    }");
    }
    pp_buf_str(out, count ? "\n  ]\n}" : "]\n}");
}

static void make_folders(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(path, 0700);
        *slash = '/';
    }
}

/* The new file takes the old one's place at once, so that nobody reads half of it. */
static int replace(const char *path, const struct pp_buf *text, struct pprof_error *error)
{
    char part[PATH_MAX + 8];
    (void)snprintf(part, sizeof(part), "%s.new", path);
    int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0) {
        return pp_err_errno(error, PPROF_ERR_SYSTEM, errno, "failed to save settings %s", path);
    }
    int r = pp_sys_write_all(fd, text->data, text->len);
    (void)close(fd);
    if (!r && rename(part, path)) {
        r = -errno;
    }
    if (r) {
        (void)unlink(part);
        return pp_err_errno(error, PPROF_ERR_SYSTEM, -r, "failed to save settings %s", path);
    }
    return 0;
}

static int write_configs(struct pp_web_ask *call, char *path, const struct pp_json_value *configs,
                         const char *without, const char *with, struct pprof_error *error)
{
    struct pp_buf text;
    pp_buf_init(&text, call->request->arena);
    put_file(call, &text, configs, without, with);
    if (text.err) {
        return pp_err_set(error, PPROF_ERR_NOMEM, "not enough memory for the settings");
    }
    make_folders(path);
    return replace(path, &text, error);
}

int pp_web_settings_save(struct pp_web_ask *call, const char *name, struct pprof_error *error)
{
    char path[PATH_MAX];
    const struct pp_json_value *configs;
    if (!*name) {
        return pp_err_set(error, PPROF_ERR_INVALID, "invalid config name");
    }
    int r = settings_path(path, sizeof(path), error);
    (void)pthread_mutex_lock(&call->web->guard);
    r = r ? r : read_configs(call, path, &configs, error);
    r = r ? r : write_configs(call, path, configs, name, name, error);
    (void)pthread_mutex_unlock(&call->web->guard);
    return r;
}

int pp_web_settings_delete(struct pp_web_ask *call, const char *name, struct pprof_error *error)
{
    char path[PATH_MAX];
    const struct pp_json_value *configs = NULL, *found = NULL;
    int r = settings_path(path, sizeof(path), error);
    (void)pthread_mutex_lock(&call->web->guard);
    r = r ? r : read_configs(call, path, &configs, error);
    for (const struct pp_json_value *c = r ? NULL : first_of(configs); c; c = c->next) {
        found = !strcmp(name_of(c), name) ? c : found;
    }
    if (!r && !found) {
        r = pp_err_set(error, PPROF_ERR_INVALID, "config %s not found", name);
    }
    r = r ? r : write_configs(call, path, configs, name, NULL, error);
    (void)pthread_mutex_unlock(&call->web->guard);
    return r;
}
