/* Sources: files and servers, several at a time, and keeping what came from a server.
 *
 *   source --stat--> file ------------------------------\
 *          \-------> pp_fetch_url --> HTTP --> bytes ----+--> pprof_profile_read --> binaries
 *
 * A source is a file, "-" for standard input, a URL, host:port/path, unix:/socket:/path or
 * http+unix://%2Fsocket/path. Not for signal handlers; any thread.
 */
#ifndef PP_TOOL_FETCH_H
#define PP_TOOL_FETCH_H

#include "base/arena.h"
#include "pprof/profile.h"
#include "tool/symbolize/symbolize.h"

struct pp_fetch_options {
    int seconds;         /* -seconds; 0 or less: not given */
    int timeout_seconds; /* -timeout; 0 or less: 1.5 times the duration, or 60 */
    struct pp_http_tls tls;
    const char *executable; /* the positional binary, for the first mapping; NULL: none */
    const char *build_id;   /* -buildid; NULL: none */
    size_t memory_cap_bytes; /* for each profile; 0: half of the machine's memory */
};

struct pp_fetched {
    struct pprof_profile *profile; /* the caller's to free; NULL when it failed */
    bool is_remote;
    char *url;                          /* of a remote profile, final; else NULL */
    struct pp_mapping_source *mappings; /* of a remote profile, for pp_symbolize_profile */
    size_t mapping_count;
    struct pp_arena arena; /* holds url and mappings */
    struct pprof_error error; /* why profile is NULL */
};

/* Reads one source, checks it, and finds its binaries (pp_locate_binaries). *out is filled either
 * way and is to be released. The error's sentence does not name the source: print
 * "SOURCE: sentence". */
int pp_fetch(const char *source, const struct pp_fetch_options *options, struct pp_fetched *out,
             pp_message_fn message, void *ctx, struct pprof_error *error)
    __attribute__((warn_unused_result));

/* All sources, up to 8 at a time, results in the order of the sources. At the end each failure is
 * said as "SOURCE: sentence"; it is kept in out[i].error, too. Returns how many succeeded. Release
 * every out[i]. */
size_t pp_fetch_all(const char *const *sources, size_t count,
                    const struct pp_fetch_options *options, struct pp_fetched *out,
                    pp_message_fn message, void *ctx);

/* Frees profile (if still there) and everything else. */
void pp_fetched_release(struct pp_fetched *fetched);

/* What a source that is no file means: a URL with the duration in its query, as text in the arena.
 * PPROF_ERR_INVALID when it is no URL at all. timeout_ns: for the exchange. */
int pp_fetch_url(struct pp_arena *arena, const char *source, const struct pp_fetch_options *options,
                 char **url, int64_t *timeout_ns) __attribute__((warn_unused_result));

/* Gives the nameless mappings of a remote profile the name of its URL, so that its server can be
 * asked for names; pp_fetch does it. */
int pp_fetch_name_sources(struct pp_fetched *fetched, struct pprof_error *error)
    __attribute__((warn_unused_result));

/* Empties the file names that stand for a URL (from pp_fetch_name_sources). Run after
 * symbolizing. */
void pp_unsource_mappings(struct pprof_profile *profile);

/* Writes the profile, gzipped, to pprof.BINARY.TYPES.NNN.pb.gz in the first directory that can be
 * used of $PPROF_TMPDIR, $HOME/pprof and the temporary directory, and says "Saved profile in PATH".
 * PPROF_ERR_SYSTEM when there is no place. */
int pp_save_profile(const struct pprof_profile *profile, pp_message_fn message, void *ctx,
                    struct pprof_error *error) __attribute__((warn_unused_result));

#endif
