#include "tool/driver/shell.h"

#include "base/err.h"
#include "tool/driver/program.h"
#include "tool/driver/flags.h"
#include "tool/driver/line.h"
#include "tool/driver/options.h"
#include "tool/driver/shell_help.h"
#include "tool/driver/words.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_WORDS = 256, TOP_COUNT = 10 };

struct shell {
    const struct pprof_profile *profile;
    struct pp_config config;
    struct pp_arena arena; /* texts that options hold */
    pp_shell_report_fn report;
    pp_message_fn message;
    void *ctx;
    bool is_over;
    bool colours; /* of standard error */
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

/* The length of the white space character at text, Unicode's wide ones included; 0: it is none. */
static size_t space_at(const char *text)
{
    static const char *const wide[] = { "\xc2\x85", "\u00a0", "\u1680", "\u2000", "\u2001", "\u2002",
                                        "\u2003", "\u2004", "\u2005", "\u2006", "\u2007", "\u2008",
                                        "\u2009", "\u200a", "\u2028", "\u2029", "\u202f", "\u205f",
                                        "\u3000" };
    size_t len = isspace((unsigned char)*text) ? 1 : 0;
    for (size_t i = 0; (unsigned char)*text > 0x7f && i < sizeof(wide) / sizeof(wide[0]); i++) {
        len = strncmp(text, wide[i], strlen(wide[i])) == 0 ? strlen(wide[i]) : len;
    }
    return len;
}

static char *skip_space(char *text)
{
    for (size_t len = space_at(text); len; len = space_at(text)) {
        text += len;
    }
    return text;
}

/* The next word, ended in place; *rest goes on behind it. NULL: there is none. */
static char *next_word(char **rest)
{
    char *word = skip_space(*rest), *end = word;
    while (*end && !space_at(end)) {
        end++;
    }
    *rest = skip_space(end);
    *end = '\0';
    return *word ? word : NULL;
}

/* The text without blanks at both ends, in place. */
static char *trim(char *text)
{
    text = skip_space(text);
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

/* Mistakes stand out on a terminal. */
static void complain(struct shell *s, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    pp_message(s->message, s->ctx, s->colours ? "\033[0;31m%s\033[0m" : "%s", text);
}

/* --- options ---------------------------------------------------------------------------------- */

static void set_option(struct shell *s, const struct pp_option *option, const char *value)
{
    struct pprof_error error = { 0 };
    if (!strcmp(option->name, "sample_index")) {
        int index = pprof_profile_sample_index(s->profile, value, &error);
        if (index < 0) {
            complain(s, "%s", error.detail);
            return;
        }
        value = type_name(s, (size_t)index);
    }
    if (pp_option_set(&s->config, option, keep(s, value, strlen(value)), &error)) {
        complain(s, "%s", error.detail);
    }
}

/* The value without a note at its end, which "//:" begins. */
static char *without_note(char *value)
{
    char *note = NULL;
    for (char *at = value; (at = strstr(at, "//:")); at++) {
        note = at;
    }
    if (note) {
        *note = '\0';
    }
    return trim(value);
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
        value = without_note(value);
    }
    const char *word = trim(name);
    const struct pp_option *option = pp_option_find(word), *chosen = pp_shell_option_of_choice(word);
    bool on;
    if (option && !value && option->kind != PP_OPTION_BOOL) {
        complain(s, "please specify a value, e.g. %s=<val>", word);
    } else if (option) {
        set_option(s, option, value ? value : "");
    } else if (chosen && value && pp_parse_flag_bool(value, &on) && on) {
        set_option(s, chosen, word);
    } else if (chosen) {
        complain(s, "unknown config field \"%s\"", word);
    }
    free(name);
    return option || chosen;
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
    pp_buf_str(list, list->len && *text ? "|" : "");
    pp_buf_str(list, text);
}

/* The words of a report's line: name, then arguments. */
struct words {
    char **items;
    size_t count, at;
};

/* Cuts the digits at the end of the first word off: "top10" is "top 10". NULL when that makes no
 * command either; the word stays cut then. */
static const struct pp_command *find_command(char *word, const char **number)
{
    const struct pp_command *command = pp_command_named(word);
    size_t len = strlen(word), digits = 0;
    static char kept[32];
    while (digits < len && isdigit((unsigned char)word[len - digits - 1])) {
        digits++;
    }
    if (command || !digits || digits == len) {
        return command;
    }
    (void)snprintf(kept, sizeof(kept), "%s", word + len - digits);
    *number = kept;
    word[len - digits] = '\0';
    return pp_command_named(word);
}

static void say_unknown(struct shell *s, const char *name, const char *value)
{
    char quoted[PP_WORDS_QUOTED];
    if (pp_option_find(name) || pp_shell_option_of_choice(name)) {
        complain(s, "did you mean: %s=%s", name, value ? value : "<val>");
    } else {
        complain(s, "unrecognized command: %s", pp_words_quoted(name, quoted));
    }
}

/* One word behind the command; false when a file name is missing behind '>'. */
static bool take_word(struct shell *s, struct request *q, struct words *w, const char *word)
{
    int64_t number;
    if (pp_parse_decimal(word, 32, &number)) {
        q->config.nodecount = number;
    } else if (word[0] == '>') {
        const char *next = w->at < w->count ? w->items[w->at++] : NULL;
        const char *file = word[1] ? word + 1 : next;
        w->at -= word[1] && next;
        if (!file) {
            complain(s, "unexpected end of line after >");
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

/* Reads the line's words; false after a complaint. */
static bool take_words(struct shell *s, struct request *q, char **items, size_t count)
{
    struct words w = { items, count, 1 };
    const char *number = NULL;
    q->command = find_command(items[0], &number);
    if (!q->command) {
        say_unknown(s, items[0], number ? number : count > 1 ? items[1] : NULL);
        return false;
    }
    if (q->command->takes_symbol) {
        q->symbol = number ? number : w.at < count ? items[w.at++] : NULL;
        number = NULL;
        if (!q->symbol) {
            complain(s, "command %s requires an argument", q->command->name);
            return false;
        }
    }
    bool fine = !number || take_word(s, q, &w, number);
    while (fine && w.at < count) {
        const char *word = items[w.at++];
        fine = take_word(s, q, &w, word);
    }
    return fine;
}

static void report(struct shell *s, char **words, size_t count)
{
    struct request q = { .config = s->config };
    struct pprof_error error = { 0 };
    pp_buf_init(&q.focus, &s->arena);
    pp_buf_init(&q.ignore, &s->arena);
    if (!take_words(s, &q, words, count)) {
        return;
    }
    apply_filters(&q);
    if (s->report(s->profile, q.command, q.symbol, &q.config, s->message, s->ctx, &error)) {
        complain(s, "%s", error.detail);
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

static void help(struct shell *s, char **words, size_t count)
{
    struct pp_buf name;
    pp_buf_init(&name, &s->arena);
    for (size_t i = 0; i < count; i++) {
        pp_buf_str(&name, i ? " " : "");
        pp_buf_str(&name, words[i]);
    }
    const char *text = name.len ? name.data : "";
    if (!pp_shell_help(text, s->message, s->ctx)) {
        complain(s, "Unknown command: %s", text);
    }
}

static void run_words(struct shell *s, char **words, size_t count)
{
    const char *word = words[0];
    if (!strcmp(word, "o") || !strcmp(word, "options")) {
        pp_shell_show_options(s->profile, &s->config, s->message, s->ctx);
    } else if (!strcmp(word, "q") || !strcmp(word, "quit") || !strcmp(word, "exit")) {
        s->is_over = true;
    } else if (!strcmp(word, "help")) {
        help(s, words + 1, count - 1);
    } else {
        report(s, words, count);
    }
}

static void run_line(struct shell *s, char *line)
{
    char *words[MAX_WORDS], *word;
    size_t count = 0;
    line = trim(line);
    if (!*line || expand_shortcut(s, line) || assign(s, line)) {
        return;
    }
    while (count < MAX_WORDS && (word = next_word(&line))) {
        words[count++] = word;
    }
    if (count) {
        run_words(s, words, count);
    }
}

/* What the profile is about, as far as the options allow a report on it, and how to go on. */
static void greet(struct shell *s)
{
    struct pp_report report;
    struct pp_lines lines = { .count = 0 };
    struct pp_report_request request = { .config = s->config, .format = PP_FORMAT_TEXT,
                                         .message = s->message, .ctx = s->ctx };
    pp_config_without_filters(&request.config);
    int r = pp_report_build(&report, s->profile, &request, NULL);
    r = r ? r : pp_report_profile_lines(&report, &lines);
    for (size_t i = 0; !r && i < lines.count; i++) {
        say(s, lines.items[i]);
    }
    if (!r && report.total == 0 && s->profile->sample_type_count > 1) {
        say(s, "No samples were found with the default sample value type.");
        say(s, "Try \"sample_index\" command to analyze different sample values.");
    }
    pp_report_release(&report);
    say(s, "Entering interactive mode (type \"help\" for commands, \"o\" for options)");
}

int pp_shell_run(const struct pp_shell *shell, struct pprof_error *error)
{
    struct shell s = { .profile = shell->profile, .config = *shell->config,
                       .report = shell->report, .message = shell->message, .ctx = shell->ctx,
                       .colours = isatty(STDERR_FILENO) };
    struct pp_line_reader *reader = pp_line_open(shell->input, shell->profile);
    char *line;
    if (!reader) {
        return pp_err_set(error, PPROF_ERR_NOMEM, "out of memory");
    }
    pp_arena_init(&s.arena, 0);
    s.config.compact_labels = true;
    greet(&s);
    while (!s.is_over && (line = pp_line_read(reader, "(pprof) "))) {
        run_line(&s, line);
        pp_program_reap();
    }
    pp_line_close(reader);
    pp_arena_release(&s.arena);
    return 0;
}
