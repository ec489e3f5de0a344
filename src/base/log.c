#include "base/log.h"

#include "base/sys.h"

#include <stdarg.h>
#include <stdio.h>

static int is_quiet;

void pp_log_quiet(int quiet)
{
    is_quiet = quiet;
}

void pp_log(const char *format, ...)
{
    if (is_quiet) {
        return;
    }
    char line[1024] = "pprof: ";
    enum { PREFIX = 7 };
    va_list args;
    va_start(args, format);
    int len = vsnprintf(line + PREFIX, sizeof(line) - PREFIX - 1, format, args);
    va_end(args);
    if (len < 0) {
        return;
    }
    size_t end = PREFIX + (size_t)len;
    if (end > sizeof(line) - 2) {
        end = sizeof(line) - 2;
    }
    line[end++] = '\n';
    (void)pp_sys_write_all(2, line, end);
}
