#include "tool/driver/line.h"

#include "tool/driver/complete.h"
#include "tool/driver/history.h"
#include "tool/driver/libedit.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

enum { SHOWN_MAX = 120 };

struct pp_line_reader {
    FILE *input;
    const struct pprof_profile *profile;
    const struct pp_libedit *lib; /* NULL: no terminal, or no library */
    EditLine *edit;
    History *history;
    locale_t locale; /* of the terminal's characters */
    const char *prompt;
    bool asks, is_broken, is_held;
    char *line;
    size_t cap;
};

static struct pp_line_reader *reader_of(EditLine *edit)
{
    struct pp_line_reader *reader = NULL;
    (void)pp_libedit()->el_get(edit, EL_CLIENTDATA, &reader);
    return reader;
}

/* --- keys ------------------------------------------------------------------------------------- */

static char *give_prompt(EditLine *edit)
{
    return (char *)(uintptr_t)reader_of(edit)->prompt; /* not written to; older than const */
}

static size_t terminal_width(void)
{
    struct winsize size = { 0 };
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : 80;
}

/* The items in columns below the line. */
static void show_items(const struct pp_completion *found)
{
    size_t widest = 1, shown = found->count < SHOWN_MAX ? found->count : SHOWN_MAX;
    for (size_t i = 0; i < shown; i++) {
        size_t len = strlen(found->items[i]);
        widest = len > widest ? len : widest;
    }
    size_t columns = terminal_width() / (widest + 2);
    columns = columns ? columns : 1;
    for (size_t i = 0; i < shown; i++) {
        (void)printf("%s%-*s", i % columns ? "  " : "\n", (int)widest, found->items[i]);
    }
    if (shown < found->count) {
        (void)printf("\n... and %zu more", found->count - shown);
    }
    (void)printf("\n");
    (void)fflush(stdout);
}

/* Puts text in place of the word in front of the cursor. */
static unsigned char put(const struct pp_libedit *lib, EditLine *edit, size_t old_len,
                         const char *text, bool blank)
{
    lib->el_deletestr(edit, (int)old_len);
    if ((*text && lib->el_insertstr(edit, text)) || (blank && lib->el_insertstr(edit, " "))) {
        return CC_ERROR;
    }
    return CC_REFRESH;
}

static unsigned char use_completion(const struct pp_libedit *lib, EditLine *edit,
                                    const struct pp_completion *found, size_t word_len)
{
    if (found->count == 0) {
        return CC_ERROR;
    }
    if (found->count == 1) {
        return put(lib, edit, word_len, found->items[0], found->is_word);
    }
    if (strlen(found->common) > word_len) {
        return put(lib, edit, word_len, found->common, false);
    }
    show_items(found);
    return CC_REDISPLAY;
}

/* The length of the word in the characters that el_deletestr counts. */
static size_t characters(const char *text, const char *end)
{
    size_t count = 0;
    for (; text < end; text++) {
        count += ((unsigned char)*text & 0xc0) != 0x80;
    }
    return count;
}

static unsigned char on_tab(EditLine *edit, int key)
{
    (void)key;
    struct pp_line_reader *reader = reader_of(edit);
    const LineInfo *line = reader->lib->el_line(edit);
    struct pp_completion found;
    struct pp_arena arena;
    unsigned char result = CC_ERROR;
    pp_arena_init(&arena, 0);
    if (pp_complete(reader->profile, line->buffer, (size_t)(line->cursor - line->buffer), &arena,
                    &found) == 0) {
        size_t word_len = characters(line->buffer + found.start, line->cursor);
        result = use_completion(reader->lib, edit, &found, word_len);
    }
    pp_arena_release(&arena);
    return result;
}

/* ^C: the line is given up, and a new one begins. */
static unsigned char on_break(EditLine *edit, int key)
{
    (void)key;
    reader_of(edit)->is_broken = true;
    return CC_NEWLINE;
}

/* --- opening ---------------------------------------------------------------------------------- */

static void remember(void *ctx, const char *line)
{
    struct pp_line_reader *reader = ctx;
    HistEvent event;
    (void)reader->lib->history(reader->history, &event, H_ENTER, line);
}

