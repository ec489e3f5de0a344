#include "tool/symbolize/libcapstone.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>

#define TEXT_OF(x) #x
#define SONAME(major) "libcapstone.so." TEXT_OF(major)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct pp_libcapstone table; /* guarded by lock until tried */
static const char *library = SONAME(CS_API_MAJOR);
static bool tried, loaded;

const char *pp_libcapstone_name(void)
{
    return SONAME(CS_API_MAJOR);
}

static bool load(const char *file)
{
    void *handle = *file ? dlopen(file, RTLD_NOW | RTLD_LOCAL) : NULL;
    bool all = handle != NULL;
#define X(name) all = all && (table.name = (__typeof__(table.name))dlsym(handle, #name)) != NULL;
    PP_LIBCAPSTONE_FUNCTIONS(X)
#undef X
    int major = 0, minor = 0;
    if (all) {
        table.cs_version(&major, &minor);
    }
    return all && major == CS_API_MAJOR;
}

const struct pp_libcapstone *pp_libcapstone(void)
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

void pp_libcapstone_use(const char *file)
{
    pthread_mutex_lock(&lock);
    library = file ? file : SONAME(CS_API_MAJOR);
    tried = false;
    pthread_mutex_unlock(&lock);
}
