#include "tool/driver/pager.h"

#include "tool/driver/program.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PIECE = 1 << 14, NO_SUCH_PROGRAM = 127 };

/* More lines than limit, counting at most one further. */
static bool is_longer(int fd, unsigned limit)
{
    char piece[PIECE];
    unsigned lines = 0;
    off_t at = 0;
    for (ssize_t len; lines <= limit && (len = pread(fd, piece, sizeof(piece), at)) > 0;) {
        for (ssize_t i = 0; i < len; i++) {
            lines += piece[i] == '\n';
        }
        at += len;
    }
    return lines > limit;
}

static bool needs_pager(int fd)
{
    struct winsize size = { 0 };
    return isatty(STDIN_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 &&
           size.ws_row > 1 && is_longer(fd, size.ws_row - 1u);
}

/* The keys that interrupt are the pager's while it runs. */
static bool run(const char *program, int fd)
{
    char shell[] = "/bin/sh", flag[] = "-c";
    char *words = strdup(program);
    char *argv[] = { shell, flag, words, NULL };
    struct sigaction ignore = { .sa_handler = SIG_IGN }, was;
    pid_t pid;
    int status = 0;
    (void)sigaction(SIGINT, &ignore, &was);
    bool started = words && pp_program_start(argv, fd, -1, &pid) == 0;
    if (started) {
        (void)pp_program_wait(pid, 0, &status);
    }
    (void)sigaction(SIGINT, &was, NULL);
    free(words);
    return started && !(WIFEXITED(status) && WEXITSTATUS(status) == NO_SUCH_PROGRAM);
}

bool pp_pager_show(int fd)
{
    const char *program = getenv("PAGER");
    program = program ? program : "less";
    if (!*program || !strcmp(program, "cat") || !needs_pager(fd)) {
        return false;
    }
    (void)setenv("LESS", "FRX", 0);
    (void)lseek(fd, 0, SEEK_SET);
    return run(program, fd);
}
