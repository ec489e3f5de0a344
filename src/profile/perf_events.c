/* Events of perf.data: what was sampled, which samples are theirs, and the values of a profile that
 * they become. */
#include "profile/perf.h"

enum { MAX_IDS = 4096, SOFTWARE = 1, SOFTWARE_DUMMY = 9 };

static const char *event_name(const struct pp_perf_event *e)
{
    static const char *const HARDWARE[] = { "cycles", "instructions", "cache-references",
                                            "cache-misses", "branches", "branch-misses" };
    static const char *const COUNTED[] = { "cpu-clock", "task-clock", "page-faults",
                                           "context-switches", "cpu-migrations", "minor-faults",
                                           "major-faults" };
    if (e->type == 0 && e->config < sizeof(HARDWARE) / sizeof(*HARDWARE)) {
        return HARDWARE[e->config];
    }
    if (e->type == SOFTWARE && e->config < sizeof(COUNTED) / sizeof(*COUNTED)) {
        return COUNTED[e->config];
    }
    return "event";
}

void pp_perf_add_event(struct pp_perf *p, struct pp_bytes attr, struct pp_bytes ids)
{
    if (p->event_count >= PERF_EVENTS) {
        return;
    }
    struct pp_perf_event *e = &p->events[p->event_count++];
    e->type = u32(&attr);
    (void)u32(&attr);
    e->config = u64(&attr);
    e->period = u64(&attr);
    e->sample_type = u64(&attr);
    e->read_format = u64(&attr);
    uint64_t flags = u64(&attr);
    e->is_frequency = flags >> 10 & 1;
    e->has_trailer = flags >> 18 & 1;
    e->ids = ids;
    e->ids.end = left(&ids) > MAX_IDS * 8 ? ids.at + MAX_IDS * 8 : ids.end;
    e->name = (struct pp_scan){ event_name(e), event_name(e) + strlen(event_name(e)) };
}

void pp_perf_name_events(struct pp_perf *p, struct pp_bytes s)
{
    uint32_t count = u32(&s), attr_size = u32(&s);
    for (uint32_t i = 0; i < count && i < p->event_count && left(&s) > attr_size; i++) {
        s.at += attr_size;
        uint32_t ids = u32(&s), len = u32(&s);
        if (len > left(&s) || (uint64_t)ids * 8 > left(&s) - len) {
            return;
        }
        struct pp_scan name = c_string((struct pp_bytes){ s.at, s.at + len });
        if (name.at < name.end) {
            p->events[i].name = name;
        }
        s.at += len + (size_t)ids * 8;
    }
}

/* The ids of all events, gathered when one is asked for and anew when events came since. */
static bool gather_ids(struct pp_perf *p)
{
    size_t count = 0;
    for (size_t i = 0; i < p->event_count; i++) {
        count += left(&p->events[i].ids) / 8;
    }
    p->ids = pp_arena_array(&p->s.arena, count, sizeof(*p->ids));
    count = 0;
    for (uint32_t i = 0; p->ids && i < p->event_count; i++) {
        struct pp_bytes ids = p->events[i].ids;
        while (left(&ids) >= 8) {
            p->ids[count++] = (struct pp_perf_id){ u64(&ids), i };
        }
    }
    return p->ids &&
           pp_id_map_init(&p->id_map, &p->s.arena, p->ids, count, sizeof(*p->ids)) == 0;
}

size_t pp_perf_event_of(struct pp_perf *p, uint64_t id)
{
    if (p->id_events != p->event_count) {
        if (!gather_ids(p)) {
            p->s.failed = true;
            return 0;
        }
        p->id_events = p->event_count;
    }
    uint32_t at = pp_id_map_find(&p->id_map, id);
    return at == UINT32_MAX ? 0 : p->ids[at].event;
}

static bool is_dummy(const struct pp_perf_event *e)
{
    return e->type == SOFTWARE && e->config == SOFTWARE_DUMMY;
}

void pp_perf_add_types(struct pp_perf *p)
{
    char name[100] = "";
    size_t dummies = 0;
    for (size_t i = 0; i < p->event_count; i++) {
        dummies += is_dummy(&p->events[i]);
    }
    for (size_t i = 0; i < p->event_count; i++) {
        struct pp_perf_event *e = &p->events[i];
        e->column = PPROF_NONE;
        if (is_dummy(e) && dummies < p->event_count) {
            continue;
        }
        e->column = p->type_count;
        p->type_count += 2;
        int len = (int)(e->name.end - e->name.at > 80 ? 80 : e->name.end - e->name.at);
        bool is_clock = e->type == SOFTWARE && e->config <= 1;
        memcpy(name, e->name.at, (size_t)len);
        memcpy(name + len, "_sample", sizeof("_sample"));
        pp_build_sample_type(p->s.build, name, "count");
        memcpy(name + len, "_event", sizeof("_event"));
        pp_build_sample_type(p->s.build, name, is_clock ? "nanoseconds" : "count");
    }
    pp_build_default_sample_type(p->s.build, name);
}
