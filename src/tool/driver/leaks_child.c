/* The program under the library, its load, and the signals that belong to them. */
#include "tool/driver/leaks.h"

#include "base/err.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { STEP_NS = 20000000, END_WAIT_S = 5 };

static volatile sig_atomic_t forward_to;

/* The terminal signals the whole foreground group itself; what kill sends is passed on. */
static void pass_on(int sig, siginfo_t *info, void *context)
{
    (void)context;
    int saved = errno;
    bool by_terminal = info->si_code > 0;
    if (forward_to > 0 && !by_terminal) {
        (void)kill((pid_t)forward_to, sig);
    }
    errno = saved;
}

static const int passed_on[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGCONT };

static void take_signals(void)
{
    struct sigaction action = { .sa_sigaction = pass_on, .sa_flags = SA_SIGINFO | SA_RESTART };
    sigemptyset(&action.sa_mask);
    (void)signal(SIGPIPE, SIG_IGN); /* a reader that leaves must not orphan the program */
    for (size_t i = 0; i < sizeof(passed_on) / sizeof(passed_on[0]); i++) {
        struct sigaction before;
        if (sigaction(passed_on[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN) {
            (void)sigaction(passed_on[i], &action, NULL);
        }
    }
}

/* ---- start ----------------------------------------------------------------------------------- */

/* In the child. Caught signals are reset by exec; ignored ones stay ignored, as under a shell. */
static _Noreturn void become(struct pp_hunt *hunt, const char *library, const sigset_t *mask)
{
    struct pprof_error error = { .code = 0 };
    (void)sigprocmask(SIG_SETMASK, mask, NULL);
    if (pp_preload_environment(&hunt->preload, library, (int)getpid(), &error) == 0) {
        execvp(hunt->command[0], hunt->command);
        (void)pp_err_errno(&error, PPROF_ERR_SYSTEM, errno, "%s", hunt->command[0]);
    }
    int err = errno;
    fprintf(stderr, "pprof leaks: %s\n", error.detail);
    _exit(err == ENOENT ? 127 : 126);
}

int pp_child_start(struct pp_hunt *hunt, struct pprof_error *error)
{
    char path[PATH_MAX], library[PATH_MAX];
    sigset_t all, mask;
    int status = pp_command_find(hunt->command[0], path, error);
    status = status ? status : pp_command_check(path, error);
    status = status ? status : pp_library_find(library, error);
    if (status) {
        return status;
    }
    hunt->preload.out = hunt->directory;
    sigfillset(&all);
    (void)sigprocmask(SIG_BLOCK, &all, &mask);
    pid_t pid = fork();
    if (pid == 0) {
        become(hunt, library, &mask);
    }
    if (pid > 0) {
        hunt->child.pid = pid;
        forward_to = pid;
        take_signals();
    }
    int err = errno;
    (void)sigprocmask(SIG_SETMASK, &mask, NULL);
    if (pid < 0) {
        (void)pp_err_errno(error, PPROF_ERR_SYSTEM, err, "cannot start a process");
        return 2;
    }
    return 0;
}

void pp_child_load(struct pp_hunt *hunt)
{
    pid_t parent = getpid(), pid = fork();
    if (pid == 0) {
        (void)setpgid(0, 0); /* so that the whole of a shell's pipeline can be ended */
        (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
        int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
        (void)dup2(nothing, STDIN_FILENO); /* the terminal is the program's, */
        (void)dup2(STDERR_FILENO, STDOUT_FILENO); /* and standard output the report's */
        if (getppid() != parent) {
            _exit(0);
        }
        if (access(hunt->load, X_OK) == 0) {
            execl(hunt->load, hunt->load, (char *)NULL);
        }
        execl("/bin/sh", "sh", "-c", hunt->load, (char *)NULL);
        _exit(127);
    }
    if (pid > 0) {
        (void)setpgid(pid, pid);
        hunt->child.load = pid;
    }
}

/* ---- wait ------------------------------------------------------------------------------------ */

static int shell_status(int status)
{
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void look(struct pp_hunt *hunt)
{
    int status;
    struct pp_child *child = &hunt->child;
    if (child->pid && !child->ended && waitpid(child->pid, &status, WNOHANG) == child->pid) {
        child->ended = true;
        child->status = shell_status(status);
        forward_to = 0;
    }
    if (child->load && waitpid(child->load, &status, WNOHANG) == child->load) {
        child->load = 0;
        if (shell_status(status) != 0) {
            pp_hunt_say(hunt, "the load ended with status %d", shell_status(status));
        }
    }
}

static void nap(void)
{
    struct timespec step = { 0, STEP_NS };
    (void)nanosleep(&step, NULL);
}

bool pp_child_sleep(struct pp_hunt *hunt, double at_s)
{
    do {
        look(hunt);
        if (hunt->child.ended) {
            return false;
        }
        if (pp_hunt_now(hunt) < at_s) {
            nap();
        }
    } while (pp_hunt_now(hunt) < at_s);
    return true;
}

void pp_child_wait(struct pp_hunt *hunt)
{
    for (look(hunt); hunt->child.pid && !hunt->child.ended; look(hunt)) {
        nap();
    }
}

/* ---- end ------------------------------------------------------------------------------------- */

static void stop_load(struct pp_hunt *hunt)
{
    if (hunt->child.load) {
        (void)kill(-hunt->child.load, SIGTERM);
        (void)waitpid(hunt->child.load, NULL, 0);
        hunt->child.load = 0;
    }
}

void pp_child_stop(struct pp_hunt *hunt, bool keep)
{
    stop_load(hunt);
    look(hunt);
    if (keep || !hunt->child.pid || hunt->child.ended) {
        return;
    }
    (void)kill(hunt->child.pid, SIGTERM);
    for (double end = pp_hunt_now(hunt) + END_WAIT_S; !hunt->child.ended; look(hunt)) {
        if (pp_hunt_now(hunt) > end) {
            (void)kill(hunt->child.pid, SIGKILL);
        }
        nap();
    }
}
