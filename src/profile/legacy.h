/* The older formats: what their parsers share. A parser fills a struct pp_legacy; pp_legacy_decode
 * gives equal addresses one location, finds their mappings and builds the profile.
 *
 *   bytes -> parser (legacy_*.c) -> samples of raw addresses + maps + java lines -> legacy.c
 *
 * Invariants: everything lives in the arena of the struct, texts point into it or into the input;
 * appending fails softly (`nomem` sticks). */
#ifndef PP_PROFILE_LEGACY_H
#define PP_PROFILE_LEGACY_H

#include "profile/legacy_text.h"
#include "base/buf.h"
#include "base/table.h"
#include "pprof/profile.h"

struct pp_legacy_type {
    struct pp_scan type, unit;
};

struct pp_legacy_sample {
    size_t addr_begin, addr_count; /* leaf first */
    int64_t values[4];
    bool has_bytes;
    int64_t bytes; /* the label "bytes" */
};

struct pp_legacy_map {
    uint64_t start, limit, offset;
    struct pp_scan file, build_id;
};

/* A name for an address (Java). */
struct pp_legacy_line {
    uint64_t address;
    struct pp_scan function, file;
    int64_t line;
};

struct pp_legacy {
    struct pp_arena arena;
    struct pprof_error *error;
    struct pp_scan line; /* what the parser looks at, for the sentence that refuses it */
    bool nomem;
    struct pp_legacy_type types[4], period_type;
    size_t type_count;
    int64_t period, duration_nanos;
    struct pp_legacy_sample *samples;
    size_t sample_count, sample_cap;
    uint64_t *addrs;
    size_t addr_count, addr_cap;
    struct pp_legacy_map *maps;
    size_t map_count, map_cap;
    struct pp_legacy_line *lines;
    size_t line_count, line_cap;
    bool cut_doubled_leaf; /* the leaf may stand there twice: once as pc, once as return address */
    bool strip_addresses;  /* names are all that counts */
};

/* The parsers: 0, PPROF_ERR_UNKNOWN (another format), or PPROF_ERR_FORMAT with *l->error filled. */
int pp_legacy_cpu(struct pp_legacy *l, struct pp_scan input);
int pp_legacy_heap(struct pp_legacy *l, struct pp_scan input);
int pp_legacy_count(struct pp_legacy *l, struct pp_scan input);
int pp_legacy_thread(struct pp_legacy *l, struct pp_scan input);
int pp_legacy_contention(struct pp_legacy *l, struct pp_scan input);
int pp_legacy_java(struct pp_legacy *l, struct pp_scan input);
/* The text behind the samples of a Java CPU profile. */
int pp_legacy_java_lines(struct pp_legacy *l, struct pp_scan input);

/* For the parsers. */
void pp_legacy_add_type(struct pp_legacy *l, struct pp_scan type, struct pp_scan unit);
struct pp_scan pp_scan_of(const char *text);
/* A new sample without addresses; NULL when memory is out. The pointer is good until the next. */
struct pp_legacy_sample *pp_legacy_add_sample(struct pp_legacy *l);
/* Appends to the newest sample. */
void pp_legacy_add_address(struct pp_legacy *l, uint64_t address);
/* Appends every 0x... number found in text, less `less`. 0; or an error, l->line being malformed,
 * when one has more than 64 bits. */
int pp_legacy_add_addresses(struct pp_legacy *l, struct pp_scan text, uint64_t less);
/* The error "WHAT LINE: WHY TEXT", without blanks between them; LINE is l->line. */
int pp_legacy_refuse(struct pp_legacy *l, const char *what, const char *why, struct pp_scan text);
/* The text as a number (base 0: by prefix, as in C). 0; or an error in Go's words, which begins
 * with `what` and l->line. */
int pp_legacy_int(struct pp_legacy *l, const char *what, struct pp_scan text, int base,
                  int64_t *value);
/* Reads the lines of a memory map, in any of its notations, up to the end of the input. */
void pp_legacy_read_maps(struct pp_legacy *l, struct pp_text_lines *lines);
/* The same, after skipping everything before the map's headline (the line at hand included). */
void pp_legacy_find_maps(struct pp_legacy *l, struct pp_text_lines *lines);
bool pp_legacy_is_map_headline(struct pp_scan line);
/* "parsing profile: " and the sentence, as PPROF_ERR_FORMAT. */
int pp_legacy_error(struct pp_legacy *l, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Estimates the true count and size from sampled ones, for a mean of `rate` bytes between
 * samples. */
void pp_legacy_unsample(int64_t *count, int64_t *size, int64_t rate);

/* Gives each of these different addresses its mapping, in turn, except where maps[i] is PPROF_NONE
 * already. What lies in no mapping extends one whose first part was left out, or else makes one
 * that covers everything. Time goes with count * log(count), however many mappings overlap. */
void pp_legacy_map_addresses(struct pp_legacy *l, const uint64_t *addresses, size_t count,
                             uint32_t *maps);

#endif
