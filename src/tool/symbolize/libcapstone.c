#include "tool/symbolize/libcapstone.h"

#include "tool/symbolize/dynlib.h"

#include <stddef.h>

#define TEXT_OF(x) #x
#define SONAME(major) "libcapstone.so." TEXT_OF(major)

static const char *const names[] = {
#define X(name) #name,
    PP_LIBCAPSTONE_FUNCTIONS(X)
#undef X
    NULL
};
static struct pp_libcapstone table;

static bool is_our_version(void)
{
    int major = 0, minor = 0;
    table.cs_version(&major, &minor);
    return major == CS_API_MAJOR;
}

static struct pp_dynlib lib = { .files = { SONAME(CS_API_MAJOR) }, .names = names,
                                .table = &table, .check = is_our_version };

const char *pp_libcapstone_name(void)
{
    return SONAME(CS_API_MAJOR);
}

const struct pp_libcapstone *pp_libcapstone(void)
{
    return pp_dynlib_load(&lib) ? &table : NULL;
}

void pp_libcapstone_use(const char *file)
{
    pp_dynlib_use(&lib, file);
}
