/* Small words of the commands that are not reports: their options, and numbers for people. */
#ifndef PP_TOOL_WORDS_H
#define PP_TOOL_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* True when argv[*i] is the option with a value: "--name=V", "--name V", and with one dash.
 * *value is V, or NULL when it is missing; *i stands on the last word used. */
bool pp_words_option(int argc, char **argv, int *i, const char *name, const char **value);

/* True for "--name" and "-name". */
bool pp_words_flag(const char *word, const char *name);

/* Prints the text and returns true when a word before "--" or the first operand asks for help. */
bool pp_words_help(int argc, char **argv, const char *text);

/* "4096", "64k", "1MB", "2GiB" (powers of 1024). */
bool pp_words_bytes(const char *text, int64_t *bytes);

/* "2", "1.5", "500ms", "10s", "2m", "1h" to seconds; without a unit: seconds. */
bool pp_words_seconds(const char *text, double *seconds);

/* "0 B", "812 B", "3.4 MiB"; with a sign in front when `sign`. The result is out. */
const char *pp_words_size(double bytes, bool sign, char out[32]);

/* "0.3 s", "12 s", "4 min 05 s", "3 h 20 min", "2 days". */
const char *pp_words_time(double seconds, char out[32]);

/* "812", "12,345", "1.2 million". */
const char *pp_words_count(double count, char out[32]);

/* The text between quotation marks as Go's %q writes it, cut when it does not fit. */
enum { PP_WORDS_QUOTED = 512 };
const char *pp_words_quoted(const char *text, char out[PP_WORDS_QUOTED]);

/* How a reader of our output starts this tool: "pprof" when that is what PATH leads to, else its
 * path, from here when it lies below. Static storage. */
const char *pp_words_self(void);

#endif
