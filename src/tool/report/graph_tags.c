/* Tags of nodes, for pictures: the sample's string labels joined, and its sizes in bytes. */
#include "tool/report/graph.h"

#include "base/buf.h"
#include "tool/report/measure.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_LABELS = 256 };

struct tagger {
    struct pp_graph *g;
    struct pp_table keys; /* (node, labels, name) -> tag + 1 */
    uint32_t *stamps;     /* by node */
    uint32_t stamp, labels;
    const struct pprof_label *list;
    uint32_t count;
    int64_t value, div;
    struct pp_buf text;
};

static int compare_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_text_tag(const struct pp_graph *g, const struct pprof_label *l)
{
    return l->str && strcmp(pp_view_text(g->view, l->key), "pprof::base") != 0;
}

/* The sample's string labels as "key:value" joined by a written \n, in order. */
static uint32_t join_labels(struct tagger *t)
{
    const struct pp_graph *g = t->g;
    const char *pieces[MAX_LABELS];
    size_t n = 0;
    for (uint32_t i = 0; i < t->count && n < MAX_LABELS; i++) {
        if (is_text_tag(g, &t->list[i])) {
            struct pp_buf piece;
            pp_buf_init(&piece, g->arena);
            pp_buf_printf(&piece, "%s:%s", pp_view_text(g->view, t->list[i].key),
                          pp_view_text(g->view, t->list[i].str));
            pieces[n++] = piece.data ? piece.data : "";
        }
    }
    qsort(pieces, n, sizeof(pieces[0]), compare_text);
    pp_buf_reset(&t->text);
    for (size_t i = 0; i < n; i++) {
        pp_buf_str(&t->text, i ? "\\n" : "");
        pp_buf_str(&t->text, pieces[i]);
    }
    return n ? pp_table_intern(&t->g->tag_texts, t->text.data, t->text.len, false) : 0;
}

static struct pp_tag *find_tag(struct tagger *t, uint32_t node, uint32_t name)
{
    struct pp_graph *g = t->g;
    const uint32_t key[3] = { node, t->labels, name };
    size_t before = t->keys.count;
    uint32_t id = pp_table_intern(&t->keys, (const char *)key, sizeof(key), false);
    if (id == UINT32_MAX) {
        return NULL;
    }
    if (t->keys.count > before) {
        if (pp_arena_reserve(g->arena, &g->tags, &g->tag_cap, g->tag_count, sizeof(*g->tags))) {
            return NULL;
        }
        g->tags[g->tag_count++] = (struct pp_tag){ .labels = t->labels, .name = name,
                                                   .next = g->nodes[node].tags };
        g->nodes[node].tags = id - 1;
    }
    return &g->tags[id - 1];
}

static void weigh_tag(const struct tagger *t, struct pp_tag *tag, bool flat)
{
    if (flat) {
        tag->flat += t->value;
        tag->flat_div += t->div;
    } else {
        tag->cum += t->value;
        tag->cum_div += t->div;
    }
}

static int tag_number(struct tagger *t, uint32_t node, const struct pprof_label *l, bool flat)
{
    struct pp_graph *g = t->g;
    char text[PP_LABEL_CAP];
    const char *unit = pp_tag_unit(g->options.units, g->view, l->key);
    pp_scaled_label(l->num, unit, g->options.unit, text);
    uint32_t name = pp_table_intern(&g->tag_texts, text, strlen(text), false);
    size_t before = g->tag_count;
    struct pp_tag *tag = name == UINT32_MAX ? NULL : find_tag(t, node, name);
    if (!tag) {
        return PPROF_ERR_NOMEM;
    }
    if (g->tag_count > before) {
        tag->value = l->num;
        tag->unit = unit;
    }
    weigh_tag(t, tag, flat);
    return 0;
}

static int tag_node(struct tagger *t, uint32_t node, bool flat)
{
    if (t->labels) {
        struct pp_tag *tag = find_tag(t, node, UINT32_MAX);
        if (!tag) {
            return PPROF_ERR_NOMEM;
        }
        weigh_tag(t, tag, flat);
    }
    for (uint32_t i = 0; i < t->count; i++) {
        const struct pprof_label *l = &t->list[i];
        if (!l->str && !strcmp(pp_view_text(t->g->view, l->key), "bytes") &&
            tag_number(t, node, l, flat)) {
            return PPROF_ERR_NOMEM;
        }
    }
    return 0;
}

/* The node of the next frame: by path in a tree. *path is where we are. */
static uint32_t node_of(const struct pp_graph *g, uint32_t *path, uint32_t info)
{
    *path = g->options.call_tree ? pp_graph_tree_step(g, *path, info) : info;
    return *path;
}

static int tag_sample(struct tagger *t, size_t sample)
{
    const struct pp_graph *g = t->g;
    const struct pprof_profile *p = &g->view->p;
    const struct pp_frames *f = &g->frames;
    uint32_t node = UINT32_MAX, path = UINT32_MAX;
    t->stamp++;
    for (uint32_t k = p->loc_begin[sample + 1]; k-- > p->loc_begin[sample];) {
        uint32_t location = p->sample_locs[k];
        for (uint32_t i = f->first[location + 1]; i-- > f->first[location];) {
            node = node_of(g, &path, f->ids[i]);
            if (!g->nodes[node].is_kept || t->stamps[node] == t->stamp) {
                continue;
            }
            t->stamps[node] = t->stamp;
            if (tag_node(t, node, false)) {
                return PPROF_ERR_NOMEM;
            }
        }
    }
    return node != UINT32_MAX && g->nodes[node].is_kept ? tag_node(t, node, true) : 0;
}

int pp_graph_find_tags(struct pp_graph *g)
{
    const struct pprof_profile *p = &g->view->p;
    struct tagger t = { .g = g };
    t.stamps = pp_arena_array(g->arena, g->node_count + 1, sizeof(uint32_t));
    pp_buf_init(&t.text, g->arena);
    if (!t.stamps || pp_table_init(&t.keys, g->arena) || pp_table_init(&g->tag_texts, g->arena)) {
        return PPROF_ERR_NOMEM;
    }
    for (size_t i = 0; i < p->sample_count; i++) {
        const int64_t *values = p->values + i * p->sample_type_count;
        t.list = p->labels + p->label_begin[i];
        t.count = p->label_begin[i + 1] - p->label_begin[i];
        t.value = values[g->options.value_index];
        t.div = g->options.mean ? values[0] : 0;
        if (!t.count || (!t.value && !t.div)) {
            continue;
        }
        t.labels = join_labels(&t);
        if (t.labels == UINT32_MAX || tag_sample(&t, i)) {
            return PPROF_ERR_NOMEM;
        }
    }
    return 0;
}

void pp_graph_drop_light_tags(struct pp_graph *g, int64_t cutoff)
{
    for (size_t i = 0; i < g->tag_count; i++) {
        struct pp_tag *tag = &g->tags[i];
        tag->is_gone |= pp_abs(tag->flat) < cutoff && pp_abs(tag->cum) < cutoff;
    }
}

size_t pp_graph_count_tags(const struct pp_graph *g, uint32_t node)
{
    size_t count = 0;
    for (uint32_t i = g->nodes[node].tags; i != UINT32_MAX; i = g->tags[i].next) {
        count += !g->tags[i].is_gone && g->tags[i].flat != 0;
    }
    return count;
}
