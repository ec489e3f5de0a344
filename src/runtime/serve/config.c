#include "runtime/serve/config.h"

#include "base/log.h"
#include "base/sys.h"
#include "runtime/serve/serve.h"

#include <stdlib.h>
#include <string.h>

static bool take_flag(const char *name)
{
    const char *value = secure_getenv(name);
    return value && *value && strcmp(value, "0") != 0;
}

static void take_text(const char *name, char *out, size_t cap)
{
    const char *value = secure_getenv(name);
    size_t len = value ? strlen(value) : 0;
    if (len >= cap) {
        pp_log("%s is ignored: longer than %zu characters", name, cap - 1);
        return;
    }
    if (value) {
        memcpy(out, value, len + 1);
    }
}

static int64_t take_number(const char *name, int64_t low, int64_t high, int64_t otherwise)
{
    int64_t value;
    const char *text = secure_getenv(name);
    if (!text || !*text) {
        return otherwise;
    }
    if (!pp_call_parse_int(text, &value) || value < low || value > high) {
        pp_log("%s=%.40s is ignored: it must be a number from %lld to %lld", name, text,
               (long long)low, (long long)high);
        return otherwise;
    }
    return value;
}

void pp_config_read(struct pp_config *config)
{
    *config = (struct pp_config){ .quiet = take_flag("PPROF_QUIET"),
                                  .off = take_flag("PPROF_OFF"),
                                  .children = take_flag("PPROF_CHILDREN") };
    pp_log_quiet(config->quiet);
    config->pid = (pid_t)take_number("PPROF_PID", 0, INT32_MAX, 0);
    bool is_other = config->pid && config->pid != pp_sys_pid();
    bool is_silent = config->off || (is_other && !config->children);
    pp_log_quiet(config->quiet || is_silent);
    take_text("PPROF_HTTP", config->http, sizeof(config->http));
    take_text("PPROF_OUT", config->out, sizeof(config->out));
    take_text("PPROF_DIR", config->record, sizeof(config->record));
    take_text("PPROF_KINDS", config->record_kinds, sizeof(config->record_kinds));
    take_text("PPROF_ON_OOM", config->oom, sizeof(config->oom));
    take_text("PPROF_OOM_LIMIT", config->oom_limit, sizeof(config->oom_limit));
    config->record_every_s = take_number("PPROF_EVERY", 1, 86400, 0);
    config->record_files = take_number("PPROF_DIR_FILES", 1, INT32_MAX, 0);
    config->record_bytes = take_number("PPROF_DIR_BYTES", 1, INT64_MAX, 0);
    take_text("PPROF_URL", config->url, sizeof(config->url));
    take_text("PPROF_TOKEN", config->token, sizeof(config->token));
    config->heap_rate = take_number("PPROF_HEAP_RATE", 0, INT64_MAX, -1);
    config->mutex_fraction = (int)take_number("PPROF_MUTEX_FRACTION", 0, INT32_MAX, -1);
    config->block_rate = take_number("PPROF_BLOCK_RATE", 0, INT64_MAX, -1);
    config->block_io = take_flag("PPROF_BLOCK_IO");
    config->cpu_rate = (int)take_number("PPROF_CPU_RATE", 1, 1000, 0);
    config->trace_s = (int)take_number("PPROF_TRACE", 0, 24 * 3600, 0);
    config->sigquit = take_flag("PPROF_SIGQUIT");
    pp_log_quiet(config->quiet);
}

bool pp_config_is_asked(const struct pp_config *config)
{
    return config->http[0] || config->out[0] || config->record[0] || config->oom[0] ||
           config->trace_s || config->sigquit;
}
