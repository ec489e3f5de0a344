#include "tool/driver/driver.h"

#include "base/err.h"
#include "tool/driver/output.h"
#include "tool/driver/pipeline.h"
#include "tool/driver/progress.h"
#include "tool/driver/shell.h"

#include <stdio.h>

enum { EXIT_MISTAKE = 2 };

static void say(void *ctx, const char *text)
{
    (void)ctx;
    pp_progress_wipe();
    (void)fprintf(stderr, "%s\n", text);
}

static int fail(const struct pprof_error *error)
{
    (void)fprintf(stderr, "pprof: %s\n", error->detail);
    return EXIT_MISTAKE;
}

/* What google/pprof prints beside a report goes straight to standard output. */
static void say_aside(void *ctx, const char *text)
{
    (void)ctx;
    pp_progress_wipe();
    (void)fprintf(stdout, "%s\n", text);
    (void)fflush(stdout);
}

int pp_driver_report(const struct pprof_profile *profile, const struct pp_command *command,
                     const char *symbol, const struct pp_config *config, bool in_shell,
                     pp_message_fn message, void *ctx, struct pprof_error *error)
{
    struct pp_report report;
    struct pp_report_request request = { .config = *config, .format = command->format,
                                         .symbol = symbol, .message = message,
                                         .aside = say_aside, .ctx = ctx };
    pp_command_apply(command, &request.config);
    pp_progress_begin("working on the report");
    int r = pp_report_build(&report, profile, &request, error);
    r = r ? r : pp_output_write(&report, command, in_shell, error);
    pp_progress_end();
    pp_report_release(&report);
    return r;
}

static int report_in_shell(const struct pprof_profile *profile, const struct pp_command *command,
                           const char *symbol, const struct pp_config *config,
                           pp_message_fn message, void *ctx, struct pprof_error *error)
{
    return pp_driver_report(profile, command, symbol, config, true, message, ctx, error);
}

/* --- the command line ------------------------------------------------------------------------- */

static pp_web_fn run_web;

void pp_driver_use_web(pp_web_fn run)
{
    run_web = run;
}

static int run(const struct pp_args *args, struct pprof_error *error)
{
    struct pprof_profile *profile = NULL;
    if (*args->http) {
        return run_web ? run_web(args, error)
                       : pp_err_set(error, PPROF_ERR_UNSUPPORTED, "-http: no web page is built in");
    }
    int r = pp_pipeline_load(args, &profile, say, NULL, error);
    if (!r && args->command) {
        r = pp_driver_report(profile, args->command, args->symbol, &args->config, false, say, NULL,
                             error);
    } else if (!r) {
        struct pp_shell shell = { profile, &args->config, stdin, report_in_shell, say, NULL };
        r = pp_shell_run(&shell, error);
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
