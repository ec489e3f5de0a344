/* Options of reports: one row each. A row is a field of struct pp_config, a flag of the command
 * line, a variable of the shell, a parameter of a URL and a field of saved settings at once.
 *
 * Columns: kind (TEXT, BOOL, INT, REAL), name, default, URL parameter ("": none), saved with
 * settings, choices ("": free; else separated by blanks: each is a flag of its own), help.
 */
#ifndef PP_REPORT_CONFIG_H
#define PP_REPORT_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#define PP_GRANULARITIES "addresses filefunctions files functions lines"

#define PP_OPTIONS(X)                                                                              \
    X(TEXT, output, "", "", false, "", "File to write the report to")                              \
    X(BOOL, call_tree, false, "calltree", true, "", "Keep callers apart: a tree, not a graph")     \
    X(BOOL, relative_percentages, false, "rel", true, "",                                          \
      "Percentages of what the filters left, not of everything")                                   \
    X(TEXT, unit, "minimum", "unit", true, "",                                                     \
      "Unit of values: minimum, auto, or a unit's name (kb, ms, ...)")                             \
    X(BOOL, compact_labels, false, "compact", true, "", "Leave the header about the profile out")  \
    X(TEXT, source_path, "", "", false, "", "Directories with sources, separated by colons")       \
    X(TEXT, trim_path, "", "", false, "", "Prefixes to cut off source paths, separated by colons") \
    X(BOOL, intel_syntax, false, "intel", true, "", "Disassemble in Intel's syntax")               \
    X(BOOL, mean, false, "mean", true, "", "Divide values by the first sample type (the count)")   \
    X(TEXT, sample_index, "", "si", false, "", "Sample type to report: its name or index")         \
    X(REAL, divide_by, 1, "", false, "", "Divide every value by this number")                      \
    X(BOOL, normalize, false, "norm", true, "", "Scale the profile to the base profile's total")   \
    X(TEXT, sort, "flat", "sort", true, "cum flat", "Sort by own (flat) or cumulative weight")     \
    X(TEXT, tagroot, "", "tagroot", true, "",                                                      \
      "Tags to show as callers at the root, separated by commas")                                  \
    X(TEXT, tagleaf, "", "tagleaf", true, "",                                                      \
      "Tags to show as callees at the leaf, separated by commas")                                  \
    X(BOOL, drop_negative, false, "dropneg", true, "", "Drop nodes with negative weight")          \
    X(INT, nodecount, -1, "n", true, "", "Most nodes to show")                                     \
    X(REAL, nodefraction, 0.005, "nf", true, "", "Hide nodes below this share of the total")       \
    X(REAL, edgefraction, 0.001, "ef", true, "", "Hide edges below this share of the total")       \
    X(BOOL, trim, true, "trim", true, "", "Apply the three limits above")                          \
    X(TEXT, focus, "", "f", true, "", "Keep samples that go through a frame that matches")         \
    X(TEXT, ignore, "", "i", true, "", "Drop samples that go through a frame that matches")        \
    X(TEXT, prune_from, "", "prunefrom", true, "", "Drop what a matching frame calls")             \
    X(TEXT, hide, "", "h", true, "", "Take frames that match out of the stacks")                   \
    X(TEXT, show, "", "s", true, "", "Leave only frames that match in the stacks")                 \
    X(TEXT, show_from, "", "sf", true, "", "Drop callers above the highest frame that matches")    \
    X(TEXT, tagfocus, "", "tf", true, "", "Keep samples whose tag matches or lies in a range")     \
    X(TEXT, tagignore, "", "ti", true, "", "Drop samples whose tag matches or lies in a range")    \
    X(TEXT, tagshow, "", "ts", true, "", "Keep only tags with a key that matches")                 \
    X(TEXT, taghide, "", "th", true, "", "Drop tags with a key that matches")                      \
    X(BOOL, noinlines, false, "noinlines", true, "", "Count inlined calls as their caller's own")  \
    X(BOOL, showcolumns, false, "showcolumns", true, "", "Show column numbers beside lines")       \
    X(TEXT, granularity, "", "g", true, PP_GRANULARITIES, "What one node stands for")

enum pp_option_kind { PP_OPTION_TEXT, PP_OPTION_BOOL, PP_OPTION_INT, PP_OPTION_REAL };

typedef const char *pp_option_text;
typedef bool pp_option_bool;
typedef int64_t pp_option_int;
typedef double pp_option_real;

#define PP_OPTION_TYPE_TEXT pp_option_text
#define PP_OPTION_TYPE_BOOL pp_option_bool
#define PP_OPTION_TYPE_INT pp_option_int
#define PP_OPTION_TYPE_REAL pp_option_real

/* Text values belong to whoever set them and must outlive the use. */
struct pp_config {
#define X(kind, name, value, url, saved, choices, help) PP_OPTION_TYPE_##kind name;
    PP_OPTIONS(X)
#undef X
};

#endif
