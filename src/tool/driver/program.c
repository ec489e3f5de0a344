#include "tool/driver/program.h"

#include "base/sys.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static const int64_t nap_ns = 5000000;

static int usual_signals(posix_spawnattr_t *attributes)
{
    static const int numbers[] = { SIGINT, SIGQUIT, SIGPIPE };
    sigset_t set;
    (void)sigemptyset(&set);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        (void)sigaddset(&set, numbers[i]);
    }
    int err = posix_spawnattr_setsigdefault(attributes, &set);
    return err ? err : posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGDEF);
}

static int add_descriptors(posix_spawn_file_actions_t *actions, int in, int out)
{
    int err = in >= 0 ? posix_spawn_file_actions_adddup2(actions, in, STDIN_FILENO) : 0;
    return !err && out >= 0 ? posix_spawn_file_actions_adddup2(actions, out, STDOUT_FILENO) : err;
}

int pp_program_start(char *const argv[], int in, int out, pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int err = posix_spawn_file_actions_init(&actions);
    if (err) {
        return err;
    }
    err = posix_spawnattr_init(&attributes);
    if (!err) {
        err = usual_signals(&attributes);
        err = err ? err : add_descriptors(&actions, in, out);
        err = err ? err : posix_spawnp(pid, argv[0], &actions, &attributes, argv, environ);
        (void)posix_spawnattr_destroy(&attributes);
    }
    (void)posix_spawn_file_actions_destroy(&actions);
    return err;
}

bool pp_program_wait(pid_t pid, int64_t deadline_ns, int *status)
{
    while (true) {
        pid_t r = waitpid(pid, status, deadline_ns ? WNOHANG : 0);
        if (r == pid) {
            return true;
        }
        if (r < 0 && errno != EINTR) {
            *status = 0;
            return true;
        }
        if (deadline_ns && pp_sys_monotonic_ns() > deadline_ns) {
            (void)kill(pid, SIGKILL);
            (void)waitpid(pid, status, 0);
            return false;
        }
        if (r == 0) {
            pp_sys_sleep_ns(nap_ns);
        }
    }
}

void pp_program_reap(void)
{
    while (waitpid(-1, NULL, WNOHANG) > 0) {
    }
}
