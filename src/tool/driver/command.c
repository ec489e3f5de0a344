#include "tool/driver/command.h"

#include <string.h>

const struct pp_command pp_commands[] = {
    { "callgrind", PP_FORMAT_CALLGRIND, PP_CUT_EXACT, false, "callgraph.out", NULL, NULL,
      "Write the graph for callgrind tools" },
    { "comments", PP_FORMAT_COMMENTS, PP_CUT_PICTURE, false, NULL, NULL, NULL,
      "Show the profile's comments" },
    { "disasm", PP_FORMAT_DISASM, PP_CUT_EXACT, true, NULL, NULL, NULL,
      "Show the instructions of functions that match, or hold an address, with weights" },
    { "dot", PP_FORMAT_DOT, PP_CUT_PICTURE, false, NULL, NULL, NULL,
      "Write the graph in Graphviz's language" },
    { "eog", PP_FORMAT_SVG, PP_CUT_PICTURE, false, "svg", NULL, "eog", "Show the graph with eog" },
    { "evince", PP_FORMAT_DOT, PP_CUT_PICTURE, false, "pdf", "pdf", "evince",
      "Show the graph with evince" },
    { "folded", PP_FORMAT_FOLDED, PP_CUT_NOTHING, false, NULL, NULL, NULL,
      "Write one line per stack, root first, for flame graph programs" },
    { "gif", PP_FORMAT_DOT, PP_CUT_PICTURE, false, "gif", "gif", NULL, "Draw the graph as GIF" },
    { "gv", PP_FORMAT_DOT, PP_CUT_PICTURE, false, "ps", "ps", "gv --noantialias",
      "Show the graph with gv" },
    { "json", PP_FORMAT_JSON, PP_CUT_TABLE, false, NULL, NULL, NULL,
      "List the heaviest nodes as JSON" },
    { "kcachegrind", PP_FORMAT_CALLGRIND, PP_CUT_EXACT, false, "grind", NULL, "kcachegrind",
      "Show the profile with kcachegrind" },
    { "list", PP_FORMAT_LIST, PP_CUT_SOURCE, true, NULL, NULL, NULL,
      "Show the source of functions that match, line by line with weights" },
    { "pdf", PP_FORMAT_DOT, PP_CUT_PICTURE, false, "pdf", "pdf", NULL, "Draw the graph as PDF" },
    { "peek", PP_FORMAT_TREE, PP_CUT_NOTHING, true, NULL, NULL, NULL,
      "Show callers and callees of functions that match" },
    { "png", PP_FORMAT_DOT, PP_CUT_PICTURE, false, "png", "png", NULL, "Draw the graph as PNG" },
    { "proto", PP_FORMAT_PROTO, PP_CUT_EXACT, false, "pb.gz", NULL, NULL,
      "Write the profile, compressed" },
    { "ps", PP_FORMAT_DOT, PP_CUT_PICTURE, false, "ps", "ps", NULL,
      "Draw the graph as PostScript" },
    { "raw", PP_FORMAT_RAW, PP_CUT_EXACT, false, NULL, NULL, NULL,
      "Show the profile's records as text" },
    { "speedscope", PP_FORMAT_SPEEDSCOPE, PP_CUT_NOTHING, false, "speedscope.json", NULL, NULL,
      "Write the stacks as a file for speedscope" },
    { "svg", PP_FORMAT_SVG, PP_CUT_PICTURE, false, "svg", NULL, NULL,
      "Draw the graph as SVG, with nothing else installed" },
    { "tags", PP_FORMAT_TAGS, PP_CUT_PICTURE, false, NULL, NULL, NULL,
      "Show the weight of each tag's values" },
    { "text", PP_FORMAT_TEXT, PP_CUT_TABLE, false, NULL, NULL, NULL,
      "List the heaviest nodes (as top does)" },
    { "top", PP_FORMAT_TEXT, PP_CUT_TABLE, false, NULL, NULL, NULL, "List the heaviest nodes" },
    { "topproto", PP_FORMAT_TOPPROTO, PP_CUT_TABLE, false, "pb.gz", NULL, NULL,
      "Write the heaviest nodes as a compressed profile" },
    { "traces", PP_FORMAT_TRACES, PP_CUT_PICTURE, false, NULL, NULL, NULL,
      "Show every sample with its stack" },
    { "tree", PP_FORMAT_TREE, PP_CUT_PICTURE, false, NULL, NULL, NULL,
      "Show each node with callers and callees" },
    { "web", PP_FORMAT_SVG, PP_CUT_PICTURE, false, "svg", NULL, "browser",
      "Show the graph in a web browser" },
    { "weblist", PP_FORMAT_WEBLIST, PP_CUT_EXACT, true, "html", NULL, "browser",
      "Make a page of the source of functions that match, with weights and instructions" },
};
const size_t pp_command_count = sizeof(pp_commands) / sizeof(pp_commands[0]);

const struct pp_command *pp_command_named(const char *name)
{
    for (size_t i = 0; i < pp_command_count; i++) {
        if (!strcmp(pp_commands[i].name, name)) {
            return &pp_commands[i];
        }
    }
    return NULL;
}

void pp_command_apply(const struct pp_command *command, struct pp_config *config)
{
    bool whole = command->cut != PP_CUT_PICTURE && command->cut != PP_CUT_TABLE;
    if (config->nodecount == -1) {
        config->nodecount = command->cut == PP_CUT_PICTURE ? 80 : 0;
    }
    if (command->cut == PP_CUT_EXACT) {
        config->granularity = "addresses";
    } else if (command->cut == PP_CUT_SOURCE) {
        config->granularity = "lines";
    }
    config->noinlines |= command->format == PP_FORMAT_DISASM; /* code is where it was put */
    if (whole || !config->trim) {
        config->nodecount = 0;
        config->nodefraction = 0;
        config->edgefraction = 0;
    }
}
