/* pprof attach: libpprof in a program that runs already, and out again. */
#include "base/http_address.h"
#include "tool/attach/attach.h"
#include "tool/driver/announced.h"
#include "tool/driver/preload.h"
#include "tool/driver/subcommand.h"
#include "tool/driver/words.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "usage: pprof attach [options] PID\n"
    "       pprof attach --detach PID\n"
    "\n"
    "Loads libpprof.so into a running process of this user, which then serves its profiles; what\n"
    "it allocated before is not known. One of its threads is borrowed for some milliseconds.\n"
    "\n"
    "  --http=ADDRESS  serve there: HOST:PORT, :PORT (loopback), unix:/PATH; default\n"
    "                  localhost:0, a free port, which is printed\n"
    "  --rate=BYTES    one heap sample in so many allocated bytes on average (524288; 1: all)\n"
    "  --force         also when the program filters its system calls (seccomp)\n"
    "  --detach        end it: nothing is served, sampled or hooked any more; the library stays\n"
    "                  loaded, asleep, and can be attached again\n"
    "\n"
    "Status: 0; 2 when it cannot be done, and then the process goes on unchanged.\n";

struct words {
    struct pp_attach_request request;
    struct pp_attach_options options;
    pid_t pid;
    bool detach;
};

static int fail(const char *sentence)
{
    fprintf(stderr, "pprof attach: %s\n", sentence);
    return 2;
}

static int take_http(const char *value, struct words *words)
{
    struct pp_http_address address;
    struct pprof_error error = { .code = 0 };
    if (!value || strlen(value) >= sizeof(words->request.http)) {
        return fail("--http wants an address");
    }
    if (pp_http_address_parse(value, &address, &error) != 0) {
        return fail(error.detail);
    }
    memcpy(words->request.http, value, strlen(value) + 1);
    return 0;
}

static int take_pid(const char *word, struct words *words)
{
    char *end;
    errno = 0;
    long pid = strtol(word, &end, 10);
    if (words->pid || *end || end == word || errno || pid <= 0 || pid > INT32_MAX) {
        return fail("the number of one process is wanted (pprof attach --help)");
    }
    words->pid = (pid_t)pid;
    return 0;
}

static int take_word(int argc, char **argv, int *i, struct words *words)
{
    const char *value;
    if (argv[*i][0] != '-') {
        return take_pid(argv[*i], words);
    }
    if (pp_words_option(argc, argv, i, "http", &value)) {
        return take_http(value, words);
    }
    if (pp_words_option(argc, argv, i, "rate", &value)) {
        return value && pp_words_bytes(value, &words->request.heap_rate)
                   ? 0 : fail("--rate wants a number of bytes, such as 65536 or 64k");
    }
    if (pp_words_flag(argv[*i], "force")) {
        words->options.is_forced = true;
        return 0;
    }
    if (pp_words_flag(argv[*i], "detach")) {
        words->detach = true;
        return 0;
    }
    fprintf(stderr, "pprof attach: unknown option %s (pprof attach --help lists them)\n", argv[*i]);
    return 2;
}

static int take_words(int argc, char **argv, struct words *words)
{
    int status = 0;
    for (int i = 1; i < argc && !status; i++) {
        status = take_word(argc, argv, &i, words);
    }
    if (!status && !words->pid) {
        return fail("no process is named: pprof attach [options] PID");
    }
    return status;
}

/* What serves already needs no attaching. */
static int check_announced(const struct words *words)
{
    struct pp_announced found;
    if (pp_announced_read(words->pid, &found) != 0 || !found.url[0] || words->detach) {
        return 0;
    }
    fprintf(stderr, "pprof attach: process %d serves already: %s\n", (int)words->pid, found.url);
    return 2;
}

static int report(const struct words *words)
{
    const struct pp_attach_request *answer = &words->request;
    if (answer->result) {
        fprintf(stderr, "pprof attach: process %d: %s\n", (int)words->pid, answer->detail);
        return 2;
    }
    if (words->detach) {
        printf("process %d: detached\n", (int)words->pid);
    } else {
        printf("process %d serves %s\n", (int)words->pid, answer->url);
    }
    return 0;
}

static int call(struct words *words)
{
    struct pprof_error error = { .code = 0 };
    char library[PATH_MAX];
    int status = 0;
    if (words->detach) {
        words->options.function = "pprof_detach";
    } else {
        words->options.function = "pprof_attach";
        words->options.library = library;
        status = pp_library_find(library, &error);
    }
    status = status ? status
                    : pp_attach_call(words->pid, &words->options, &words->request, &error);
    if (status) {
        return fail(error.detail);
    }
    return report(words);
}

int pp_cmd_attach(int argc, char **argv)
{
    struct words words = { .request = { .size = sizeof(words.request), .http = "localhost:0",
                                        .heap_rate = -1 } };
    if (pp_words_help(argc, argv, help)) {
        return 0;
    }
    int status = take_words(argc, argv, &words);
    status = status ? status : check_announced(&words);
    return status ? status : call(&words);
}
