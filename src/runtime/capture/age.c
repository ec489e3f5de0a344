#include "runtime/capture/age.h"

#include <stddef.h>

int64_t pp_age_class(int64_t age_ns)
{
    static const int64_t bounds[] = { 604800, 86400, 21600, 3600, 600, 60, 10, 1 };
    int64_t seconds = age_ns / 1000000000;
    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++) {
        if (seconds >= bounds[i]) {
            return bounds[i];
        }
    }
    return 0;
}
