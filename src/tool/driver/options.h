/* Options by name: one table for flags, shell variables, URL parameters and saved settings. The
 * rows are PP_OPTIONS in tool/report/config.h. */
#ifndef PP_TOOL_OPTIONS_H
#define PP_TOOL_OPTIONS_H

#include "pprof/error.h"
#include "tool/report/config.h"

#include <stddef.h>

struct pp_option {
    const char *name;
    enum pp_option_kind kind;
    size_t offset; /* in struct pp_config */
    const char *url;
    bool is_saved;
    const char *choices; /* words separated by blanks; "" when free */
    const char *help;
};

extern const struct pp_option pp_options[];
extern const size_t pp_option_count;

/* Every option at its default. */
void pp_config_init(struct pp_config *config);

/* Empties what chooses frames and samples. */
void pp_config_without_filters(struct pp_config *config);

/* NULL when there is no such option. */
const struct pp_option *pp_option_find(const char *name);

/* Sets an option from text as the shell and URLs write it; text values are kept, not copied.
 * PPROF_ERR_INVALID with a sentence. */
int pp_option_set(struct pp_config *config, const struct pp_option *option, const char *value,
                  struct pprof_error *error) PPROF_NODISCARD;

/* The value as text, in out or where it is kept. */
const char *pp_option_text_of(const struct pp_config *config, const struct pp_option *option,
                              char *out, size_t cap);

/* The index-th choice of an option with its length; false beyond the last. */
bool pp_option_choice(const struct pp_option *option, size_t index, const char **choice,
                      size_t *len);

/* Numbers as Go's strconv reads them. Integers of flags with base prefixes and underscores; those
 * of the shell in tens, in so many bits. Where int and real say false, errno is ERANGE for what is
 * too large and EINVAL for what is no number. */
bool pp_parse_decimal(const char *text, int bits, int64_t *value);
bool pp_parse_int(const char *text, int64_t *value);
bool pp_parse_real(const char *text, double *value);
/* yes, no and their like in any case; "" is true. */
bool pp_parse_bool(const char *text, bool *value);

#endif
