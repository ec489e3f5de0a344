/* Which functions of which binaries are wanted, what their samples are, and what their code is.
 *
 *   node (address, binary) --> sample { object, file address }   sorted
 *   object --> functions that match --> the samples inside each --> instructions
 */
#include "tool/report/assembly.h"

#include "base/err.h"
#include "tool/report/paths.h"
#include "tool/symbolize/demangle.h"
#include "tool/symbolize/disasm.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A node of the graph where it belongs. */
struct sample {
    const struct pp_object *object;
    uint64_t address; /* in the object's file */
    uint32_t node;
};

struct routine {
    struct pp_object *object;
    const struct pp_code_symbol *symbol;
    const char *name;
    const char *alias; /* of a mangled name that matched: the readable one */
    bool all_names;
    size_t first, last; /* samples */
    int64_t flat, cum;
};

struct builder {
    struct pp_report *report;
    struct pp_objects objects;
    bool *wanted, *sampled; /* by mapping */
    bool has_address;
    uint64_t address;
    struct sample *samples;
    size_t sample_count;
    struct routine *routines;
    size_t count, cap;
    size_t matches; /* functions, also those without samples */
};

bool pp_assembly_address(const char *symbol, uint64_t *address)
{
    char *end = NULL;
    if (!symbol || *symbol < '0' || *symbol > '9') {
        return false;
    }
    errno = 0;
    unsigned long long value = strtoull(symbol, &end, 0);
    if (errno || *end) {
        return false;
    }
    *address = value;
    return true;
}

/* --- samples ---------------------------------------------------------------------------------- */

/* The mapping that a frame is in, or PPROF_NONE. */
static uint32_t mapping_of(const struct builder *b, const struct pp_frame_info *info)
{
    const struct pp_frames *frames = &b->report->graph.frames;
    const struct pprof_profile *p = &b->report->view.p;
    const char *file = pp_frame_text(frames, info->objfile);
    for (uint32_t i = 0; info->address && *file && i < p->mapping_count; i++) {
        if (pp_mapping_holds(&p->mappings[i], info->address) &&
            !strcmp(p->strings[p->mappings[i].filename].ptr, file)) {
            return i;
        }
    }
    return PPROF_NONE;
}

/* Names of these nodes begin with an address; an expression with an anchor means the function's. */
static bool node_matches(const struct builder *b, uint32_t node)
{
    struct pp_graph *g = &b->report->graph;
    const char *names[] = { pp_node_name(g, node),
                            pp_frame_text(&g->frames, g->frames.infos[g->nodes[node].info].name) };
    return pp_regex_match(b->report->symbol, names[0], strlen(names[0])) ||
           pp_regex_match(b->report->symbol, names[1], strlen(names[1]));
}

/* A binary's code is looked at when one of its nodes matches, or when it holds the address. */
static void want_mappings(struct builder *b)
{
    struct pp_graph *g = &b->report->graph;
    const struct pprof_profile *p = &b->report->view.p;
    for (size_t i = 0; i < g->shown_count; i++) {
        uint32_t mapping = mapping_of(b, &g->frames.infos[g->nodes[g->shown[i]].info]);
        if (mapping != PPROF_NONE && !b->wanted[mapping]) {
            b->sampled[mapping] = true;
            b->wanted[mapping] = b->has_address || node_matches(b, g->shown[i]);
        }
    }
    for (size_t i = 0; b->has_address && i < p->mapping_count; i++) {
        b->wanted[i] |= pp_mapping_holds(&p->mappings[i], b->address);
    }
}

/* The files of nodes that match by their whole name. */
static int matching_files(struct builder *b, struct pp_table *files)
{
    struct pp_graph *g = &b->report->graph;
    int err = pp_table_init(files, &b->report->arena);
    for (size_t i = 0; !err && i < g->shown_count; i++) {
        const char *name = pp_node_name(g, g->shown[i]);
        const struct pp_frame_info *info = &g->frames.infos[g->nodes[g->shown[i]].info];
        const char *file = pp_frame_text(&g->frames, info->objfile);
        if (pp_regex_match(b->report->symbol, name, strlen(name)) &&
            pp_table_intern(files, file, strlen(file), true) == UINT32_MAX) {
            err = PPROF_ERR_NOMEM;
        }
    }
    return err;
}

/* Mappings that google/pprof would open: those of a matching file, or that hold the address. What it
 * could not open it says on standard output, in their order, whatever comes of the report. */
