/* A report: a profile seen through options, with its total, its words and, where one is shown, its
 * graph.
 *
 *   profile + options -> view -> tag frames -> [filters] -> total -> filters -> aggregate ->
 *   printer
 *
 * pp_report_build does everything up to the printer; pp_report_print hands text (or bytes) to a
 * pp_out. Nothing here knows terminals, files or windows. A report lives in its own arena; the
 * profile must outlive it and is not changed. One thread at a time.
 */
#ifndef PP_REPORT_REPORT_H
#define PP_REPORT_REPORT_H

#include "base/buf.h"
#include "tool/report/config.h"
#include "tool/report/graph.h"
#include "tool/report/measure.h"
#include "tool/report/out.h"

enum pp_format {
    PP_FORMAT_TEXT,
    PP_FORMAT_TREE,
    PP_FORMAT_TRACES,
    PP_FORMAT_RAW,
    PP_FORMAT_TAGS,
    PP_FORMAT_COMMENTS,
    PP_FORMAT_LIST,
    PP_FORMAT_DOT,
    PP_FORMAT_CALLGRIND,
    PP_FORMAT_PROTO,
    PP_FORMAT_TOPPROTO,
    PP_FORMAT_DISASM,
    PP_FORMAT_WEBLIST,
    PP_FORMAT_SVG,
    PP_FORMAT_FOLDED,
    PP_FORMAT_SPEEDSCOPE,
    PP_FORMAT_JSON,
    PP_FORMAT_COUNT
};

struct pp_report_request {
    struct pp_config config; /* with the command's own settings applied */
    enum pp_format format;
    const char *symbol; /* the command's expression, or NULL */
    pp_message_fn message;
    pp_message_fn aside; /* words that google/pprof puts on standard output; NULL: message */
    void *ctx;
};

struct pp_report {
    struct pp_arena arena;
    struct pp_report_request request;
    struct pp_view view;
    struct pp_tag_units units;
    struct pp_graph graph; /* once pp_report_graph was called */
    struct pp_regex *symbol;
    size_t value_index;
    int64_t total;
    double ratio;
    const char *sample_type, *sample_unit, *output_unit;
    const char *title; /* the main binary's name, or "" */
};

/* 0, PPROF_ERR_INVALID or _UNKNOWN (an option's value; the sentence is google/pprof's), or
 * PPROF_ERR_NOMEM. Release the report either way. */
int pp_report_build(struct pp_report *report, const struct pprof_profile *profile,
                    const struct pp_report_request *request, struct pprof_error *error)
    __attribute__((warn_unused_result));
void pp_report_release(struct pp_report *report);

/* Writes the report. PPROF_ERR_NOTFOUND: nothing matches the symbol ("no matches found for regexp:
 * x"); then nothing was written. */
int pp_report_print(struct pp_report *report, struct pp_out *out, struct pprof_error *error)
    __attribute__((warn_unused_result));

/* --- for printers ----------------------------------------------------------------------------- */

/* Builds the graph and settles the unit of all values. */
int pp_report_graph(struct pp_report *report, enum pp_graph_edges edges)
    __attribute__((warn_unused_result));

/* A value of the chosen sample type as text; into out, which is returned. */
const char *pp_report_value(const struct pp_report *report, int64_t value, char out[PP_LABEL_CAP]);

/* Lines above a report: about the profile, and about what is shown. */
struct pp_lines {
    const char **items;
    size_t count, cap;
};
int pp_report_profile_lines(struct pp_report *report, struct pp_lines *lines)
    __attribute__((warn_unused_result));
int pp_report_lines(struct pp_report *report, bool full, struct pp_lines *lines)
    __attribute__((warn_unused_result));
/* Joined by newlines, and one behind (also when there are none, as google/pprof does). */
void pp_report_print_lines(const struct pp_lines *lines, struct pp_out *out);

typedef int (*pp_printer_fn)(struct pp_report *report, struct pp_out *out,
                             struct pprof_error *error);
int pp_print_text(struct pp_report *report, struct pp_out *out, struct pprof_error *error);
int pp_print_tree(struct pp_report *report, struct pp_out *out, struct pprof_error *error);
int pp_print_traces(struct pp_report *report, struct pp_out *out, struct pprof_error *error);
int pp_print_raw(struct pp_report *report, struct pp_out *out, struct pprof_error *error);
int pp_print_tags(struct pp_report *report, struct pp_out *out, struct pprof_error *error);
int pp_print_comments(struct pp_report *report, struct pp_out *out, struct pprof_error *error);
int pp_print_list(struct pp_report *report, struct pp_out *out, struct pprof_error *error);
int pp_print_dot(struct pp_report *report, struct pp_out *out, struct pprof_error *error);
int pp_print_callgrind(struct pp_report *report, struct pp_out *out, struct pprof_error *error);
int pp_print_proto(struct pp_report *report, struct pp_out *out, struct pprof_error *error);
int pp_print_topproto(struct pp_report *report, struct pp_out *out, struct pprof_error *error);
int pp_print_disasm(struct pp_report *report, struct pp_out *out, struct pprof_error *error);
int pp_print_weblist(struct pp_report *report, struct pp_out *out, struct pprof_error *error);
int pp_print_svg(struct pp_report *report, struct pp_out *out, struct pprof_error *error);
int pp_print_folded(struct pp_report *report, struct pp_out *out, struct pprof_error *error);
int pp_print_speedscope(struct pp_report *report, struct pp_out *out, struct pprof_error *error);
int pp_print_json(struct pp_report *report, struct pp_out *out, struct pprof_error *error);

#endif
