/* Profiles into a directory, at a fixed interval, for as long as the program runs (PPROF_DIR,
 * pprof_record_start): TIME.PID.NAME.pb.gz, whose names sort by time.
 *
 *   thread of ours, each interval and at exit -> cpu of the interval, heap, block, ... -> rename
 *                                             -> files of that form beyond the caps: oldest removed
 *
 * Invariants
 *  - a file appears by rename only. One that does not fit makes room by removing the older half, is
 *    tried once more, and then given up until the next interval; that is said once.
 *  - the caps hold for the directory: files of earlier runs and of other processes count too, and
 *    nothing else in it is ever touched.
 *  - one recording at a time, one round at a time; the one at exit waits at most 5 s for another.
 */
#ifndef PP_SERVE_RECORD_H
#define PP_SERVE_RECORD_H

#include "pprof/pprof.h"

/* pprof_record_start behind its checks. */
int pp_record_start(const char *directory, const struct pprof_record_options *options,
                    struct pprof_error *error) __attribute__((warn_unused_result));

/* Ends it with a last round; nothing happens when there is none. At exit and by the API. */
void pp_record_finish(void);

/* In a forked child: the recording was the parent's. */
void pp_record_after_fork(void);

struct pp_record_stats {
    bool running;
    uint64_t rounds, files, failed, removed;
};
void pp_record_stats(struct pp_record_stats *stats);

/* "DIRECTORY/20261121T110043.123Z.PID.NAME" + suffix, for now, into path. */
void pp_record_path(const char *directory, const char *name, const char *suffix, char *path,
                    size_t cap);

/* Removes the oldest files of that form until at most so many files and bytes are left; returns how
 * many went. */
unsigned pp_record_prune(const char *directory, uint64_t max_files, uint64_t max_bytes);

/* Removes the older half of them, for a disk without room; returns how many went. */
unsigned pp_record_halve(const char *directory);

#endif
