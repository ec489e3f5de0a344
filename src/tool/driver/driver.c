#include "tool/driver/driver.h"

#include "base/err.h"
#include "tool/driver/pipeline.h"
#include "tool/driver/viewer.h"
#include "tool/driver/shell.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { EXIT_MISTAKE = 2, MAX_NUMBER = 9999 };

static void say(void *ctx, const char *text)
{
    (void)ctx;
    (void)fprintf(stderr, "%s\n", text);
}

static int fail(const struct pprof_error *error)
{
    (void)fprintf(stderr, "pprof: %s\n", error->detail);
    return EXIT_MISTAKE;
}

/* --- where a report goes ---------------------------------------------------------------------- */

static int open_named(const char *path, pp_message_fn message, void *ctx, int *fd,
                      struct pprof_error *error)
{
    pp_message(message, ctx, "Generating report in %s", path);
    *fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    return *fd >= 0 ? 0 : pp_err_errno(error, PPROF_ERR_SYSTEM, errno, "open %s", path);
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
    return pp_err_errno(error, PPROF_ERR_SYSTEM, errno, "open %s", path);
}

/* Where the result goes, and the file that a viewer shows then ("": none). */
struct target {
    int fd;
    char shown[PP_VIEWER_PATH_CAP];
};

static int open_target(const struct pp_command *command, const struct pp_report_request *request,
                       struct target *target, struct pprof_error *error)
{
    *target = (struct target){ .fd = STDOUT_FILENO };
    if (*request->config.output) {
        return open_named(request->config.output, request->message, request->ctx, &target->fd,
                          error);
    }
    if (command->viewer) {
        return pp_viewer_file(command->extension, target->shown, &target->fd, error);
    }
    if (command->extension && isatty(STDOUT_FILENO)) {
        return open_numbered(command->extension, request->message, request->ctx, &target->fd,
                             error);
    }
    return 0;
}

static int print_to(struct pp_report *report, int fd, struct pprof_error *error)
{
    struct pp_out *out = malloc(sizeof(*out));
    if (!out) {
        return pp_err_set(error, PPROF_ERR_NOMEM, "out of memory");
    }
    pp_out_init(out, fd);
    int r = pp_report_print(report, out, error);
    r = r ? r : pp_out_finish(out, error);
    free(out);
    return r;
}

/* The report goes to a nameless file that the dot program reads. */
static int convert(struct pp_report *report, const char *type, int fd, struct pprof_error *error)
{
    int text = memfd_create("dot", MFD_CLOEXEC);
    if (text < 0) {
        return pp_err_errno(error, PPROF_ERR_SYSTEM, errno, "memfd_create");
    }
    int r = print_to(report, text, error);
    if (!r) {
        (void)lseek(text, 0, SEEK_SET);
        r = pp_viewer_dot(type, text, fd, error);
    }
    (void)close(text);
    return r;
}

static int write_report(struct pp_report *report, const struct pp_command *command,
                        struct pprof_error *error)
{
    struct target target;
    int r = open_target(command, &report->request, &target, error);
    if (r) {
        return r;
    }
    r = command->convert ? convert(report, command->convert, target.fd, error)
                         : print_to(report, target.fd, error);
    if (target.fd != STDOUT_FILENO) {
        (void)close(target.fd);
    }
    return r || !*target.shown ? r : pp_viewer_show(command->viewer, target.shown, true, error);
}

int pp_driver_report(const struct pprof_profile *profile, const struct pp_command *command,
                     const char *symbol, const struct pp_config *config, pp_message_fn message,
                     void *ctx, struct pprof_error *error)
{
    struct pp_report report;
    struct pp_report_request request = { .config = *config, .format = command->format,
                                         .symbol = symbol, .message = message, .ctx = ctx };
    pp_command_apply(command, &request.config);
    int r = pp_report_build(&report, profile, &request, error);
    r = r ? r : write_report(&report, command, error);
    pp_report_release(&report);
    return r;
}

/* --- the command line ------------------------------------------------------------------------- */

static int run(const struct pp_args *args, struct pprof_error *error)
{
    struct pprof_profile *profile = NULL;
    if (*args->http) {
        return pp_err_set(error, PPROF_ERR_UNSUPPORTED,
                          "-http: this build has no web page yet; ask for a report such as -top");
    }
    int r = pp_pipeline_load(args, &profile, say, NULL, error);
    if (!r && args->command) {
        r = pp_driver_report(profile, args->command, args->symbol, &args->config, say, NULL, error);
    } else if (!r) {
        r = pp_shell_run(profile, &args->config, stdin, say, NULL, error);
    }
    /* the process ends here: giving the profile's memory back page by page would only take time */
    return r;
}

int pp_driver_main(int argc, char **argv)
{
    struct pp_args args;
    struct pprof_error error = { 0 };
    int r = pp_args_parse(&args, argc, argv, say, NULL, &error);
    if (r == PPROF_ERR_CANCELED) {
        pp_usage_print();
        return 0;
    }
    if (r == PPROF_ERR_UNKNOWN) { /* as Go's flag package says it: the mistake first, no prefix */
        (void)fprintf(stderr, "%s\n", error.detail);
        pp_usage_print();
        return EXIT_MISTAKE;
    }
    if (r == PPROF_ERR_NOTFOUND) {
        pp_usage_print();
    }
    return r || run(&args, &error) ? fail(&error) : 0;
}
