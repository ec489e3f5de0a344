/* What the frames of a profile mean at the chosen granularity: each location becomes a short list
 * of frame numbers, and equal frames have equal numbers.
 *
 *   location --first[l]..first[l+1]--> ids[] --> infos[] (name, file, line, ...)   leaf first
 *
 * Everything after this works on small integers in arrays. Lives in the view's arena.
 */
#ifndef PP_REPORT_FRAMES_H
#define PP_REPORT_FRAMES_H

#include "base/table.h"
#include "tool/report/view.h"

struct pp_frame_info {
    uint64_t address;
    int64_t line, column, start_line;
    uint32_t name, file, objfile; /* in texts; 0 is "" */
};

struct pp_frames {
    struct pp_arena *arena;
    struct pp_table texts;
    struct pp_frame_info *infos;
    const char **printable; /* by info; NULL until asked for */
    size_t count, cap;
    uint32_t *first, *ids;
    uint32_t *slots;
    size_t slot_count;
    bool any_inlined; /* some location has more than one line */
};

struct pp_frame_options {
    bool keep_objfile; /* frames of different binaries stay apart */
    bool trim_paths;
    const char *trim_path, *source_path;
};

int pp_frames_resolve(struct pp_frames *frames, const struct pp_view *view,
                      const struct pp_frame_options *options) __attribute__((warn_unused_result));

/* "ADDRESS NAME FILE:LINE:COLUMN" as far as known; never NULL. */
const char *pp_frame_name(struct pp_frames *frames, uint32_t info);

/* The same parts joined by a separator; name and file may be given another text (NULL: own). */
const char *pp_frame_join(struct pp_frames *frames, uint32_t info, const char *separator,
                          const char *name, const char *file);

static inline const char *pp_frame_text(const struct pp_frames *frames, uint32_t text)
{
    return frames->texts.items[text].ptr;
}

/* A function's name without package or namespace, for boxes; in the arena or the name itself. */
const char *pp_shorten_name(struct pp_arena *arena, const char *name);

#endif
