#include "tool/driver/options.h"

#include "base/err.h"
#include "tool/driver/words.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const struct pp_option pp_options[] = {
#define X(kind, name, value, url, saved, choices, help)                                            \
    { #name, PP_OPTION_##kind, offsetof(struct pp_config, name), url, saved, choices, help },
    PP_OPTIONS(X)
#undef X
};
const size_t pp_option_count = sizeof(pp_options) / sizeof(pp_options[0]);

void pp_config_init(struct pp_config *config)
{
    *config = (struct pp_config){
#define X(kind, name, value, url, saved, choices, help) .name = value,
        PP_OPTIONS(X)
#undef X
    };
}

void pp_config_without_filters(struct pp_config *config)
{
    config->focus = config->ignore = config->hide = config->show = "";
    config->show_from = config->prune_from = "";
    config->tagroot = config->tagleaf = "";
    config->tagfocus = config->tagignore = config->tagshow = config->taghide = "";
}

const struct pp_option *pp_option_find(const char *name)
{
    for (size_t i = 0; i < pp_option_count; i++) {
        if (!strcmp(pp_options[i].name, name)) {
            return &pp_options[i];
        }
    }
    return NULL;
}

/* --- numbers ---------------------------------------------------------------------------------- */

/* Copies the digits without underscores; false when there is nothing, or too much. */
static bool strip_underscores(const char *text, char *out, size_t cap)
{
    size_t len = 0;
    for (; *text; text++) {
        if (*text != '_') {
            if (len + 1 >= cap) {
                return false;
            }
            out[len++] = *text;
        }
    }
    out[len] = '\0';
    return len > 0;
}

bool pp_parse_int(const char *text, int64_t *value)
{
    char digits[80], *end;
    const char *p = digits;
    errno = EINVAL;
    if (isspace((unsigned char)text[0]) || !strip_underscores(text, digits, sizeof(digits))) {
        return false;
    }
    bool negative = *p == '-';
    p += *p == '-' || *p == '+';
    int base = 10;
    if (p[0] == '0' && p[1]) {
        char mark = (char)tolower((unsigned char)p[1]);
        base = mark == 'x' ? 16 : mark == 'b' ? 2 : 8;
        p += mark == 'x' || mark == 'b' || mark == 'o' ? 2 : 1;
    }
    if (!isxdigit((unsigned char)*p)) {
        return false;
    }
    errno = 0;
    uint64_t magnitude = strtoull(p, &end, base);
    if (*end || errno || magnitude > (uint64_t)INT64_MAX + negative) {
        errno = *end ? EINVAL : ERANGE;
        return false;
    }
    *value = negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
    return true;
}

/* 0, EINVAL, or ERANGE beyond so many bits. */
static int parse_decimal(const char *text, int bits, int64_t *value)
{
    const char *digits = text + (*text == '-' || *text == '+');
    int64_t most = bits == 64 ? INT64_MAX : ((int64_t)1 << (bits - 1)) - 1;
    if (!*digits || digits[strspn(digits, "0123456789")]) {
        return EINVAL;
    }
    errno = 0;
    int64_t number = strtoll(text, NULL, 10);
    if (errno || number > most || number < -most - 1) {
        return ERANGE;
    }
    *value = number;
    return 0;
}

bool pp_parse_decimal(const char *text, int bits, int64_t *value)
{
    return parse_decimal(text, bits, value) == 0;
}

/* As in Go underscores stand between digits, or behind 0x. */
static bool underscores_fit(const char *text)
{
    bool is_hex = strpbrk(text, "xX") != NULL;
    for (const char *p = strchr(text, '_'); p; p = strchr(p + 1, '_')) {
        unsigned char before = p > text ? (unsigned char)p[-1] : ' ', after = (unsigned char)p[1];
        bool fits = isdigit(before) && isdigit(after);
        fits |= is_hex && isxdigit(after) && (isxdigit(before) || tolower(before) == 'x');
        if (!fits) {
            return false;
        }
    }
    return true;
}

/* What strtod takes and Go does not. */
static bool is_c_only(const char *text)
{
    bool is_signed_nan = strchr("+-", text[0]) && strncasecmp(text + 1, "nan", 3) == 0;
    bool is_bare_hex = strpbrk(text, "xX") && !strpbrk(text, "pP");
    return isspace((unsigned char)text[0]) || strchr(text, '(') || is_signed_nan || is_bare_hex;
}

bool pp_parse_real(const char *text, double *value)
{
    char digits[512], *end;
    errno = EINVAL;
    if (!text[0] || is_c_only(text) || !underscores_fit(text)) {
        return false;
    }
    if (strchr(text, '_')) {
        if (!strip_underscores(text, digits, sizeof(digits))) {
            return false;
        }
        text = digits;
    }
    *value = strtod(text, &end);
    bool is_too_large = isinf(*value) && strpbrk(text, "0123456789");
    errno = *end || !is_too_large ? EINVAL : ERANGE;
    return !*end && !is_too_large;
}

