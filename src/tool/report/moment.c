#include "tool/report/moment.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static bool names_no_zone(const char *name)
{
    char path[PATH_MAX];
    if (!name || !*name) {
        return false;
    }
    name += *name == ':';
    int len = snprintf(path, sizeof(path), "%s%s", *name == '/' ? "" : "/usr/share/zoneinfo/", name);
    return len >= (int)sizeof(path) || access(path, R_OK) != 0;
}

bool pp_moment_local(int64_t *nanos, struct tm *tm)
{
    enum { SECOND = 1000000000 };
    int64_t rest = *nanos % SECOND;
    time_t when = (time_t)(*nanos / SECOND - (rest < 0));
    *nanos = rest + (rest < 0 ? SECOND : 0);
    if (!names_no_zone(getenv("TZ"))) {
        return localtime_r(&when, tm);
    }
    bool known = gmtime_r(&when, tm);
    tm->tm_zone = "UTC"; /* the C library would say GMT */
    return known;
}
