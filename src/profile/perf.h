/* perf.data as it is read: what perf.c finds in a file, perf_events.c
 * knows of its events, and perf_apply.c makes of its records. */
#ifndef PP_PROFILE_PERF_H
#define PP_PROFILE_PERF_H

#include "base/buf.h"
#include "profile/idmap.h"
#include "profile/perf_space.h"
#include "profile/stacks.h"

#include <string.h>

/* The cap of events, and kinds of records that become part of the profile. */
enum {
    PERF_EVENTS = 32,
    PERF_RECORD_MMAP = 1,
    PERF_RECORD_COMM = 3,
    PERF_RECORD_FORK = 7,
    PERF_RECORD_SAMPLE = 9,
    PERF_RECORD_MMAP2 = 10,
};

/* Bits of an event's sample type, in the order of the fields (IDENTIFIER is the first field). */
enum {
    HAS_IP = 1, HAS_TID = 2, HAS_TIME = 4, HAS_ADDR = 8, HAS_READ = 16, HAS_CALLCHAIN = 32,
    HAS_ID = 64, HAS_CPU = 128, HAS_PERIOD = 256, HAS_STREAM_ID = 512, HAS_IDENTIFIER = 1 << 16,
};

struct pp_bytes {
    const unsigned char *at, *end;
};

struct pp_perf_event {
    uint32_t type;
    uint64_t config, period, sample_type, read_format;
    bool is_frequency, has_trailer; /* trailer: other records end with time and ids */
    uint32_t column;                /* the first of its two values; PPROF_NONE: has none */
    struct pp_bytes ids;
    struct pp_scan name;
};

struct pp_perf_id {
    uint64_t id;
    uint32_t event;
};

/* A record by its place in the data. */
struct pp_perf_entry {
    uint64_t time;
    uint32_t type, misc;
    struct pp_bytes body;
};

struct pp_perf_build_id {
    const unsigned char *id;
    size_t len;
};

struct pp_perf {
    struct pp_stacks s;
    struct pp_perf_space space;
    struct pp_bytes file, data;
    struct pp_buf packed; /* the stream in records that are compressed, put together */
    size_t memory_cap_bytes;
    uint32_t type_count;
    struct pp_perf_event events[PERF_EVENTS];
    size_t event_count;
    struct pp_perf_id *ids; /* of the first id_events events, found by id_map */
    struct pp_id_map id_map;
    size_t id_events;
    struct pp_perf_entry *entries;
    size_t entry_count, entry_cap;
    struct pp_table files; /* that have build ids; from 1, for there "" stands at 0 */
    struct pp_perf_build_id *build_ids;
    size_t build_id_count, build_id_cap;
    struct pp_scan version;
    struct pp_bytes command;
    uint32_t comm_key;
    bool has_main;
};

/* --- bytes: reading beyond the end gives zeros ------------------------------------------------ */

static inline uint64_t take(struct pp_bytes *s, size_t bytes)
{
    uint64_t value = 0;
    if ((size_t)(s->end - s->at) < bytes) {
        s->at = s->end;
        return 0;
    }
    memcpy(&value, s->at, bytes);
    s->at += bytes;
    return value;
}

static inline void skip(struct pp_bytes *s, size_t bytes)
{
    size_t len = (size_t)(s->end - s->at);
    s->at += bytes < len ? bytes : len;
}

static inline uint64_t u64(struct pp_bytes *s)
{
    return take(s, 8);
}

static inline uint32_t u32(struct pp_bytes *s)
{
    return (uint32_t)take(s, 4);
}

static inline size_t left(const struct pp_bytes *s)
{
    return (size_t)(s->end - s->at);
}

static inline struct pp_scan c_string(struct pp_bytes s)
{
    const unsigned char *end = left(&s) ? memchr(s.at, 0, left(&s)) : NULL;
    return (struct pp_scan){ (const char *)s.at, (const char *)(end ? end : s.end) };
}

/* An event from its attr, which has as many bytes as the writer's structure, and its ids. */
void pp_perf_add_event(struct pp_perf *p, struct pp_bytes attr, struct pp_bytes ids);
/* Names as given to perf: for each event its attr, ids and name. */
void pp_perf_name_events(struct pp_perf *p, struct pp_bytes s);
/* Two sample types for each event, once all are known. */
void pp_perf_add_types(struct pp_perf *p);

/* The index of the event that a sample's id belongs to; 0 when it is nobody's, or memory is out. */
size_t pp_perf_event_of(struct pp_perf *p, uint64_t id);

/* Applies a record, in order of time, to the address spaces, or adds its sample. */
void pp_perf_apply(struct pp_perf *p, const struct pp_perf_entry *entry);

#endif
