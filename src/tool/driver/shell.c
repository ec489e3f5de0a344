#include "tool/driver/shell.h"

#include "base/err.h"
#include "tool/driver/driver.h"
#include "tool/driver/options.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_WORDS = 256, TOP_COUNT = 10 };

struct shell {
    const struct pprof_profile *profile;
    struct pp_config config;
    struct pp_arena arena; /* texts that options hold */
    pp_message_fn message;
    void *ctx;
    bool is_over;
};

static void say(struct shell *s, const char *text)
{
    s->message(s->ctx, text);
}

static const char *keep(struct shell *s, const char *text, size_t len)
{
    const char *kept = pp_arena_strndup(&s->arena, text, len);
    return kept ? kept : "";
}

/* The text without blanks at both ends, in place. */
static char *trim(char *text)
{
    while (isspace((unsigned char)*text)) {
        text++;
    }
    size_t len = strlen(text);
    while (len && isspace((unsigned char)text[len - 1])) {
        text[--len] = '\0';
    }
    return text;
}

static const char *type_name(const struct shell *s, size_t i)
{
    return s->profile->strings[s->profile->sample_types[i].type].ptr;
}

/* --- options ---------------------------------------------------------------------------------- */

/* The option that has a choice of that name. */
static const struct pp_option *option_of_choice(const char *name)
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

static void set_option(struct shell *s, const struct pp_option *option, const char *value)
{
    struct pprof_error error = { 0 };
    if (!strcmp(option->name, "sample_index")) {
        int index = pprof_profile_sample_index(s->profile, value, &error);
        if (index < 0) {
            say(s, error.detail);
            return;
        }
        value = type_name(s, (size_t)index);
    }
    if (pp_option_set(&s->config, option, keep(s, value, strlen(value)), &error)) {
        say(s, error.detail);
    }
}

