/* Lines of the shell: each is completed, then all run over a small profile; reports are built and
 * printed, but nowhere. */
#include "tool/driver/complete.h"
#include "tool/driver/shell.h"

#include "tool/driver/options.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static struct pprof_profile *profile;
static struct pp_out out;

static void load(void)
{
    static const char text[] = "main;read(int) 2\nmain;a::b<c>;d 3\nmain -1\n";
    if (pprof_profile_read(text, strlen(text), NULL, &profile, NULL)) {
        abort();
    }
    pp_out_init(&out, open("/dev/null", O_WRONLY | O_CLOEXEC));
}

static void ignore(void *ctx, const char *text)
{
    (void)ctx;
    if (!text) {
        abort();
    }
}

/* Sources named by the input stay closed. */
static int report(const struct pprof_profile *p, const struct pp_command *command,
                  const char *symbol, const struct pp_config *config, pp_message_fn message,
                  void *ctx, struct pprof_error *error)
{
    struct pp_report made;
    struct pp_report_request request = { .config = *config, .format = command->format,
                                         .symbol = symbol, .message = message, .ctx = ctx };
    request.config.source_path = "/nonexistent";
    pp_command_apply(command, &request.config);
    int r = pp_report_build(&made, p, &request, error);
    r = r ? r : pp_report_print(&made, &out, error);
    pp_report_release(&made);
    if (r && !error->detail[0]) {
        abort();
    }
    return r;
}

static void complete(const char *line, size_t len)
{
    struct pp_completion found;
    struct pp_arena arena;
    pp_arena_init(&arena, 0);
    if (pp_complete(profile, line, len, &arena, &found) == 0 &&
        (found.start > len || found.count > PP_COMPLETE_MAX)) {
        abort();
    }
    pp_arena_release(&arena);
}

static void run(char *text, size_t size)
{
    struct pp_config config;
    struct pprof_error error = { 0 };
    FILE *input = size ? fmemopen(text, size, "r") : NULL;
    pp_config_init(&config);
    if (input) {
        struct pp_shell shell = { profile, &config, input, report, ignore, NULL };
        if (pp_shell_run(&shell, &error)) {
            abort();
        }
        (void)fclose(input);
    }
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    char *text = malloc(size + 1);
    if (!profile) {
        load();
    }
    if (!text || size > 4096) {
        free(text);
        return 0;
    }
    memcpy(text, data, size);
    text[size] = '\0';
    for (char *line = text; line < text + size; line += strcspn(line, "\n") + 1) {
        complete(line, strcspn(line, "\n"));
        if (memchr(line, '\0', (size_t)(text + size - line))) {
            break;
        }
    }
    run(text, size);
    free(text);
    return 0;
}
