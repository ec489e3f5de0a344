/* The usage text: our words, from the tables. */
#include "tool/driver/driver.h"
#include "tool/driver/options.h"
#include "tool/driver/subcommand.h"

#include <stdio.h>

static void put_row(const char *name, const char *help)
{
    (void)fprintf(stderr, "    -%-20s %s\n", name, help);
}

static void put_choices(const struct pp_option *option)
{
    const char *choice;
    size_t len;
    for (size_t i = 0; pp_option_choice(option, i, &choice, &len); i++) {
        char name[32], help[96];
        (void)snprintf(name, sizeof(name), "%.*s", (int)len, choice);
        (void)snprintf(help, sizeof(help), "%s: %s", option->help, name);
        put_row(name, help);
    }
}

static void put_options(void)
{
    (void)fputs("\n  Options:\n", stderr);
    for (size_t i = 0; i < pp_option_count; i++) {
        const struct pp_option *o = &pp_options[i];
        if (*o->choices) {
            put_choices(o);
        } else {
            put_row(o->name, o->help);
        }
    }
}

void pp_usage_print(void)
{
    (void)fputs("usage:\n\n"
                "   pprof REPORT [options] [binary] SOURCE...\n"
                "        one report on standard output; a source is a file or a URL, several are\n"
                "        added up\n"
                "   pprof [options] [binary] SOURCE...\n"
                "        a shell for many reports on the same profile\n",
                stderr);
#define X(word, function, help) (void)fprintf(stderr, "   pprof %-8s %s\n", word, help);
    PP_SUBCOMMANDS(X)
#undef X
    (void)fputs("\n  Reports:\n", stderr);
    for (size_t i = 0; i < pp_command_count; i++) {
        char name[32];
        (void)snprintf(name, sizeof(name), "%s%s", pp_commands[i].name,
                       pp_commands[i].takes_symbol ? "=REGEXP" : "");
        put_row(name, pp_commands[i].help);
    }
    put_options();
    (void)fputs("\n  Sources:\n", stderr);
    for (size_t i = 0; i < pp_source_flag_count; i++) {
        put_row(pp_source_flags[i].name, pp_source_flags[i].help);
    }
    (void)fputs(
        "\n  Environment:\n"
        "    PPROF_TMPDIR          where profiles from servers are saved ($HOME/pprof)\n"
        "    PPROF_BINARY_PATH     where binaries are looked for ($HOME/pprof/binaries)\n"
        "    BROWSER               shows pages and drawings (else the first usual browser)\n"
        "    PPROF_DOT_TIMEOUT     seconds that the dot program may take (120)\n",
        stderr);
}

int pp_version_print(void)
{
    return puts("pprof " PP_VERSION) < 0;
}
