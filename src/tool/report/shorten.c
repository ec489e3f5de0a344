/* Short names for boxes: "example.com/x/v2/pkg.(*T).Run" is shown as "pkg.(*T).Run". */
#include "tool/report/frames.h"
#include "tool/report/regex.h"

#include <pthread.h>
#include <string.h>

/* What is kept is group 1. The first that matches decides: Go, Java, C++. */
static const char *const patterns[] = {
    "^(?:[\\w\\-\\.]+\\/)+([^.]+\\..+)",
    "^(?:[a-z]\\w*\\.)*([A-Z][\\w\\$]*\\.(?:<init>|[a-z][\\w\\$]*(?:\\$\\d+)?))(?:(?:\\()|$)",
    "^(?:[_a-zA-Z]\\w*::)+(_*[A-Z]\\w*::~?[_a-zA-Z]\\w*(?:<.*>)?)",
};
enum { PATTERN_COUNT = sizeof(patterns) / sizeof(patterns[0]) };

static struct pp_regex *compiled[PATTERN_COUNT];
static struct pp_regex *version; /* a Go module's major version in its path */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void compile_all(void)
{
    for (size_t i = 0; i < PATTERN_COUNT; i++) {
        if (pp_regex_compile(patterns[i], &compiled[i], NULL)) {
            compiled[i] = NULL;
        }
    }
    if (pp_regex_compile("^(.*?)/v(?:[2-9]|[1-9][0-9]+)([./].*)$", &version, NULL)) {
        version = NULL;
    }
}

static const char *without_version(struct pp_arena *arena, const char *name)
{
    struct pp_match groups[3];
    if (!version || !pp_regex_groups(version, name, strlen(name), groups, 3)) {
        return name;
    }
    char *joined = pp_arena_alloc(arena, groups[1].len + groups[2].len + 1);
    if (!joined) {
        return name;
    }
    memcpy(joined, groups[1].ptr, groups[1].len);
    memcpy(joined + groups[1].len, groups[2].ptr, groups[2].len);
    return joined;
}

const char *pp_shorten_name(struct pp_arena *arena, const char *name)
{
    static const char anonymous[] = "(anonymous namespace)::";
    (void)pthread_once(&once, compile_all);
    if (!strncmp(name, anonymous, sizeof(anonymous) - 1)) {
        name += sizeof(anonymous) - 1;
    }
    name = without_version(arena, name);
    for (size_t i = 0; i < PATTERN_COUNT; i++) {
        struct pp_match groups[2];
        if (compiled[i] && pp_regex_groups(compiled[i], name, strlen(name), groups, 2)) {
            const char *copy = pp_arena_strndup(arena, groups[1].ptr, groups[1].len);
            return copy ? copy : name;
        }
    }
    return name;
}