static int say_missing(struct builder *b)
{
    const struct pp_report_request *request = &b->report->request;
    const struct pprof_profile *p = &b->report->view.p;
    struct pp_table files;
    int err = matching_files(b, &files);
    for (uint32_t i = 0; !err && i < p->mapping_count; i++) {
        const struct pprof_mapping *m = &p->mappings[i];
        const char *file = p->strings[m->filename].ptr;
        uint32_t id = pp_table_find(&files, file, strlen(file));
        bool is_asked = id != UINT32_MAX && id != 0;
        is_asked |= b->has_address && m->start <= b->address && b->address <= m->limit;
        if (is_asked && !pp_object_of(&b->objects, i)) {
            bool nameless = pp_mapping_unsymbolizable(file);
            pp_message(request->aside ? request->aside : request->message, request->ctx, "%s%s%s",
                       nameless ? "stat " : "", nameless ? file : b->objects.why.detail,
                       nameless ? ": no such file or directory" : "");
        }
    }
    return err;
}

static int compare_samples(const void *a, const void *b)
{
    const struct sample *x = a, *y = b;
    if (x->object != y->object) {
        return x->object < y->object ? -1 : 1;
    }
    if (x->address != y->address) {
        return x->address < y->address ? -1 : 1;
    }
    return x->node < y->node ? -1 : x->node > y->node;
}

static int collect_samples(struct builder *b)
{
    struct pp_graph *g = &b->report->graph;
    b->samples = pp_arena_array(g->arena, g->shown_count, sizeof(*b->samples));
    if (!b->samples) {
        return PPROF_ERR_NOMEM;
    }
    for (size_t i = 0; i < g->shown_count; i++) {
        const struct pp_frame_info *info = &g->frames.infos[g->nodes[g->shown[i]].info];
        uint32_t mapping = mapping_of(b, info);
        const struct pp_object *object =
            mapping != PPROF_NONE && b->wanted[mapping] ? pp_object_of(&b->objects, mapping) : NULL;
        if (object) {
            b->samples[b->sample_count++] =
                (struct sample){ object, info->address - object->base, g->shown[i] };
        }
    }
    qsort(b->samples, b->sample_count, sizeof(*b->samples), compare_samples);
    return 0;
}

