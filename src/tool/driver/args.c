#include "tool/driver/args.h"

#include "base/err.h"
#include "tool/driver/flags.h"
#include "tool/driver/options.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Flags about where profiles come from, and older spellings of sample_index: kind, name, default,
 * help. */
#define SOURCE_FLAGS(X)                                                                            \
    X(TEXT, diff_base, "", "Profile to subtract; percentages are of it")                           \
    X(TEXT, base, "", "Profile to subtract")                                                       \
    X(TEXT, symbolize, "",                                                                         \
      "Where names come from: local, fastlocal, remote, none; force, demangle=M")                  \
    X(TEXT, buildid, "", "Build id of the main binary, if the profile has none")                   \
    X(INT, timeout, -1, "Seconds to wait for a server")                                            \
    X(INT, seconds, -1, "Seconds to profile for, or between two looks")                            \
    X(TEXT, add_comment, "", "Text to add to the profile's comments")                              \
    X(BOOL, all_frames, false, "Keep frames that the profile itself asks to drop")                 \
    X(BOOL, inuse_space, false, "Same as -sample_index=inuse_space")                               \
    X(BOOL, inuse_objects, false, "Same as -sample_index=inuse_objects")                           \
    X(BOOL, alloc_space, false, "Same as -sample_index=alloc_space")                               \
    X(BOOL, alloc_objects, false, "Same as -sample_index=alloc_objects")                           \
    X(BOOL, total_delay, false, "Same as -sample_index=delay")                                     \
    X(BOOL, contentions, false, "Same as -sample_index=contentions")                               \
    X(BOOL, mean_delay, false, "Same as -mean -sample_index=delay")                                \
    X(TEXT, tools, "", "Accepted for scripts that pass it; symbols need no other programs here")   \
    X(TEXT, http, "", "Address for the web page, as host:port")                                    \
    X(BOOL, no_browser, false, "With -http: do not open a browser")                                \
    X(TEXT, tls_cert, "", "Client certificate for https")                                          \
    X(TEXT, tls_key, "", "Key of the client certificate")                                          \
    X(TEXT, tls_ca, "", "Certificates that servers are checked with")

const struct pp_source_flag pp_source_flags[] = {
#define X(kind, name, value, help) { #name, help },
    SOURCE_FLAGS(X)
#undef X
};
const size_t pp_source_flag_count = sizeof(pp_source_flags) / sizeof(pp_source_flags[0]);

struct source_values {
#define X(kind, name, value, help) PP_OPTION_TYPE_##kind name;
    SOURCE_FLAGS(X)
#undef X
};

enum { MAX_FLAGS = 160 };

/* Where flags leave their values until they are judged together. */
struct parser {
    struct pp_config config;
    struct source_values values;
    bool commands[32];
    const char *symbols[32];
    struct pp_args_choice *choices; /* in the arguments: options point at the names */
    size_t choice_count;
    struct pp_flag flags[MAX_FLAGS];
    size_t flag_count;
};

static void add_flag(struct parser *p, const char *name, enum pp_option_kind kind, void *value)
{
    if (p->flag_count < MAX_FLAGS) {
        p->flags[p->flag_count++] = (struct pp_flag){ name, kind, value };
    }
}

/* Each choice is a flag of its own. */
static void add_choices(struct parser *p, const struct pp_option *option)
{
    const char *choice;
    size_t len;
    for (size_t i = 0;
         pp_option_choice(option, i, &choice, &len) && p->choice_count < PP_ARGS_CHOICES; i++) {
        size_t at = p->choice_count++;
        (void)snprintf(p->choices[at].name, sizeof(p->choices[at].name), "%.*s", (int)len, choice);
        p->choices[at].option = option;
        add_flag(p, p->choices[at].name, PP_OPTION_BOOL, &p->choices[at].is_set);
    }
}

