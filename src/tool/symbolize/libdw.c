#include "tool/symbolize/libdw.h"

#include "tool/symbolize/dynlib.h"
#include "tool/symbolize/symbolize.h"

static const char *const names[] = {
#define X(name) #name,
    PP_LIBDW_FUNCTIONS(X)
#undef X
    NULL
};
static struct pp_libdw table;
static struct pp_dynlib lib = { .files = { "libdw.so.1" }, .names = names, .table = &table };

const struct pp_libdw *pp_libdw(void)
{
    return pp_dynlib_load(&lib) ? &table : NULL;
}

void pp_libdw_use(const char *file)
{
    pp_dynlib_use(&lib, file);
}

bool pp_libdw_missing(void)
{
    return pp_libdw() == NULL;
}