/* The first sample of an object at or behind an address. */
static size_t lower_bound(const struct builder *b, const struct pp_object *object, uint64_t address)
{
    struct sample key = { object, address, 0 };
    size_t low = 0, high = b->sample_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_samples(&b->samples[middle], &key) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* --- functions that match --------------------------------------------------------------------- */

/* The form of a linked name that the expression matches: as linked, then ever shorter ones. */
static const char *matching_form(struct builder *b, const char *name)
{
    static const enum pp_demangle_mode modes[] = { PP_DEMANGLE_FULL, PP_DEMANGLE_TEMPLATES,
                                                   PP_DEMANGLE_DEFAULT };
    const struct pp_regex *regex = b->report->symbol;
    size_t len = strcspn(name, "@"); /* "memcpy@@GLIBC_2.14" is memcpy */
    if (pp_regex_match(regex, name, len)) {
        return name[len] ? pp_arena_strndup(&b->report->arena, name, len) : name;
    }
    bool mangled = name[0] == '_' && (name[1] == 'Z' || name[1] == 'R' || name[1] == '_');
    for (size_t i = 0; mangled && i < sizeof(modes) / sizeof(modes[0]); i++) {
        struct pp_buf readable;
        pp_buf_init(&readable, &b->report->arena);
        if (pp_demangle(&readable, name, modes[i]) && readable.len &&
            pp_regex_match(regex, readable.data, readable.len)) {
            return readable.data;
        }
    }
    return NULL;
}

static bool matches(struct builder *b, struct routine *r, uint64_t address)
{
    const struct pp_code_symbol *s = r->symbol;
    if (b->has_address && address >= s->start && address < s->end) {
        r->name = s->names[0];
        r->all_names = true;
        return true;
    }
    for (size_t i = 0; i < s->name_count; i++) {
        if ((r->name = matching_form(b, s->names[i]))) {
            const char *readable = pp_object_name(&b->report->arena, r->name);
            r->alias = r->name == s->names[i] && readable != r->name ? readable : NULL;
            return true;
        }
    }
    return false;
}

static int add_routine(struct builder *b, struct routine *r)
{
    const struct pp_graph *g = &b->report->graph;
    r->first = lower_bound(b, r->object, r->symbol->start);
    r->last = lower_bound(b, r->object, r->symbol->end);
    b->matches++;
    if (r->first == r->last) {
        return 0;
    }
    int64_t flat_div = 0, cum_div = 0;
    for (size_t i = r->first; i < r->last; i++) {
        const struct pp_node *n = &g->nodes[b->samples[i].node];
        r->flat += n->flat;
        r->cum += n->cum;
        flat_div += n->flat_div;
        cum_div += n->cum_div;
    }
    r->flat = pp_divided(r->flat, flat_div);
    r->cum = pp_divided(r->cum, cum_div);
    if (pp_arena_reserve(g->arena, &b->routines, &b->cap, b->count, sizeof(*b->routines))) {
        return PPROF_ERR_NOMEM;
    }
    b->routines[b->count++] = *r;
    return 0;
}

/* address: the wanted one in this file. */
static int match_object(struct builder *b, struct pp_object *object, uint64_t address)
{
    struct pp_code_symbol *symbols;
    size_t count;
    struct pprof_error why = { 0 };
    int err = pp_code_list(object->module, &b->report->arena, &symbols, &count, &why);
    if (err) {
        pp_message(b->report->request.message, b->report->request.ctx, "%s: %s", object->path,
                   why.detail);
        return err == PPROF_ERR_NOMEM ? err : 0;
    }
    for (size_t i = 0; i < count && !err; i++) {
        struct routine r = { .object = object, .symbol = &symbols[i] };
        err = matches(b, &r, address) ? add_routine(b, &r) : 0;
    }
    return err;
}

/* An address may be one of the profile, or one that a listing of this file shows. */
static uint64_t address_in(const struct builder *b, const struct pp_object *object,
                           uint32_t mapping)
{
    const struct pprof_mapping *m = &b->report->view.p.mappings[mapping];
    return pp_mapping_holds(m, b->address) ? b->address - object->base : b->address;
}

static bool seen_before(struct builder *b, const struct pp_object *object, uint32_t mapping)
{
    for (uint32_t i = 0; i < mapping; i++) {
        if (b->wanted[i] && pp_object_of(&b->objects, i) == object) {
            return true;
        }
    }
    return false;
}

static int match_all(struct builder *b)
{
    int err = 0;
    for (uint32_t i = 0; i < b->report->view.p.mapping_count && !err; i++) {
        struct pp_object *object = b->wanted[i] ? pp_object_of(&b->objects, i) : NULL;
        if (object && !seen_before(b, object, i)) {
            err = match_object(b, object, address_in(b, object, i));
        }
    }
    return err;
}

/* --- instructions ----------------------------------------------------------------------------- */

static const char *base_name(struct builder *b, const char *file)
{
    return *file ? pp_path_base(&b->report->arena, file) : "";
}

static void place_line(struct builder *b, struct pp_object *object, struct pp_assembly_line *line)
{
    const struct pp_frame *frames;
    line->function = line->file = "";
    if (pp_module_frames(object->module, line->address, &frames)) {
        line->function = pp_object_name(&b->report->arena, frames[0].name);
        line->file = base_name(b, frames[0].file);
        line->line = frames[0].line;
    }
}

/* Adds a sample that falls on the instruction, and what it knows where the file knows nothing. */
static void add_sample(struct builder *b, const struct sample *sample,
                       struct pp_assembly_line *line, int64_t div[2])
{
    struct pp_graph *g = &b->report->graph;
    const struct pp_node *n = &g->nodes[sample->node];
    const struct pp_frame_info *info = &g->frames.infos[n->info];
    line->flat += n->flat;
    line->cum += n->cum;
    div[0] += n->flat_div;
    div[1] += n->cum_div;
    if (!*line->file) {
        line->file = base_name(b, pp_frame_text(&g->frames, info->file));
    }
    line->line = line->line ? line->line : info->line;
    if (!*line->function) {
        line->function = pp_frame_text(&g->frames, info->name);
    }
}

static int annotate(struct builder *b, const struct routine *r,
                    const struct pp_instruction *instructions, size_t count,
                    struct pp_assembly_routine *made)
{
    struct pp_assembly_line *lines =
        pp_arena_array(&b->report->arena, count, sizeof(*lines));
    size_t at = r->first;
    if (!lines) {
        return PPROF_ERR_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        struct pp_assembly_line *line = &lines[i];
        uint64_t next = i + 1 < count ? instructions[i + 1].address : UINT64_MAX;
        int64_t div[2] = { 0, 0 };
        line->address = instructions[i].address;
        line->text = instructions[i].text;
        place_line(b, r->object, line);
        for (; at < r->last && b->samples[at].address < next; at++) {
            add_sample(b, &b->samples[at], line, div);
        }
        line->flat = pp_divided(line->flat, div[0]);
        line->cum = pp_divided(line->cum, div[1]);
    }
    made->lines = lines;
    made->line_count = count;
    return 0;
}

static int make_routine(struct builder *b, struct routine *r, struct pp_assembly_routine *made,
                        struct pprof_error *error)
{
    struct pp_instruction *instructions;
    size_t count;
    int err = pp_code_read(r->object->module, &b->report->arena, r->symbol->start, r->symbol->end,
                           b->report->request.config.intel_syntax, &instructions, &count, error);
    if (err) {
        return err;
    }
    *made = (struct pp_assembly_routine){ .name = r->name, .flat = r->flat, .cum = r->cum };
    if (r->all_names) {
        made->other_names = r->symbol->names + 1;
        made->other_name_count = r->symbol->name_count - 1;
    } else if (r->alias) {
        made->other_names = &r->alias;
        made->other_name_count = 1;
    }
    return annotate(b, r, instructions, count, made);
}

/* --- all of it -------------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
    const struct routine *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    if (order) {
        return order;
    }
    return x->symbol->start < y->symbol->start ? -1 : x->symbol->start > y->symbol->start;
}

static int by_flat(const void *a, const void *b)
{
    const struct routine *x = a, *y = b;
    return x->flat != y->flat ? (x->flat > y->flat ? -1 : 1) : by_name(a, b);
}

static int nothing_found(const struct builder *b, struct pprof_error *error)
{
    if (!b->has_address) {
        return pp_err_set(error, PPROF_ERR_NOTFOUND, "no matches found for regexp %s",
                          b->report->request.symbol);
    }
    if (b->matches == 0) {
        return pp_err_set(error, PPROF_ERR_NOTFOUND, "no matches found for address 0x%" PRIx64,
                          b->address);
    }
    return pp_err_set(error, PPROF_ERR_NOTFOUND,
                      "address 0x%" PRIx64 " found in binary, but the corresponding symbols do not "
                      "have samples in the profile", b->address);
}

static int search(struct builder *b)
{
    b->sample_count = 0;
    b->matches = 0;
    return collect_samples(b) || match_all(b) ? PPROF_ERR_NOMEM : 0;
}

/* Where no name of the profile matches, the binaries may know longer ones: with parameters, with
 * template arguments. */
static int search_longer_names(struct builder *b)
{
    for (size_t i = 0; i < b->report->view.p.mapping_count; i++) {
        b->wanted[i] |= b->sampled[i];
    }
    return search(b);
}

static int find_routines(struct builder *b, size_t most)
{
    int err = say_missing(b);
    want_mappings(b);
    err = err ? err : search(b);
    if (!err && b->count == 0 && !b->has_address) {
        err = search_longer_names(b);
    }
    if (b->count) {
        qsort(b->routines, b->count, sizeof(*b->routines), most ? by_flat : by_name);
    }
    b->count = most && most < b->count ? most : b->count;
    return err;
}

static int hand_over(struct builder *b, pp_assembly_fn each, void *ctx, struct pprof_error *error)
{
    int err = 0;
    for (size_t i = 0; i < b->count && !err; i++) {
        struct pp_assembly_routine made;
        err = make_routine(b, &b->routines[i], &made, error);
        if (!err) {
            each(ctx, &made);
        }
    }
    return err;
}

int pp_assembly_each(struct pp_report *report, size_t most, pp_assembly_fn each, void *ctx,
                     struct pprof_error *error)
{
    struct builder b = { .report = report };
    b.has_address = pp_assembly_address(report->request.symbol, &b.address);
    b.wanted = pp_arena_array(&report->arena, report->view.p.mapping_count, sizeof(*b.wanted));
    b.sampled = pp_arena_array(&report->arena, report->view.p.mapping_count, sizeof(*b.sampled));
    if (!b.wanted || !b.sampled || pp_report_graph(report, PP_EDGES_NONE) ||
        pp_objects_init(&b.objects, &report->view, NULL, NULL)) {
        return PPROF_ERR_NOMEM;
    }
    int err = find_routines(&b, most);
    if (err == 0 && b.count == 0) {
        err = nothing_found(&b, error);
    }
    err = err ? err : hand_over(&b, each, ctx, error);
    pp_objects_release(&b.objects);
    return err;
}
