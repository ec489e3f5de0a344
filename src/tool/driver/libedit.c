#include "tool/driver/libedit.h"

#include "tool/symbolize/dynlib.h"

#include <stddef.h>

static const char *const names[] = {
#define X(name) #name,
    PP_LIBEDIT_FUNCTIONS(X)
#undef X
    NULL
};
static struct pp_libedit table;
static struct pp_dynlib lib = { .files = { "libedit.so.2", "libedit.so.0" }, .names = names,
                                .table = &table };

const struct pp_libedit *pp_libedit(void)
{
    return pp_dynlib_load(&lib) ? &table : NULL;
}
