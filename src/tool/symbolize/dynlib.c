#include "tool/symbolize/dynlib.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *open_first(const struct pp_dynlib *lib)
{
    void *handle = NULL;
    if (lib->instead) {
        return *lib->instead ? dlopen(lib->instead, RTLD_NOW | RTLD_LOCAL) : NULL;
    }
    for (size_t i = 0; !handle && i < PP_DYNLIB_FILES && lib->files[i]; i++) {
        handle = dlopen(lib->files[i], RTLD_NOW | RTLD_LOCAL);
    }
    return handle;
}

static bool load(const struct pp_dynlib *lib)
{
    void *handle = open_first(lib);
    for (size_t i = 0; handle && lib->names[i]; i++) {
        void *function = dlsym(handle, lib->names[i]);
        if (!function) {
            return false;
        }
        memcpy((char *)lib->table + i * sizeof(function), &function, sizeof(function));
    }
    return handle && (!lib->check || lib->check());
}

bool pp_dynlib_load(struct pp_dynlib *lib)
{
    pthread_mutex_lock(&lock);
    if (!lib->tried) {
        lib->loaded = load(lib);
        lib->tried = true;
    }
    bool loaded = lib->loaded;
    pthread_mutex_unlock(&lock);
    return loaded;
}

void pp_dynlib_use(struct pp_dynlib *lib, const char *file)
{
    pthread_mutex_lock(&lock);
    lib->instead = file;
    lib->tried = false;
    pthread_mutex_unlock(&lock);
}