static void set_keys(const struct pp_line_reader *reader)
{
    const struct pp_libedit *lib = reader->lib;
    EditLine *edit = reader->edit;
    (void)lib->el_set(edit, EL_PROMPT, give_prompt);
    (void)lib->el_set(edit, EL_EDITOR, "emacs");
    (void)lib->el_set(edit, EL_SIGNAL, 1);
    (void)lib->el_set(edit, EL_HIST, lib->history, reader->history);
    (void)lib->el_set(edit, EL_ADDFN, "pprof-complete", "Complete commands and names", on_tab);
    (void)lib->el_set(edit, EL_ADDFN, "pprof-break", "Give the line up", on_break);
    (void)lib->el_set(edit, EL_BIND, "^I", "pprof-complete", NULL);
    (void)lib->el_set(edit, EL_BIND, "^C", "pprof-break", NULL);
    (void)lib->el_set(edit, EL_BIND, "^R", "em-inc-search-prev", NULL);
    (void)lib->el_source(edit, NULL);
}

static bool open_editor(struct pp_line_reader *reader)
{
    const struct pp_libedit *lib = pp_libedit();
    HistEvent event;
    if (!lib || !(reader->edit = lib->el_init("pprof", reader->input, stdout, stderr))) {
        return false;
    }
    reader->history = lib->history_init();
    if (!reader->history) {
        lib->el_end(reader->edit);
        return false;
    }
    reader->lib = lib;
    (void)lib->el_set(reader->edit, EL_CLIENTDATA, reader);
    (void)lib->history(reader->history, &event, H_SETSIZE, PP_HISTORY_LINES);
    (void)lib->history(reader->history, &event, H_SETUNIQUE, 1);
    set_keys(reader);
    pp_history_load(remember, reader);
    return true;
}

struct pp_line_reader *pp_line_open(FILE *input, const struct pprof_profile *profile)
{
    struct pp_line_reader *reader = calloc(1, sizeof(*reader));
    if (!reader) {
        return NULL;
    }
    reader->input = input;
    reader->profile = profile;
    reader->asks = isatty(fileno(input));
    if (reader->asks && isatty(STDOUT_FILENO)) {
        reader->locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
        (void)open_editor(reader);
    }
    return reader;
}

void pp_line_close(struct pp_line_reader *reader)
{
    if (reader->lib) {
        reader->lib->history_end(reader->history);
        reader->lib->el_end(reader->edit);
    }
    if (reader->locale) {
        freelocale(reader->locale);
    }
    free(reader->line);
    free(reader);
}

/* --- reading ---------------------------------------------------------------------------------- */

/* Without newlines and blanks at the end, in place. */
static char *without_end(char *line)
{
    size_t len = strlen(line);
    while (len && strchr("\r\n \t", line[len - 1])) {
        line[--len] = '\0';
    }
    return line;
}

/* While a line is edited the keys that interrupt and end the input are keys like others; libedit
 * takes that over from the terminal, which it leaves to it only after the prompt: a ^D typed before
 * would be lost. Their old meaning is in *was. */
static void hold_break(struct pp_line_reader *reader, struct termios *was)
{
    struct termios now;
    reader->is_held = tcgetattr(fileno(reader->input), was) == 0;
    if (reader->is_held) {
        now = *was;
        now.c_cc[VINTR] = now.c_cc[VEOF] = _POSIX_VDISABLE;
        (void)tcsetattr(fileno(reader->input), TCSADRAIN, &now);
    }
}

/* Only the editor sees the user's locale: numbers and names are C's. */
static const char *get_line(struct pp_line_reader *reader)
{
    int count = 0;
    struct termios terminal;
    locale_t was = reader->locale ? uselocale(reader->locale) : (locale_t)0;
    reader->is_broken = false;
    hold_break(reader, &terminal);
    const char *line = reader->lib->el_gets(reader->edit, &count);
    if (reader->is_held) {
        (void)tcsetattr(fileno(reader->input), TCSADRAIN, &terminal);
    }
    if (was) {
        (void)uselocale(was);
    }
    if (reader->is_broken) { /* of an empty line, too: libedit says 0, as at the end */
        (void)fputs("\n", stdout);
        return "";
    }
    return count > 0 ? line : NULL;
}

static char *read_edited(struct pp_line_reader *reader)
{
    const char *line = get_line(reader);
    free(reader->line);
    reader->line = line ? strdup(line) : NULL;
    if (!reader->line) {
        (void)fputs("\n", stdout);
        return NULL;
    }
    (void)without_end(reader->line);
    if (reader->line[strspn(reader->line, " \t")]) {
        remember(reader, reader->line);
        pp_history_add(reader->line);
    }
    return reader->line;
}

char *pp_line_read(struct pp_line_reader *reader, const char *prompt)
{
    reader->prompt = prompt;
    if (reader->lib) {
        return read_edited(reader);
    }
    if (reader->asks) {
        (void)fputs(prompt, stdout);
        (void)fflush(stdout);
    }
    return getline(&reader->line, &reader->cap, reader->input) < 0 ? NULL
                                                                   : without_end(reader->line);
}
