/* pprof: a word that stands first chooses what runs; everything else is a report. */
#include "base/arena.h"
#include "base/table.h"
#include "tool/driver/driver.h"
#include "tool/driver/subcommand.h"
#include "tool/web/web.h"
#include "tool/driver/workers.h"

#include <string.h>
#include <sys/random.h>

static const struct {
    const char *word;
    int (*run)(int argc, char **argv);
} words[] = {
#define X(word, function, help) { word, function },
    PP_SUBCOMMANDS(X)
#undef X
};

int main(int argc, char **argv)
{
    if (getrandom(&pp_hash_secret, sizeof(pp_hash_secret), GRND_NONBLOCK) < 0) {
        pp_hash_secret = 0; /* a kernel that has just started: then there is none */
    }
    pp_arena_huge_from(512 << 10);
    pp_use_fast_gzip();
    pp_use_zstd();
    pp_driver_use_web(pp_web_run);
    pp_use_workers();
    for (size_t i = 0; argc > 1 && i < sizeof(words) / sizeof(words[0]); i++) {
        if (!strcmp(argv[1], words[i].word)) {
            return words[i].run(argc - 1, argv + 1);
        }
    }
    if (argc == 2 && (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-version"))) {
        return pp_version_print();
    }
    return pp_driver_main(argc, argv);
}
