#include "tool/driver/shell_help.h"

#include "base/buf.h"
#include "tool/driver/command.h"

#include <stdlib.h>
#include <string.h>

const struct pp_option *pp_shell_option_of_choice(const char *name)
{
    const char *choice;
    size_t len;
    for (size_t i = 0; i < pp_option_count; i++) {
        for (size_t k = 0; pp_option_choice(&pp_options[i], k, &choice, &len); k++) {
            if (strlen(name) == len && !strncmp(name, choice, len)) {
                return &pp_options[i];
            }
        }
    }
    return NULL;
}

static int compare_options(const void *a, const void *b)
{
    return strcmp((*(const struct pp_option *const *)a)->name,
                  (*(const struct pp_option *const *)b)->name);
}

static void note_choices(const struct pp_option *option, struct pp_buf *note)
{
    const char *choice;
    size_t len;
    for (size_t i = 0; pp_option_choice(option, i, &choice, &len); i++) {
        pp_buf_printf(note, "%s%.*s", i ? " | " : "//: [", (int)len, choice);
    }
    pp_buf_str(note, note->len ? "]" : "");
}

struct help {
    const struct pprof_profile *profile;
    const struct pp_config *config;
    pp_message_fn message;
    void *ctx;
};

static const char *type_name(const struct help *h, size_t i)
{
    return h->profile->strings[h->profile->sample_types[i].type].ptr;
}

static void show_option(const struct help *h, const struct pp_option *option,
                        struct pp_arena *arena)
{
    char number[64];
    const char *value = pp_option_text_of(h->config, option, number, sizeof(number));
    const char *nothing = "\"\"";
    size_t types = h->profile->sample_type_count;
    struct pp_buf note;
    pp_buf_init(&note, arena);
    note_choices(option, &note);
    if (!strcmp(option->name, "sample_index")) {
        value = !*value && types ? type_name(h, types - 1) : value;
        for (size_t i = 0; i < types; i++) {
            pp_buf_printf(&note, "%s%s", i ? " | " : "//: [", type_name(h, i));
        }
        pp_buf_char(&note, ']');
        nothing = ""; /* a type without a name */
    } else if (!strcmp(option->name, "nodecount") && h->config->nodecount == -1) {
        pp_buf_str(&note, "//: default");
    } else if (!strcmp(option->name, "granularity") && !*value) {
        value = "(default)";
    }
    pp_message(h->message, h->ctx, "  %-25s = %-20s %s", option->name, *value ? value : nothing,
               note.len ? note.data : "");
}

void pp_shell_show_options(const struct pprof_profile *profile, const struct pp_config *config,
                           pp_message_fn message, void *ctx)
{
    const struct help h = { profile, config, message, ctx };
    const struct pp_option **sorted = malloc(pp_option_count * sizeof(*sorted));
    struct pp_arena arena;
    pp_arena_init(&arena, 0);
    for (size_t i = 0; sorted && i < pp_option_count; i++) {
        sorted[i] = &pp_options[i];
    }
    if (sorted) {
        qsort(sorted, pp_option_count, sizeof(*sorted), compare_options);
    }
    for (size_t i = 0; sorted && i < pp_option_count; i++) {
        if (strcmp(sorted[i]->name, "source_path") != 0) {
            show_option(&h, sorted[i], &arena);
        }
    }
    free(sorted);
    pp_arena_release(&arena);
}

/* --- help ------------------------------------------------------------------------------------- */

static void help_all(pp_message_fn message, void *ctx)
{
    pp_message(message, ctx, "  Reports:");
    for (size_t i = 0; i < pp_command_count; i++) {
        pp_message(message, ctx, "    %-16s %s", pp_commands[i].name, pp_commands[i].help);
    }
    pp_message(message, ctx, "\n  Options (NAME=VALUE sets one, o shows all):");
    for (size_t i = 0; i < pp_option_count; i++) {
        pp_message(message, ctx, "    %-21s %s", pp_options[i].name, pp_options[i].help);
    }
    pp_message(message, ctx,
               "\n  After a report's name: a number limits the nodes, -cum sorts by cumulative "
               "weight,\n  REGEXP focuses, -REGEXP ignores, > FILE writes there. : clears the "
               "filters, q leaves.\n  The tab key completes commands, options, functions and "
               "tags.");
}

bool pp_shell_help(const char *name, pp_message_fn message, void *ctx)
{
    const struct pp_command *command = pp_command_named(name);
    const struct pp_option *option = pp_option_find(name);
    const struct pp_option *chosen = pp_shell_option_of_choice(name);
    if (!*name) {
        help_all(message, ctx);
    } else if (command) {
        pp_message(message, ctx, "  %s%s [number] [-cum] [focus]* [-ignore]* [> file]\n    %s",
                   name, command->takes_symbol ? " <regexp>" : "", command->help);
    } else if (option) {
        pp_message(message, ctx, "  %s=<value>\n    %s", name, option->help);
    } else if (chosen) {
        pp_message(message, ctx, "  %s=%s\n    %s", chosen->name, name, chosen->help);
    }
    return !*name || command || option || chosen;
}
