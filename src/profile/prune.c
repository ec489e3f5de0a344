#include "profile/prune.h"

#include "base/arena.h"
#include "profile/samples.h"

#include <string.h>

static bool starts(const char *at, const char *end, const char *text)
{
    size_t len = strlen(text);
    return (size_t)(end - at) >= len && memcmp(at, text, len) == 0;
}

struct pprof_string pp_prune_simplify(const char *name, size_t len)
{
    static const char anonymous[] = "(anonymous namespace)", call[] = "operator()";
    const char *begin = name + (len && *name == '.'), *at = begin, *end = name + len;
    while (at < end) {
        if (starts(at, end, call)) {
            at += sizeof(call) - 1;
        } else if (starts(at, end, anonymous)) {
            at += sizeof(anonymous) - 1;
        } else if (*at++ == '(') {
            at--;
            break;
        }
    }
    return (struct pprof_string){ begin, (size_t)(at - begin) };
}

/* What a location does to a stack. */
enum fate { STAYS, GOES, TAIL_STAYS };

struct pruning {
    struct pprof_profile *p;
    struct pp_arena scratch;
    unsigned char *name_fate; /* by string: 0 unknown, 1 no match, 2 match */
    unsigned char *fate;      /* by location */
    uint32_t *first, *count;  /* by sample */
};

static bool begin(struct pruning *run, struct pprof_profile *p)
{
    *run = (struct pruning){ .p = p };
    pp_arena_init(&run->scratch, 0);
    run->name_fate = pp_arena_alloc(&run->scratch, p->string_count);
    run->fate = pp_arena_alloc(&run->scratch, p->location_count);
    run->first = pp_arena_array(&run->scratch, p->sample_count, sizeof(*run->first));
    run->count = pp_arena_array(&run->scratch, p->sample_count, sizeof(*run->count));
    return run->name_fate && run->fate && run->first && run->count;
}

/* Each name is matched once, however often it occurs. */
static bool matches(struct pruning *run, uint32_t function, const struct pp_matcher *drop,
                    const struct pp_matcher *keep)
{
    if (function == PPROF_NONE) {
        return false;
    }
    uint32_t name = run->p->functions[function].name;
    const struct pprof_string *text = &run->p->strings[name];
    if (text->len && !run->name_fate[name]) {
        struct pprof_string simple = pp_prune_simplify(text->ptr, text->len);
        bool match = drop->match(drop->ctx, simple.ptr, simple.len) &&
                     (!keep || !keep->match(keep->ctx, simple.ptr, simple.len));
        run->name_fate[name] = match ? 2 : 1;
    }
    return run->name_fate[name] == 2;
}

/* The outermost matching line and everything inside of it go. */
static void prune_location(struct pruning *run, size_t i, const struct pp_matcher *drop,
                           const struct pp_matcher *keep)
{
    struct pprof_location *l = &run->p->locations[i];
    uint32_t k = l->line_count;
    while (k > 0 && !matches(run, run->p->lines[l->line_begin + k - 1].function, drop, keep)) {
        k--;
    }
    if (k == 0) {
        run->fate[i] = STAYS;
    } else if (k == l->line_count) {
        run->fate[i] = GOES;
    } else {
        run->fate[i] = TAIL_STAYS;
        l->line_begin += k;
        l->line_count -= k;
    }
}

static void prune_sample(struct pruning *run, size_t i)
{
    const struct pprof_profile *p = run->p;
    const uint32_t *locs = p->sample_locs + p->loc_begin[i];
    uint32_t depth = p->loc_begin[i + 1] - p->loc_begin[i];
    bool found_user = false;
    run->first[i] = 0;
    for (uint32_t k = depth; k-- > 0;) {
        enum fate fate = run->fate[locs[k]];
        if (fate == STAYS) {
            found_user = true;
        } else if (found_user) {
            run->first[i] = fate == GOES ? k + 1 : k;
            break;
        }
    }
    run->count[i] = depth - run->first[i];
}

int pp_prune(struct pprof_profile *p, const struct pp_matcher *drop, const struct pp_matcher *keep)
{
    struct pruning run;
    bool good = begin(&run, p);
    for (size_t i = 0; good && i < p->location_count; i++) {
        prune_location(&run, i, drop, keep);
    }
    for (size_t i = 0; good && i < p->sample_count; i++) {
        prune_sample(&run, i);
    }
    if (good) {
        pp_samples_cut(p, run.first, run.count);
    }
    pp_arena_release(&run.scratch);
    return good ? 0 : PPROF_ERR_NOMEM;
}
