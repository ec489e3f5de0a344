#include "tool/driver/flags.h"

#include "base/err.h"
#include "tool/driver/options.h"

#include <errno.h>
#include <string.h>

static const struct pp_flag *find_flag(const struct pp_flag_set *set, const char *name, size_t len)
{
    for (size_t i = 0; i < set->count; i++) {
        if (!strncmp(set->items[i].name, name, len) && !set->items[i].name[len]) {
            return &set->items[i];
        }
    }
    return NULL;
}

bool pp_parse_flag_bool(const char *text, bool *value)
{
    static const char *const yes[] = { "1", "t", "T", "TRUE", "true", "True" };
    static const char *const no[] = { "0", "f", "F", "FALSE", "false", "False" };
    for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
        if (!strcmp(text, yes[i]) || !strcmp(text, no[i])) {
            *value = !strcmp(text, yes[i]);
            return true;
        }
    }
    return false;
}

static int bad_value(const struct pp_flag *flag, const char *value, struct pprof_error *error)
{
    if (flag->kind == PP_OPTION_BOOL) {
        return pp_err_set(error, PPROF_ERR_INVALID,
                          "invalid boolean value \"%s\" for -%s: parse error", value, flag->name);
    }
    return pp_err_set(error, PPROF_ERR_INVALID, "invalid value \"%s\" for flag -%s: %s", value,
                      flag->name, errno == ERANGE ? "value out of range" : "parse error");
}

static int set_flag(const struct pp_flag *flag, const char *value, struct pprof_error *error)
{
    bool fine = true;
    switch (flag->kind) {
    case PP_OPTION_TEXT:
        *(pp_option_text *)flag->value = value;
        break;
    case PP_OPTION_BOOL:
        fine = pp_parse_flag_bool(value, flag->value);
        break;
    case PP_OPTION_INT:
        fine = pp_parse_int(value, flag->value);
        break;
    case PP_OPTION_REAL:
        fine = pp_parse_real(value, flag->value);
        break;
    }
    return fine ? 0 : bad_value(flag, value, error);
}

/* One flag at argv[*at]; *at moves behind it and its value. */
static int parse_one(const struct pp_flag_set *set, int argc, char **argv, int *at,
                     struct pprof_error *error)
{
    const char *word = argv[(*at)++];
    const char *name = word + (word[1] == '-' ? 2 : 1);
    size_t len = strcspn(name, "=");
    if (len == 0 || name[0] == '-') {
        return pp_err_set(error, PPROF_ERR_INVALID, "bad flag syntax: %s", word);
    }
    const struct pp_flag *flag = find_flag(set, name, len);
    if (!flag) {
        bool help = !strcmp(name, "h") || !strcmp(name, "help");
        return help ? PPROF_ERR_CANCELED
                    : pp_err_set(error, PPROF_ERR_INVALID,
                                 "flag provided but not defined: -%.*s", (int)len, name);
    }
    if (name[len] == '=') {
        return set_flag(flag, name + len + 1, error);
    }
    if (flag->kind == PP_OPTION_BOOL) {
        return set_flag(flag, "true", error);
    }
    if (*at >= argc) {
        return pp_err_set(error, PPROF_ERR_INVALID, "flag needs an argument: -%s", flag->name);
    }
    return set_flag(flag, argv[(*at)++], error);
}

int pp_flags_parse(const struct pp_flag_set *set, int argc, char **argv, int *rest,
                   struct pprof_error *error)
{
    int at = 1, r = 0;
    while (!r && at < argc && argv[at][0] == '-' && argv[at][1]) {
        if (!strcmp(argv[at], "--")) {
            at++;
            break;
        }
        r = parse_one(set, argc, argv, &at, error);
    }
    *rest = at;
    return r;
}
