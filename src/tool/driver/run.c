/* pprof run: the program is exec'ed in place with the library in front, so that pid, terminal,
 * signals and exit status stay its own. Nothing of the tool is left behind. */
#include "base/http_address.h"
#include "tool/driver/preload.h"
#include "tool/driver/subcommand.h"
#include "tool/driver/words.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "usage: pprof run [options] [--] COMMAND [ARGUMENTS...]\n"
    "\n"
    "Runs COMMAND with libpprof in front of it. Same process, terminal, signals and exit status.\n"
    "\n"
    "  --http=ADDRESS  serve profiles there: HOST:PORT, :PORT (loopback), unix:/PATH;\n"
    "                  default localhost:0, a free port, which is printed\n"
    "  -o DIRECTORY    write heap, allocs, cpu and thread profiles of the whole run there;\n"
    "                  without --http nothing is served then\n"
    "  --children      programs that COMMAND starts are profiled too\n"
    "  --rate=BYTES    one heap sample in so many allocated bytes on average (524288; 1: all)\n"
    "  --quiet         do not print the address\n"
    "\n"
    "Status: COMMAND's own; 127 not found, 126 cannot be run this way, 2 wrong usage.\n";

struct run {
    struct pp_preload_options preload;
    const char *out;
    int command; /* index into argv */
};

static int fail(const char *sentence)
{
    fprintf(stderr, "pprof run: %s\n", sentence);
    return 2;
}

static int take_rate(const char *value, struct run *run)
{
    if (!pp_words_bytes(value, &run->preload.rate)) {
        return fail("--rate wants a number of bytes, such as 65536 or 64k");
    }
    return 0;
}

static int take_http(const char *value, struct run *run)
{
    struct pp_http_address address;
    struct pprof_error error = { .code = 0 };
    if (pp_http_address_parse(value, &address, &error) != 0) {
        return fail(error.detail);
    }
    run->preload.http = value;
    return 0;
}

/* One option at argv[*i]; 0, or an exit status with 1000 added when it is not an option. */
static int take_option(int argc, char **argv, int *i, struct run *run)
{
    const char *value;
    if (pp_words_option(argc, argv, i, "http", &value)) {
        return value ? take_http(value, run) : fail("--http wants an address");
    }
    if (pp_words_option(argc, argv, i, "o", &value)) {
        run->out = value;
        return value && *value ? 0 : fail("-o wants a directory");
    }
    if (pp_words_option(argc, argv, i, "rate", &value)) {
        return value ? take_rate(value, run) : fail("--rate wants a number of bytes");
    }
    if (pp_words_flag(argv[*i], "children")) {
        run->preload.children = true;
        return 0;
    }
    if (pp_words_flag(argv[*i], "quiet")) {
        run->preload.quiet = true;
        return 0;
    }
    fprintf(stderr, "pprof run: unknown option %s (pprof run --help lists them)\n", argv[*i]);
    return 2;
}

static int take_options(int argc, char **argv, struct run *run)
{
    int i = 1;
    for (; i < argc && argv[i][0] == '-'; i++) {
        if (strcmp(argv[i], "--") == 0) {
            i++;
            break;
        }
        int status = take_option(argc, argv, &i, run);
        if (status) {
            return status;
        }
    }
    run->command = i;
    return i < argc ? 0 : fail("no command is given: pprof run [options] -- COMMAND ARGUMENTS...");
}

static int prepare(struct run *run, const char *command, char path[PATH_MAX],
                   struct pprof_error *error)
{
    static char out[PATH_MAX];
    char library[PATH_MAX];
    int status = pp_command_find(command, path, error);
    status = status ? status : pp_command_check(path, error);
    status = status ? status : pp_library_find(library, error);
    if (!status && run->out) {
        status = pp_make_directory(run->out, out, error);
        run->preload.out = out;
    }
    if (!run->preload.http && !run->out && !getenv("PPROF_HTTP")) {
        run->preload.http = "localhost:0";
    }
    return status ? status
                  : pp_preload_environment(&run->preload, library, (int)getpid(), error);
}

int pp_cmd_run(int argc, char **argv)
{
    struct run run = { .preload = { .rate = -1 } };
    struct pprof_error error = { .code = 0 };
    char path[PATH_MAX];
    if (pp_words_help(argc, argv, help)) {
        return 0;
    }
    int status = take_options(argc, argv, &run);
    if (status) {
        return status;
    }
    status = prepare(&run, argv[run.command], path, &error);
    if (status) {
        fprintf(stderr, "pprof run: %s\n", error.detail);
        return status;
    }
    execvp(argv[run.command], argv + run.command);
    int err = errno;
    fprintf(stderr, "pprof run: %s: %s\n", argv[run.command], strerror(err));
    return err == ENOENT ? 127 : 126;
}
