#include "tool/report/objects.h"

#include "tool/symbolize/demangle.h"

#include <string.h>

int pp_objects_init(struct pp_objects *objects, const struct pp_view *view, pp_message_fn message,
                    void *ctx)
{
    size_t count = view->p.mapping_count;
    *objects = (struct pp_objects){
        .arena = view->arena, .profile = &view->p, .message = message, .ctx = ctx
    };
    objects->of = pp_arena_array(view->arena, count, sizeof(*objects->of));
    objects->tried = pp_arena_array(view->arena, count, sizeof(*objects->tried));
    return objects->of && objects->tried ? 0 : PPROF_ERR_NOMEM;
}

void pp_objects_release(struct pp_objects *objects)
{
    for (size_t i = 0; objects->of && i < objects->profile->mapping_count; i++) {
        struct pp_object *object = objects->of[i];
        for (size_t k = i; object && k < objects->profile->mapping_count; k++) {
            struct pp_object *other = objects->of[k];
            objects->of[k] = other && other->module == object->module ? NULL : other;
        }
        if (object) {
            pp_module_close(object->module);
        }
    }
}

/* An object of the same file that is open already; with the same base when one has it. */
static struct pp_object *find_open(const struct pp_objects *objects, uint32_t mapping)
{
    const struct pprof_profile *p = objects->profile;
    const struct pprof_string *name = &p->strings[p->mappings[mapping].filename];
    for (size_t i = 0; i < p->mapping_count; i++) {
        const struct pprof_mapping *m = &p->mappings[i];
        const struct pprof_string *other = &p->strings[m->filename];
        if (objects->of[i] && m->build_id == p->mappings[mapping].build_id &&
            other->len == name->len && !memcmp(other->ptr, name->ptr, name->len)) {
            return objects->of[i];
        }
    }
    return NULL;
}

static int open_file(struct pp_objects *objects, const struct pprof_mapping *mapping,
                     struct pp_object *object, struct pprof_error *error)
{
    const struct pprof_profile *p = objects->profile;
    int r = pp_binary_find(objects->arena, p->strings[mapping->filename].ptr,
                           p->strings[mapping->build_id].ptr, &object->path, error);
    return r ? r : pp_module_open(object->path, 0, &object->module, error);
}

static int find_base(const struct pprof_mapping *mapping, struct pp_object *object,
                     struct pprof_error *error)
{
    return pp_module_base(object->module, mapping->start, mapping->limit, mapping->offset,
                          &object->base, error);
}

static struct pp_object *open_object(struct pp_objects *objects, uint32_t index)
{
    const struct pprof_mapping *mapping = &objects->profile->mappings[index];
    struct pp_object *open = find_open(objects, index);
    struct pp_object *object = pp_arena_alloc(objects->arena, sizeof(*object));
    struct pprof_error *error = &objects->why;
    if (!object) {
        return NULL;
    }
    *object = open ? *open : (struct pp_object){ .filename = mapping->filename };
    int r = open ? 0 : open_file(objects, mapping, object, error);
    r = r ? r : find_base(mapping, object, error);
    if (r == 0) {
        return open && open->base == object->base ? open : object;
    }
    if (!open) {
        pp_module_close(object->module);
    }
    pp_message(objects->message, objects->ctx, "cannot read the code of %s: %s",
               objects->profile->strings[mapping->filename].ptr, error->detail);
    return NULL;
}

struct pp_object *pp_object_of(struct pp_objects *objects, uint32_t mapping)
{
    const struct pprof_profile *p = objects->profile;
    if (mapping == PPROF_NONE || mapping >= p->mapping_count) {
        return NULL;
    }
    const char *file = p->strings[p->mappings[mapping].filename].ptr;
    if (!objects->tried[mapping]) {
        objects->tried[mapping] = true;
        objects->of[mapping] =
            pp_mapping_unsymbolizable(file) ? NULL : open_object(objects, mapping);
    }
    return objects->of[mapping];
}

const char *pp_object_name(struct pp_arena *arena, const char *linked)
{
    struct pp_buf name;
    pp_buf_init(&name, arena);
    return pp_demangle_function(&name, linked, PP_DEMANGLE_DEFAULT) && name.len ? name.data
                                                                               : linked;
}
