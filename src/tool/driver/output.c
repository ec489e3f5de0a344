#include "tool/driver/output.h"

#include "base/err.h"
#include "base/sys.h"
#include "tool/driver/pager.h"
#include "tool/driver/progress.h"
#include "tool/driver/viewer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MAX_NUMBER = 9999, PIECE = 1 << 16 };

/* --- targets ---------------------------------------------------------------------------------- */

static int open_named(const char *path, pp_message_fn message, void *ctx, int *fd,
                      struct pprof_error *error)
{
    pp_message(message, ctx, "Generating report in %s", path);
    *fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    return *fd >= 0 ? 0 : pp_err_lower(error, PPROF_ERR_SYSTEM, errno, "open %s", path);
}

/* profile001.EXT in the working directory, or the next number that is free. */
static int open_numbered(const char *extension, pp_message_fn message, void *ctx, int *fd,
                         struct pprof_error *error)
{
    char path[64];
    for (int i = 1; i <= MAX_NUMBER; i++) {
        (void)snprintf(path, sizeof(path), "profile%03d.%s", i, extension);
        *fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (*fd >= 0) {
            pp_message(message, ctx, "Generating report in %s", path);
            return 0;
        }
        if (errno != EEXIST) {
            break;
        }
    }
    return pp_err_lower(error, PPROF_ERR_SYSTEM, errno, "open %s", path);
}

/* Where the result goes, and the file that a viewer shows then ("": none). */
struct target {
    int fd;
    char shown[PP_VIEWER_PATH_CAP];
};

static int open_target(const struct pp_command *command, const struct pp_report_request *request,
                       bool in_shell, struct target *target, struct pprof_error *error)
{
    *target = (struct target){ .fd = STDOUT_FILENO };
    if (*request->config.output) {
        return open_named(request->config.output, request->message, request->ctx, &target->fd,
                          error);
    }
    if (command->viewer) {
        return pp_viewer_file(command->extension, target->shown, &target->fd, error);
    }
    if (command->extension && (in_shell || isatty(STDOUT_FILENO))) {
        return open_numbered(command->extension, request->message, request->ctx, &target->fd,
                             error);
    }
    return 0;
}

/* --- writing ---------------------------------------------------------------------------------- */

static int print_to(struct pp_report *report, int fd, struct pprof_error *error)
{
    struct pp_out *out = malloc(sizeof(*out));
    if (!out) {
        return pp_err_set(error, PPROF_ERR_NOMEM, "out of memory");
    }
    pp_out_init(out, fd);
    out->before = pp_progress_end;
    int r = pp_report_print(report, out, error);
    r = r ? r : pp_out_finish(out, error);
    free(out);
    return r;
}

static int nameless_file(int *fd, struct pprof_error *error)
{
    *fd = memfd_create("report", MFD_CLOEXEC);
    return *fd >= 0 ? 0 : pp_err_errno(error, PPROF_ERR_SYSTEM, errno, "memfd_create");
}

/* The report goes to a nameless file that the dot program reads. */
static int convert(struct pp_report *report, const char *type, int fd, struct pprof_error *error)
{
    int text, r = nameless_file(&text, error);
    if (r) {
        return r;
    }
    r = print_to(report, text, error);
    if (!r) {
        (void)lseek(text, 0, SEEK_SET);
        r = pp_viewer_dot(type, text, fd, error);
    }
    (void)close(text);
    return r;
}

static int copy(int from, int to, struct pprof_error *error)
{
    char piece[PIECE];
    (void)lseek(from, 0, SEEK_SET);
    for (;;) {
        ssize_t len = read(from, piece, sizeof(piece));
        int err = len < 0 ? -errno : len ? pp_sys_write_all(to, piece, (size_t)len) : 0;
        if (err) {
            return pp_err_errno(error, PPROF_ERR_SYSTEM, -err, "write");
        }
        if (len == 0) {
            return 0;
        }
    }
}

static int write_whole(struct pp_report *report, const struct pp_command *command, int fd,
                       struct pprof_error *error)
{
    return command->convert ? convert(report, command->convert, fd, error)
                            : print_to(report, fd, error);
}

/* text holds the whole result, unless it is negative. */
static int deliver(struct pp_report *report, const struct pp_command *command, bool in_shell,
                   int text, struct pprof_error *error)
{
    struct target target;
    int r = open_target(command, &report->request, in_shell, &target, error);
    if (r) {
        return r;
    }
    bool paged = in_shell && text >= 0 && target.fd == STDOUT_FILENO && pp_pager_show(text);
    if (!paged) {
        r = text >= 0 ? copy(text, target.fd, error)
                      : write_whole(report, command, target.fd, error);
    }
    if (target.fd != STDOUT_FILENO) {
        (void)close(target.fd);
    }
    return r || !*target.shown ? r
                               : pp_viewer_show(command->viewer, target.shown, !in_shell, error);
}

int pp_output_write(struct pp_report *report, const struct pp_command *command, bool in_shell,
                    struct pprof_error *error)
{
    bool to_pager = in_shell && !command->extension && isatty(STDOUT_FILENO);
    if (!to_pager && !command->takes_symbol && !command->convert) {
        return deliver(report, command, in_shell, -1, error);
    }
    int text, r = nameless_file(&text, error);
    if (r) {
        return r;
    }
    r = write_whole(report, command, text, error);
    r = r ? r : deliver(report, command, in_shell, text, error);
    (void)close(text);
    return r;
}