/* "name=value", "name" for a boolean, "lines=true"; false when the line is no assignment. */
static bool assign(struct shell *s, const char *line)
{
    char *name = strdup(line), *value = name ? strchr(name, '=') : NULL;
    if (!name) {
        return false;
    }
    if (value) {
        *value++ = '\0';
        for (char *note; (note = strstr(value, "//:"));) {
            *note = '\0';
        }
        value = trim(value);
    }
    const char *word = trim(name);
    const struct pp_option *option = pp_option_find(word), *chosen = option_of_choice(word);
    bool on;
    if (option && !value && option->kind != PP_OPTION_BOOL) {
        pp_message(s->message, s->ctx, "please specify a value, e.g. %s=<val>", word);
    } else if (option) {
        set_option(s, option, value ? value : "");
    } else if (chosen && value && *value && pp_parse_bool(value, &on) && on) {
        set_option(s, chosen, word);
    } else if (chosen) {
        pp_message(s->message, s->ctx, "unknown config field \"%s\"", word);
    }
    free(name);
    return option || chosen;
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

static void show_option(struct shell *s, const struct pp_option *option)
{
    char number[64];
    const char *value = pp_option_text_of(&s->config, option, number, sizeof(number));
    struct pp_buf note;
    pp_buf_init(&note, &s->arena);
    note_choices(option, &note);
    if (!strcmp(option->name, "sample_index")) {
        int index = pprof_profile_sample_index(s->profile, value, NULL);
        value = index >= 0 ? type_name(s, (size_t)index) : value;
        for (size_t i = 0; i < s->profile->sample_type_count; i++) {
            pp_buf_printf(&note, "%s%s", i ? " | " : "//: [", type_name(s, i));
        }
        pp_buf_char(&note, ']');
    } else if (!strcmp(option->name, "nodecount") && s->config.nodecount == -1) {
        pp_buf_str(&note, "//: default");
    } else if (!strcmp(option->name, "granularity") && !*value) {
        value = "(default)";
    }
    pp_message(s->message, s->ctx, "  %-25s = %-20s %s", option->name, *value ? value : "\"\"",
               note.len ? note.data : "");
}

static void show_options(struct shell *s)
{
    const struct pp_option **sorted = malloc(pp_option_count * sizeof(*sorted));
    for (size_t i = 0; sorted && i < pp_option_count; i++) {
        sorted[i] = &pp_options[i];
    }
    if (sorted) {
        qsort(sorted, pp_option_count, sizeof(*sorted), compare_options);
    }
    for (size_t i = 0; sorted && i < pp_option_count; i++) {
        if (strcmp(sorted[i]->name, "source_path") != 0) {
            show_option(s, sorted[i]);
        }
    }
    free(sorted);
}

/* --- help ------------------------------------------------------------------------------------- */

static void help_all(struct shell *s)
{
    say(s, "  Reports:");
    for (size_t i = 0; i < pp_command_count; i++) {
        pp_message(s->message, s->ctx, "    %-16s %s", pp_commands[i].name, pp_commands[i].help);
    }
    say(s, "\n  Options (NAME=VALUE sets one, o shows all):");
    for (size_t i = 0; i < pp_option_count; i++) {
        pp_message(s->message, s->ctx, "    %-21s %s", pp_options[i].name, pp_options[i].help);
    }
    say(s,
        "\n  After a report's name: a number limits the nodes, -cum sorts by cumulative weight,\n"
        "  REGEXP focuses, -REGEXP ignores, > FILE writes there. : clears the filters, q leaves.");
}

static void help(struct shell *s, const char *name)
{
    const struct pp_command *command = pp_command_named(name);
    const struct pp_option *option = pp_option_find(name);
    if (!*name) {
        help_all(s);
    } else if (command) {
        pp_message(s->message, s->ctx,
                   "  %s%s [number] [-cum] [focus]* [-ignore]* [> file]\n    %s", name,
                   command->takes_symbol ? " <regexp>" : "", command->help);
    } else if (option) {
        pp_message(s->message, s->ctx, "  %s=<value>\n    %s", name, option->help);
    } else {
        pp_message(s->message, s->ctx, "Unknown command: %s", name);
    }
}

/* --- reports ---------------------------------------------------------------------------------- */

struct request {
    const struct pp_command *command;
    const char *symbol;
    struct pp_config config;
    struct pp_buf focus, ignore;
};

static void add_expression(struct pp_buf *list, const char *text)
{
    pp_buf_str(list, list->len ? "|" : "");
    pp_buf_str(list, text);
}

/* "top10" is "top 10"; NULL when there is no such command. */
static const struct pp_command *find_command(const char *word, int64_t *count)
{
    char name[32];
    size_t len = strcspn(word, "0123456789");
    const struct pp_command *command = pp_command_named(word);
    if (command || len >= sizeof(name) || !word[len]) {
        return command;
    }
    (void)snprintf(name, sizeof(name), "%.*s", (int)len, word);
    return pp_parse_int(word + len, count) ? pp_command_named(name) : NULL;
}

/* One word behind the command; false when a file name is missing behind '>'. */
static bool take_word(struct shell *s, struct request *q, char **words, size_t count, size_t *at)
{
    const char *word = words[(*at)++];
    int64_t number;
    if (pp_parse_int(word, &number)) {
        q->config.nodecount = number;
    } else if (word[0] == '>') {
        const char *file = word[1] ? word + 1 : *at < count ? words[(*at)++] : NULL;
        if (!file) {
            say(s, "unexpected end of line after >");
            return false;
        }
        q->config.output = file;
    } else if (!strcmp(word, "-cum") || !strcmp(word, "--cum")) {
        q->config.sort = "cum";
    } else if (word[0] == '-') {
        add_expression(&q->ignore, word + 1);
    } else {
        add_expression(&q->focus, word);
    }
    return true;
}

/* Filters of the line stand in place of the options' own, for this report. */
static void apply_filters(struct request *q)
{
    bool tags = q->command->format == PP_FORMAT_TAGS;
    if (q->focus.len) {
        *(tags ? &q->config.tagfocus : &q->config.focus) = q->focus.data;
    }
    if (q->ignore.len) {
        *(tags ? &q->config.tagignore : &q->config.ignore) = q->ignore.data;
    }
    if (q->config.nodecount == -1 && q->command->format == PP_FORMAT_TEXT) {
        q->config.nodecount = TOP_COUNT;
    }
}

static void report(struct shell *s, char **words, size_t count)
{
    struct request q = { .config = s->config };
    struct pprof_error error = { 0 };
    size_t at = 1;
    pp_buf_init(&q.focus, &s->arena);
    pp_buf_init(&q.ignore, &s->arena);
    q.command = find_command(words[0], &q.config.nodecount);
    if (!q.command) {
        pp_message(s->message, s->ctx, "unrecognized command: \"%s\"", words[0]);
        return;
    }
    if (q.command->takes_symbol) {
        if (count < 2) {
            pp_message(s->message, s->ctx, "command %s requires an argument", q.command->name);
            return;
        }
        q.symbol = words[at++];
    }
    while (at < count) {
        if (!take_word(s, &q, words, count, &at)) {
            return;
        }
    }
    apply_filters(&q);
    if (pp_driver_report(s->profile, q.command, q.symbol, &q.config, s->message, s->ctx, &error)) {
        say(s, error.detail);
    }
}

/* --- lines ------------------------------------------------------------------------------------ */

/* ":" clears the filters; a sample type's name, alone or behind total_ or mean_, chooses it. */
static bool expand_shortcut(struct shell *s, const char *line)
{
    static const char *const filters[] = { "focus", "ignore", "hide", "tagfocus", "tagignore" };
    if (!strcmp(line, ":")) {
        for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
            set_option(s, pp_option_find(filters[i]), "");
        }
        return true;
    }
    bool mean = !strncmp(line, "mean_", 5), total = !strncmp(line, "total_", 6);
    const char *name = line + (mean ? 5 : total ? 6 : 0);
    for (size_t i = 0; i < s->profile->sample_type_count; i++) {
        if (!strcmp(type_name(s, i), name)) {
            s->config.mean = mean || (s->config.mean && !total);
            s->config.sample_index = type_name(s, i);
            return true;
        }
    }
    return false;
}

