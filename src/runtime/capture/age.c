#include "runtime/capture/age.h"

static const int64_t floors_s[PP_AGE_CLASSES] = { 0, 1, 10, 60, 600, 3600, 21600, 86400, 604800 };

unsigned pp_age_class(int64_t age_ns)
{
    unsigned found = PP_AGE_CLASSES - 1;
    while (found > 0 && age_ns / 1000000000 < floors_s[found]) {
        found--;
    }
    return found;
}

int64_t pp_age_floor_s(unsigned age_class)
{
    return floors_s[age_class];
}

int64_t pp_age_since(uint32_t born, int64_t coarse_ns)
{
    return (int64_t)((uint64_t)(pp_age_born(coarse_ns) - born) << PP_AGE_STEP_SHIFT);
}
