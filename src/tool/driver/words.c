#include "tool/driver/words.h"

#include "tool/driver/preload.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* ---- options --------------------------------------------------------------------------------- */

static const char *without_dashes(const char *word)
{
    if (word[0] != '-' || !word[1]) {
        return NULL;
    }
    return word + (word[1] == '-' ? 2 : 1);
}

bool pp_words_option(int argc, char **argv, int *i, const char *name, const char **value)
{
    const char *word = without_dashes(argv[*i]);
    size_t len = strlen(name);
    if (!word || strncmp(word, name, len) != 0 || (word[len] && word[len] != '=')) {
        return false;
    }
    if (word[len] == '=') {
        *value = word + len + 1;
        return true;
    }
    bool has_next = *i + 1 < argc && strcmp(argv[*i + 1], "--") != 0;
    *value = has_next ? argv[++*i] : NULL;
    return true;
}

bool pp_words_flag(const char *word, const char *name)
{
    const char *rest = without_dashes(word);
    return rest && strcmp(rest, name) == 0;
}

bool pp_words_help(int argc, char **argv, const char *text)
{
    for (int i = 1; i < argc && argv[i][0] == '-' && strcmp(argv[i], "--") != 0; i++) {
        if (pp_words_flag(argv[i], "help") || strcmp(argv[i], "-h") == 0) {
            fputs(text, stdout);
            return true;
        }
    }
    return false;
}

/* ---- numbers from people --------------------------------------------------------------------- */

static int size_shift(const char *unit)
{
    static const char *const units[] = { "", "k", "m", "g", "t" };
    for (int i = 0; i < 5; i++) {
        size_t len = strlen(units[i]);
        if (strncasecmp(unit, units[i], len) == 0 &&
            (!unit[len] || strcasecmp(unit + len, "b") == 0 || strcasecmp(unit + len, "ib") == 0)) {
            return 10 * i;
        }
    }
    return -1;
}

bool pp_words_bytes(const char *text, int64_t *bytes)
{
    char *end;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    int shift = size_shift(end);
    if (end == text || errno || number < 0 || shift < 0 || number > INT64_MAX >> shift) {
        return false;
    }
    *bytes = (int64_t)number << shift;
    return true;
}

bool pp_words_seconds(const char *text, double *seconds)
{
    static const struct {
        const char *unit;
        double seconds;
    } units[] = { { "", 1 }, { "ms", 1e-3 }, { "s", 1 }, { "m", 60 }, { "h", 3600 } };
    char *end;
    double number = strtod(text, &end);
    if (end == text || !(number >= 0) || number > 1e9) {
        return false;
    }
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (strcmp(end, units[i].unit) == 0) {
            *seconds = number * units[i].seconds;
            return true;
        }
    }
    return false;
}

/* ---- numbers for people ---------------------------------------------------------------------- */

const char *pp_words_size(double bytes, bool sign, char out[32])
{
    static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB" };
    double size = fabs(bytes);
    int unit = 0;
    while (size >= 1000 && unit < 5) {
        size /= 1024;
        unit++;
    }
    const char *front = bytes < 0 ? "-" : sign ? "+" : "";
    (void)snprintf(out, 32, "%s%.*f %s", front, unit && size < 9.95 ? 1 : 0, size, units[unit]);
    return out;
}

const char *pp_words_time(double seconds, char out[32])
{
    long long s = (long long)(seconds + 0.5);
    if (seconds < 9.95) {
        (void)snprintf(out, 32, "%.1f s", seconds < 0 ? 0 : seconds);
    } else if (s < 120) {
        (void)snprintf(out, 32, "%lld s", s);
    } else if (s < 3600) {
        (void)snprintf(out, 32, "%lld min %02lld s", s / 60, s % 60);
    } else if (s < 48 * 3600) {
        (void)snprintf(out, 32, "%lld h %02lld min", s / 3600, s / 60 % 60);
    } else {
        (void)snprintf(out, 32, "%lld days", s / 86400);
    }
    return out;
}

const char *pp_words_count(double count, char out[32])
{
    long long n = llround(count);
    if (llabs(n) >= 10000000) {
        (void)snprintf(out, 32, "%.1f million", count / 1e6);
    } else if (llabs(n) >= 1000000) {
        (void)snprintf(out, 32, "%lld,%03lld,%03lld", n / 1000000, llabs(n / 1000) % 1000,
                       llabs(n) % 1000);
    } else if (llabs(n) >= 10000) {
        (void)snprintf(out, 32, "%lld,%03lld", n / 1000, llabs(n) % 1000);
    } else {
        (void)snprintf(out, 32, "%lld", n);
    }
    return out;
}

/* What stands for a character between quotation marks; NULL: itself. */
static const char *escape_of(unsigned char c, char out[8])
{
    static const char named[] = "\a\b\f\n\r\t\v\\\"", letters[] = "abfnrtv\\\"";
    const char *at = c ? strchr(named, c) : NULL;
    if (at) {
        (void)snprintf(out, 8, "\\%c", letters[at - named]);
    } else if (c < 0x20 || c == 0x7f) {
        (void)snprintf(out, 8, "\\x%02x", c);
    }
    return at || c < 0x20 || c == 0x7f ? out : NULL;
}

const char *pp_words_quoted(const char *text, char out[PP_WORDS_QUOTED])
{
    size_t len = 0;
    out[len++] = '"';
    for (; *text && len + 8 < PP_WORDS_QUOTED; text++) {
        char escaped[8];
        const char *piece = escape_of((unsigned char)*text, escaped);
        if (piece) {
            len += (size_t)snprintf(out + len, 8, "%s", piece);
        } else {
            out[len++] = *text;
        }
    }
    memcpy(out + len, "\"", 2);
    return out;
}

/* Whether the word alone would start the file. */
static bool is_in_path(const char *word, const char *file)
{
    char found[PATH_MAX], real[PATH_MAX];
    return pp_command_find(word, found, NULL) == 0 && realpath(found, real) &&
           strcmp(real, file) == 0;
}

const char *pp_words_self(void)
{
    static char self[PATH_MAX];
    char here[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
    self[len > 0 ? len : 0] = '\0';
    if (len <= 0 || is_in_path("pprof", self)) {
        return "pprof";
    }
    size_t above = getcwd(here, sizeof(here)) ? strlen(here) : 0;
    if (above > 1 && strncmp(self, here, above) == 0 && self[above] == '/') {
        return self + above + 1;
    }
    return self;
}
