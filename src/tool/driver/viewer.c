#include "tool/driver/viewer.h"

#include "base/err.h"
#include "base/sys.h"
#include "tool/driver/program.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORDS_MAX = 16, FILES_MAX = 256, NUMBER_MAX = 9999, DOT_SECONDS = 120 };

static const int64_t second_ns = 1000000000;

/* --- dot -------------------------------------------------------------------------------------- */

static int64_t dot_seconds(void)
{
    const char *text = getenv("PPROF_DOT_TIMEOUT");
    char *end = NULL;
    long seconds = text ? strtol(text, &end, 10) : 0;
    return text && *text && !*end && seconds > 0 && seconds < 1000000 ? seconds : DOT_SECONDS;
}

int pp_viewer_dot(const char *type, int in, int out, struct pprof_error *error)
{
    char flag[32];
    char name[] = "dot";
    char *argv[] = { name, flag, NULL };
    pid_t pid;
    int status = 0;
    int64_t seconds = dot_seconds();
    (void)snprintf(flag, sizeof(flag), "-T%s", type);
    int err = pp_program_start(argv, in, out, &pid);
    if (err == ENOENT) {
        return pp_err_set(error, PPROF_ERR_UNSUPPORTED,
                          "failed to execute dot. Is Graphviz installed? Error: exec: \"dot\": "
                          "executable file not found in $PATH (on Debian and Ubuntu: the package "
                          "graphviz; -svg needs nothing)");
    }
    if (err) {
        return pp_err_errno(error, PPROF_ERR_SYSTEM, err,
                            "failed to execute dot. Is Graphviz installed? Error");
    }
    if (!pp_program_wait(pid, pp_sys_monotonic_ns() + seconds * second_ns, &status)) {
        return pp_err_set(error, PPROF_ERR_CANCELED,
                          "dot did not finish within %d s: show less (-nodecount), or set "
                          "PPROF_DOT_TIMEOUT", (int)seconds);
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status)) {
        return pp_err_set(error, PPROF_ERR_SYSTEM,
                          "failed to execute dot. Is Graphviz installed? Error: %s %d",
                          WIFEXITED(status) ? "exit status" : "signal",
                          WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
    }
    return 0;
}

/* --- files that go with the process ----------------------------------------------------------- */

static char *files[FILES_MAX];
static size_t file_count;
static pid_t owner;

static void delete_files(void)
{
    for (size_t i = 0; getpid() == owner && i < file_count; i++) {
        (void)unlink(files[i]);
    }
}

static void remember(const char *path)
{
    char *copy = file_count < FILES_MAX ? strdup(path) : NULL;
    if (!copy) {
        return;
    }
    if (file_count == 0) {
        owner = getpid();
        (void)atexit(delete_files);
    }
    files[file_count++] = copy;
}

int pp_viewer_file(const char *extension, char path[PP_VIEWER_PATH_CAP], int *fd,
                   struct pprof_error *error)
{
    const char *folder = getenv("TMPDIR");
    folder = folder && *folder ? folder : "/tmp";
    for (int i = 1; i <= NUMBER_MAX; i++) {
        int len = snprintf(path, PP_VIEWER_PATH_CAP, "%s/pprof%03d.%s", folder, i, extension);
        if (len >= PP_VIEWER_PATH_CAP) {
            return pp_err_set(error, PPROF_ERR_LIMIT, "TMPDIR is too long");
        }
        int made = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (made >= 0) {
            remember(path);
            *fd = made;
            return 0;
        }
        if (errno != EEXIST) {
            break;
        }
    }
    return pp_err_errno(error, PPROF_ERR_SYSTEM, errno, "could not create a file in %s", folder);
}

/* --- viewers ---------------------------------------------------------------------------------- */

/* Splits a command at blanks and adds the file; starts it. 0 or an errno value. */
static int start_viewer(const char *command, const char *path, int in_and_out, pid_t *pid)
{
    char words[1024];
    char *argv[WORDS_MAX + 2];
    size_t count = 0;
    char *rest = NULL;
    if (strlen(command) >= sizeof(words)) {
        return ENAMETOOLONG;
    }
    strcpy(words, command);
    for (char *w = strtok_r(words, " ", &rest); w && count < WORDS_MAX;
         w = strtok_r(NULL, " ", &rest)) {
        argv[count++] = w;
    }
    if (count == 0) {
        return ENOENT;
    }
    argv[count++] = (char *)path; /* not written to; argv's type is older than const */
    argv[count] = NULL;
    return pp_program_start(argv, in_and_out, in_and_out, pid);
}

/* Number i of a viewer's programs; NULL behind the last. "" is none. */
static const char *program(const char *viewer, size_t i)
{
    static const char *const browsers[] = { "chrome", "google-chrome", "chromium", "firefox",
                                            "sensible-browser" };
    const size_t count = sizeof(browsers) / sizeof(browsers[0]);
    if (strcmp(viewer, "browser") != 0) {
        return i == 0 ? viewer : NULL;
    }
    if (i == 0) {
        const char *own = getenv("BROWSER");
        return own ? own : "";
    }
    if (i <= count) {
        return browsers[i - 1];
    }
    return i == count + 1 && getenv("DISPLAY") ? "xdg-open" : NULL;
}

static int start_first(const char *viewer, const char *path, int in_and_out, pid_t *pid)
{
    const char *command;
    for (size_t i = 0; (command = program(viewer, i)); i++) {
        if (start_viewer(command, path, in_and_out, pid) == 0) {
            return 0;
        }
    }
    return ENOENT;
}

static int fail_start(const char *viewer, struct pprof_error *error)
{
    if (strcmp(viewer, "browser") == 0) {
        return pp_err_set(error, PPROF_ERR_UNSUPPORTED,
                          "no browser could be started: write the report to a file with "
                          "-output=FILE, or name one in $BROWSER");
    }
    return pp_err_set(error, PPROF_ERR_UNSUPPORTED,
                      "exec: \"%.*s\": executable file not found in $PATH: write the report to a "
                      "file with -output=FILE", (int)strcspn(viewer, " "), viewer);
}

int pp_viewer_show(const char *viewer, const char *path, bool wait, struct pprof_error *error)
{
    pid_t pid;
    int status = 0, nothing = wait ? -1 : open("/dev/null", O_RDWR | O_CLOEXEC);
    int64_t began = pp_sys_monotonic_ns();
    int err = start_first(viewer, path, nothing, &pid);
    if (nothing >= 0) {
        (void)close(nothing);
    }
    if (err) {
        return fail_start(viewer, error);
    }
    if (wait) {
        (void)pp_program_wait(pid, 0, &status);
    }
    int64_t left = began + second_ns - pp_sys_monotonic_ns();
    pp_sys_sleep_ns(left > 0 ? left : 0); /* what hands over to a running window ends at once */
    return status == 0 ? 0
                       : pp_err_set(error, PPROF_ERR_SYSTEM, "%s %d",
                                    WIFEXITED(status) ? "exit status" : "signal",
                                    WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
}