static bool is_one_of(const char *text, const char *const *words)
{
    for (; *words; words++) {
        if (!strcasecmp(text, *words)) {
            return true;
        }
    }
    return false;
}

bool pp_parse_bool(const char *text, bool *value)
{
    static const char *const yes[] = { "true", "t", "yes", "y", "1", "", NULL };
    static const char *const no[] = { "false", "f", "no", "n", "0", NULL };
    bool on = is_one_of(text, yes);
    if (!on && !is_one_of(text, no)) {
        return false;
    }
    *value = on;
    return true;
}

/* --- setting ---------------------------------------------------------------------------------- */

bool pp_option_choice(const struct pp_option *option, size_t index, const char **choice,
                      size_t *len)
{
    const char *p = option->choices;
    for (; *p; p += *len + (p[*len] == ' '), index--) {
        *len = strcspn(p, " ");
        if (index == 0) {
            *choice = p;
            return true;
        }
    }
    return false;
}

static int set_choice(const char **field, const struct pp_option *option, const char *value,
                      struct pprof_error *error)
{
    const char *choice;
    size_t len;
    for (size_t i = 0; pp_option_choice(option, i, &choice, &len); i++) {
        if (strlen(value) == len && !strncmp(value, choice, len)) {
            *field = value;
            return 0;
        }
    }
    char quoted[PP_WORDS_QUOTED];
    return pp_err_set(error, PPROF_ERR_INVALID, "invalid \"%s\" value %s", option->name,
                      pp_words_quoted(value, quoted));
}

static int bad_number(const char *function, const char *value, int why, struct pprof_error *error)
{
    char quoted[PP_WORDS_QUOTED];
    return pp_err_set(error, PPROF_ERR_INVALID, "strconv.%s: parsing %s: %s", function,
                      pp_words_quoted(value, quoted),
                      why == ERANGE ? "value out of range" : "invalid syntax");
}

static int set_int(int64_t *field, const char *value, struct pprof_error *error)
{
    int why = parse_decimal(value, 64, field);
    return why ? bad_number("Atoi", value, why, error) : 0;
}

static int set_real(double *field, const char *value, struct pprof_error *error)
{
    double number;
    if (!pp_parse_real(value, &number)) {
        return bad_number("ParseFloat", value, errno, error);
    }
    *field = number;
    return 0;
}

int pp_option_set(struct pp_config *config, const struct pp_option *option, const char *value,
                  struct pprof_error *error)
{
    void *field = (char *)config + option->offset;
    char quoted[PP_WORDS_QUOTED];
    switch (option->kind) {
    case PP_OPTION_TEXT:
        if (*option->choices) {
            return set_choice(field, option, value, error);
        }
        *(pp_option_text *)field = value;
        return 0;
    case PP_OPTION_BOOL:
        return pp_parse_bool(value, field)
                   ? 0
                   : pp_err_set(error, PPROF_ERR_INVALID, "illegal value %s for bool variable",
                                pp_words_quoted(value, quoted));
    case PP_OPTION_INT:
        return set_int(field, value, error);
    case PP_OPTION_REAL:
        return set_real(field, value, error);
    }
    return PPROF_ERR_INVALID;
}

/* As Go prints it: the fewest digits that mean this number, with an exponent from a million on. */
static const char *real_text(double value, char *out, size_t cap)
{
    char digits[40];
    int precision = 0;
    if (isinf(value) || isnan(value)) {
        (void)snprintf(out, cap, "%s", isnan(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf");
        return out;
    }
    do {
        (void)snprintf(digits, sizeof(digits), "%.*e", precision, value);
    } while (strtod(digits, NULL) != value && ++precision < 17);
    int exponent = atoi(strchr(digits, 'e') + 1);
    if (exponent < -4 || exponent >= 6) {
        (void)snprintf(out, cap, "%s", digits);
    } else {
        int behind = precision - exponent;
        (void)snprintf(out, cap, "%.*f", behind > 0 ? behind : 0, value);
    }
    return out;
}

const char *pp_option_text_of(const struct pp_config *config, const struct pp_option *option,
                              char *out, size_t cap)
{
    const void *field = (const char *)config + option->offset;
    switch (option->kind) {
    case PP_OPTION_TEXT:
        return *(const pp_option_text *)field;
    case PP_OPTION_BOOL:
        return *(const pp_option_bool *)field ? "true" : "false";
    case PP_OPTION_INT:
        (void)snprintf(out, cap, "%" PRId64, *(const pp_option_int *)field);
        return out;
    case PP_OPTION_REAL:
        return real_text(*(const pp_option_real *)field, out, cap);
    }
    return "";
}