static void run_words(struct shell *s, char **words, size_t count)
{
    const char *word = words[0];
    if (!strcmp(word, "o") || !strcmp(word, "options")) {
        show_options(s);
    } else if (!strcmp(word, "q") || !strcmp(word, "quit") || !strcmp(word, "exit")) {
        s->is_over = true;
    } else if (!strcmp(word, "help")) {
        help(s, count > 1 ? words[1] : "");
    } else {
        report(s, words, count);
    }
}

static void run_line(struct shell *s, char *line)
{
    char *words[MAX_WORDS], *state = NULL;
    size_t count = 0;
    line = trim(line);
    if (!*line || expand_shortcut(s, line) || assign(s, line)) {
        return;
    }
    for (char *word = strtok_r(line, " \t", &state); word && count < MAX_WORDS;
         word = strtok_r(NULL, " \t", &state)) {
        words[count++] = word;
    }
    run_words(s, words, count);
}

/* What the profile is about, and how to go on. */
static int greet(struct shell *s, struct pprof_error *error)
{
    struct pp_report report;
    struct pp_lines lines = { .count = 0 };
    struct pp_report_request request = { .config = s->config, .format = PP_FORMAT_TEXT,
                                         .message = s->message, .ctx = s->ctx };
    int r = pp_report_build(&report, s->profile, &request, error);
    r = r ? r : pp_report_profile_lines(&report, &lines);
    for (size_t i = 0; !r && i < lines.count; i++) {
        say(s, lines.items[i]);
    }
    if (!r && report.total == 0 && s->profile->sample_type_count > 1) {
        say(s, "No samples were found with the default sample value type.");
        say(s, "Try \"sample_index\" command to analyze different sample values.");
    }
    pp_report_release(&report);
    return r;
}

int pp_shell_run(const struct pprof_profile *profile, const struct pp_config *config, FILE *input,
                 pp_message_fn message, void *ctx, struct pprof_error *error)
{
    struct shell s = { .profile = profile, .config = *config, .message = message, .ctx = ctx };
    char *line = NULL;
    size_t cap = 0;
    bool ask = isatty(fileno(input));
    pp_arena_init(&s.arena, 0);
    s.config.compact_labels = true;
    int r = greet(&s, error);
    if (!r) {
        say(&s, "Entering interactive mode (type \"help\" for commands, \"o\" for options)");
    }
    while (!r && !s.is_over) {
        if (ask) {
            (void)fputs("(pprof) ", stdout);
            (void)fflush(stdout);
        }
        if (getline(&line, &cap, input) < 0) {
            break;
        }
        run_line(&s, line);
    }
    free(line);
    pp_arena_release(&s.arena);
    return r;
}
