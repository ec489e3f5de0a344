/* A string table may hold "" more than once; here only the first of them is in use. */
#include "profile/decode.h"

static bool has_more(const struct pprof_profile *p)
{
    for (size_t i = 1; i < p->string_count; i++) {
        if (p->strings[i].len == 0) {
            return true;
        }
    }
    return false;
}

static void settle(const struct pprof_profile *p, uint32_t *string)
{
    *string = p->strings[*string].len ? *string : 0;
}

static void settle_type(const struct pprof_profile *p, struct pprof_value_type *type)
{
    settle(p, &type->type);
    settle(p, &type->unit);
}

static void settle_header(struct pprof_profile *p)
{
    for (size_t i = 0; i < p->sample_type_count; i++) {
        settle_type(p, &p->sample_types[i]);
    }
    for (size_t i = 0; i < p->comment_count; i++) {
        settle(p, &p->comments[i]);
    }
    settle_type(p, &p->period_type);
    settle(p, &p->drop_frames);
    settle(p, &p->keep_frames);
    settle(p, &p->default_sample_type);
    settle(p, &p->doc_url);
}

void pp_wire_settle_empty(struct pprof_profile *p)
{
    if (!has_more(p)) {
        return;
    }
    settle_header(p);
    for (size_t i = 0; i < p->mapping_count; i++) {
        settle(p, &p->mappings[i].filename);
        settle(p, &p->mappings[i].build_id);
    }
    for (size_t i = 0; i < p->function_count; i++) {
        settle(p, &p->functions[i].name);
        settle(p, &p->functions[i].system_name);
        settle(p, &p->functions[i].filename);
    }
}
