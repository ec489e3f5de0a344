/* Whether the mutexes of this process are such as lock_words.h knows them. */
#include "runtime/capture/lock_words.h"

#include "base/sys.h"
#include "base/sys_valgrind.h"

#include <dlfcn.h>
#include <string.h>

uint32_t pp_mutex_kinds PP_HOT_DATA;

/* Weak: absent in musl. */
extern const char *gnu_get_libc_version(void) __attribute__((weak));

/* A sanitizer, a lock checker or anybody else who defines the function wants to see each call.
 * Before 2.34 mutexes were in a library of their own. */
static bool is_glibc_code(int (*function)(pthread_mutex_t *))
{
    Dl_info info, libc;
    if (!dladdr((void *)gnu_get_libc_version, &libc) || !dladdr((void *)function, &info)) {
        return false;
    }
    const char *slash = strrchr(info.dli_fname, '/');
    return info.dli_fbase == libc.dli_fbase ||
           strcmp(slash ? slash + 1 : info.dli_fname, "libpthread.so.0") == 0;
}

/* `deep`: how often the first level is taken, by glibc and by us in turn. */
static bool agrees_on(const pthread_mutex_t *fresh, int deep, const struct pp_mutex_calls *calls)
{
    pthread_mutex_t theirs = *fresh, ours = *fresh;
    bool same = true;
    for (int i = 0; i < deep; i++) {
        same = same && calls->lock(&theirs) == 0 && pp_mutex_take(&ours, PP_MUTEX_KINDS) &&
               memcmp(&theirs, &ours, sizeof(ours)) == 0;
    }
    for (int i = 0; i < deep; i++) {
        /* Crosswise: each what the other has taken. */
        same = same && pp_mutex_release(&theirs, PP_MUTEX_KINDS) && calls->unlock(&ours) == 0 &&
               memcmp(&theirs, &ours, sizeof(ours)) == 0;
    }
    return same && memcmp(&ours, fresh, sizeof(ours)) == 0;
}

void pp_mutex_words_init(const struct pp_mutex_calls *calls)
{
    static const pthread_mutex_t fresh[PP_MUTEX_KINDS] = {
        PTHREAD_MUTEX_INITIALIZER,
        PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP,
        PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP,
        PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP,
    };
    /* Valgrind's lock checkers have replaced glibc's functions, which look the same to us. */
    bool agrees = gnu_get_libc_version && is_glibc_code(calls->lock) &&
                  is_glibc_code(calls->unlock) && !pp_valgrind_is_here() &&
                  pp_sys_glibc_tid() == pp_sys_tid();
    for (int i = 0; agrees && i < PP_MUTEX_KINDS; i++) {
        agrees = agrees_on(&fresh[i], i == PTHREAD_MUTEX_RECURSIVE ? 3 : 1, calls);
    }
    pp_store_relaxed(&pp_mutex_kinds, agrees ? PP_MUTEX_KINDS : 0);
}

void pp_mutex_words_check(int32_t tid)
{
    if (pp_unlikely(pp_sys_glibc_tid() != tid) && pp_load_relaxed(&pp_mutex_kinds)) {
        pp_store_relaxed(&pp_mutex_kinds, 0);
    }
}
