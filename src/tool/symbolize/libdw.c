#include "tool/symbolize/libdw.h"

#include "tool/symbolize/symbolize.h"

#include <dlfcn.h>
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct pp_libdw table;      /* guarded by lock until tried */
static const char *library = "libdw.so.1";
static bool tried, loaded;

static bool load(const char *file)
{
    void *handle = *file ? dlopen(file, RTLD_NOW | RTLD_LOCAL) : NULL;
    bool all = handle != NULL;
#define X(name) all = all && (table.name = (__typeof__(table.name))dlsym(handle, #name)) != NULL;
    PP_LIBDW_FUNCTIONS(X)
#undef X
    return all;
}

const struct pp_libdw *pp_libdw(void)
{
    pthread_mutex_lock(&lock);
    if (!tried) {
        loaded = load(library);
        tried = true;
    }
    bool ok = loaded;
    pthread_mutex_unlock(&lock);
    return ok ? &table : NULL;
}

void pp_libdw_use(const char *file)
{
    pthread_mutex_lock(&lock);
    library = file ? file : "libdw.so.1";
    tried = false;
    pthread_mutex_unlock(&lock);
}

bool pp_libdw_missing(void)
{
    return pp_libdw() == NULL;
}