static void add_all_flags(struct parser *p)
{
#define X(kind, name, initial, help)                                                               \
    p->values.name = initial;                                                                      \
    add_flag(p, #name, PP_OPTION_##kind, &p->values.name);
    SOURCE_FLAGS(X)
#undef X
    for (size_t i = 0; i < pp_option_count; i++) {
        const struct pp_option *o = &pp_options[i];
        if (*o->choices) {
            add_choices(p, o);
        } else {
            add_flag(p, o->name, o->kind, (char *)&p->config + o->offset);
        }
    }
    for (size_t i = 0; i < pp_command_count; i++) {
        bool symbol = pp_commands[i].takes_symbol;
        p->symbols[i] = "";
        add_flag(p, pp_commands[i].name, symbol ? PP_OPTION_TEXT : PP_OPTION_BOOL,
                 symbol ? (void *)&p->symbols[i] : (void *)&p->commands[i]);
    }
}

/* The choices that were set become the option's value; two of one option are a mistake. */
static int settle_choices(struct parser *p, struct pprof_error *error)
{
    for (size_t i = 0; i < p->choice_count; i++) {
        const struct pp_option *option = p->choices[i].option;
        char list[160] = "";
        size_t set = 0;
        for (size_t k = 0; k < p->choice_count; k++) {
            if (p->choices[k].option == option && p->choices[k].is_set) {
                size_t len = strlen(list);
                (void)snprintf(list + len, sizeof(list) - len, "%s%s", set++ ? " " : "",
                               p->choices[k].name);
            }
        }
        if (set > 1) {
            return pp_err_set(error, PPROF_ERR_INVALID, "conflicting options set: [%s]", list);
        }
        if (p->choices[i].is_set) {
            *(pp_option_text *)((char *)&p->config + option->offset) = p->choices[i].name;
        }
    }
    return 0;
}

static int settle_command(const struct parser *p, struct pp_args *args, struct pprof_error *error)
{
    for (size_t i = 0; i < pp_command_count; i++) {
        if (!p->commands[i] && !*p->symbols[i]) {
            continue;
        }
        if (args->command) {
            return pp_err_set(error, PPROF_ERR_INVALID, "must set at most one output format");
        }
        args->command = &pp_commands[i];
        args->symbol = pp_commands[i].takes_symbol ? p->symbols[i] : NULL;
    }
    if (args->command && *p->values.http) {
        return pp_err_set(error, PPROF_ERR_INVALID,
                          "-http is not compatible with an output format on the command line");
    }
    if (p->values.no_browser && !*p->values.http) {
        return pp_err_set(error, PPROF_ERR_INVALID, "-no_browser only makes sense with -http");
    }
    return 0;
}

static void settle_sample_index(struct parser *p, pp_message_fn message, void *ctx)
{
    const struct source_values *v = &p->values;
    const struct {
        bool is_set;
        const char *type, *flag;
    } flags[] = {
        { v->total_delay, "delay", "-total_delay" },
        { v->mean_delay, "delay", "-mean_delay" },
        { v->contentions, "contentions", "-contentions" },
        { v->inuse_space, "inuse_space", "-inuse_space" },
        { v->inuse_objects, "inuse_objects", "-inuse_objects" },
        { v->alloc_space, "alloc_space", "-alloc_space" },
        { v->alloc_objects, "alloc_objects", "-alloc_objects" },
    };
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        if (flags[i].is_set && *p->config.sample_index) {
            pp_message(message, ctx, "Multiple value selections, ignoring %s", flags[i].flag);
        } else if (flags[i].is_set) {
            p->config.sample_index = flags[i].type;
        }
    }
    p->config.mean |= v->mean_delay;
}

static int settle_sources(const struct parser *p, struct pp_args *args, struct pprof_error *error)
{
    const struct source_values *v = &p->values;
    if (*v->base && *v->diff_base) {
        return pp_err_set(error, PPROF_ERR_INVALID,
                          "-base and -diff_base flags cannot both be specified");
    }
    args->is_diff_base = *v->diff_base != '\0';
    args->base = args->is_diff_base ? v->diff_base : v->base;
    if (p->config.normalize && !*args->base) {
        return pp_err_set(error, PPROF_ERR_INVALID, "must have base profile to normalize by");
    }
    args->fetch.seconds = (int)v->seconds;
    args->fetch.timeout_seconds = (int)v->timeout;
    args->fetch.build_id = v->buildid;
    args->fetch.tls = (struct pp_http_tls){ v->tls_cert, v->tls_key, v->tls_ca };
    args->symbolize = v->symbolize;
    args->add_comment = v->add_comment;
    args->http = v->http;
    args->no_browser = v->no_browser;
    args->all_frames = v->all_frames;
    return 0;
}

/* Whether the file is a program (ELF, by its first bytes): then it names the binary, not a
 * profile. */
static bool is_binary(const char *path)
{
    char magic[4] = "";
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    bool is = fd >= 0 && read(fd, magic, 4) == 4 && !memcmp(magic, "\177ELF", 4);
    if (fd >= 0) {
        (void)close(fd);
    }
    return is;
}

int pp_args_parse(struct pp_args *args, int argc, char **argv, pp_message_fn message, void *ctx,
                  struct pprof_error *error)
{
    struct parser p = { .choices = args->choices };
    int rest;
    memset(args, 0, sizeof(*args));
    pp_config_init(&p.config);
    add_all_flags(&p);
    int r =
        pp_flags_parse(&(struct pp_flag_set){ p.flags, p.flag_count }, argc, argv, &rest, error);
    if (r) {
        return r == PPROF_ERR_CANCELED ? r : PPROF_ERR_UNKNOWN;
    }
    if (rest >= argc) {
        return pp_err_set(error, PPROF_ERR_NOTFOUND, "no profile source specified");
    }
    if (argc - rest > 1 && is_binary(argv[rest])) {
        args->fetch.executable = argv[rest++];
    }
    args->sources = (const char *const *)argv + rest;
    args->source_count = (size_t)(argc - rest);
    r = settle_choices(&p, error);
    r = r ? r : settle_command(&p, args, error);
    if (!r) {
        settle_sample_index(&p, message, ctx);
        r = settle_sources(&p, args, error);
    }
    args->config = p.config;
    return r;
}
