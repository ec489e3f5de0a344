/* Profiles as wholes: their memory, scaling, choosing a sample type. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "pprof/profile.h"
#include "profile/build.h"
#include "profile/round.h"
#include "profile/samples.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void pprof_profile_free(struct pprof_profile *profile)
{
    if (profile) {
        struct pp_arena arena = *(struct pp_arena *)profile->priv;
        pp_arena_release(&arena);
    }
}

struct pp_arena *pp_profile_arena(struct pprof_profile *profile)
{
    return profile->priv;
}

struct scaling {
    struct pprof_profile *profile;
    double ratio;
};

static bool scale_sample(void *ctx, size_t sample)
{
    const struct scaling *s = ctx;
    size_t types = s->profile->sample_type_count;
    int64_t *row = s->profile->values + sample * types;
    bool left = false;
    for (size_t t = 0; t < types; t++) {
        row[t] = pp_scaled(row[t], s->ratio);
        left |= row[t] != 0;
    }
    return left;
}

void pprof_profile_scale(struct pprof_profile *profile, double ratio)
{
    if (ratio != 1) {
        pp_samples_keep(profile, scale_sample, &(struct scaling){ profile, ratio });
    }
}

static bool is_text(const struct pprof_profile *profile, uint32_t string, const char *text)
{
    return strcmp(profile->strings[string].ptr, text) == 0;
}

/* The type's name, also without "inuse_" in front. */
static bool is_type(const struct pprof_profile *profile, size_t i, const char *name)
{
    const char *type = profile->strings[profile->sample_types[i].type].ptr;
    return strcmp(type, name) == 0 ||
           (strncmp(name, "inuse_", 6) == 0 && strcmp(type, name + 6) == 0);
}

static int unknown_type(const struct pprof_profile *profile, const char *name,
                        struct pprof_error *error)
{
    struct pprof_error list;
    size_t len = 0;
    list.detail[0] = '\0';
    for (size_t i = 0; i < profile->sample_type_count && len + 2 < sizeof(list.detail); i++) {
        const char *type = profile->strings[profile->sample_types[i].type].ptr;
        size_t room = sizeof(list.detail) - len - 2, type_len = strnlen(type, room);
        if (i) {
            list.detail[len++] = ' ';
        }
        memcpy(list.detail + len, type, type_len);
        len += type_len;
        list.detail[len] = '\0';
    }
    return pp_err_set(error, PPROF_ERR_UNKNOWN, "sample_index \"%s\" must be one of: [%s]", name,
                      list.detail);
}

int pprof_profile_sample_index(const struct pprof_profile *profile, const char *name,
                               struct pprof_error *error)
{
    int count = (int)profile->sample_type_count;
    if (!name || !*name) {
        for (int i = 0; profile->default_sample_type && i < count; i++) {
            if (is_text(profile, profile->sample_types[i].type,
                        profile->strings[profile->default_sample_type].ptr)) {
                return i;
            }
        }
        return count - 1;
    }
    char *end;
    errno = 0;
    long number = strtol(name, &end, 10);
    if (!*end && !errno && *name > ' ') { /* a number beyond all numbers is a name */
        if (number < 0 || number >= count) {
            return pp_err_set(error, PPROF_ERR_UNKNOWN,
                              "sample_index %s is outside the range [0..%d]", name, count - 1);
        }
        return (int)number;
    }
    for (int i = 0; i < count; i++) {
        if (is_type(profile, (size_t)i, name)) {
            return i;
        }
    }
    return unknown_type(profile, name, error);
}
