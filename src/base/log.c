#include "base/log.h"

#include "base/descriptor.h"
#include "base/sys.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>

static int is_quiet, is_remembered;
static struct pp_descriptor remembered;

void pp_log_remember(void)
{
    remembered = pp_descriptor_of(2);
    is_remembered = 1;
}

static bool is_still_there(void)
{
    return !is_remembered || pp_descriptor_is_same(&remembered);
}

void pp_log_quiet(int quiet)
{
    is_quiet = quiet;
}

/* A pipe that nobody reads must not stop the program; a line is less than a pipe takes at once. */
static bool takes_a_line(void)
{
    struct pollfd fd = { 2, POLLOUT, 0 };
    struct timespec none = { 0, 0 };
    return pp_sys_call(SYS_ppoll, (long)&fd, 1, (long)&none, 0, 0, 0) == 1 &&
           (fd.revents & POLLOUT);
}

void pp_log(const char *format, ...)
{
    if (is_quiet || !is_still_there() || !takes_a_line()) {
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
    (void)pp_sys_write_unheard(2, line, end);
}
