/* Streams and directories: libc opens and closes their descriptors inside, where no hook sees it.
 *
 * Only public functions are called here. One that libc lacks fails as such a function may. */
#include "base/atomic.h"
#include "runtime/capture/fd.h"
#include "runtime/capture/fd_hooks.h"
#include "runtime/capture/self.h"
#include "runtime/capture/thread_private.h"
#include "runtime/unwind/next.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

/* Loads *where, bound at the first call when the constructor has not been here yet. */
static void *bound(void *where, const char *name)
{
    void *found = pp_load_acquire((void **)where);
    if (!found) {
        pp_self_enter();
        found = pp_next_symbol(name);
        pp_store_release((void **)where, found);
        pp_self_leave();
    }
    if (!found) {
        errno = ENOSYS;
    }
    return found;
}

static FILE *note_stream(FILE *stream)
{
    if (stream) {
        pp_fd_note_sig(fileno(stream), PP_FD_UNKNOWN, NULL);
    }
    return stream;
}

static DIR *note_directory(DIR *directory)
{
    if (directory) {
        pp_fd_note_sig(dirfd(directory), PP_FD_DIRECTORY, NULL);
    }
    return directory;
}

static int note_file(int fd)
{
    return pp_fd_note_sig(fd, PP_FD_UNKNOWN, NULL);
}

/* Streams on memory have no descriptor. */
static void forget_stream(FILE *stream)
{
    int saved = errno;
    if (stream) {
        pp_fd_forget_sig(fileno(stream));
    }
    errno = saved;
}

static void forget_directory(DIR *directory)
{
    int saved = errno;
    if (directory) {
        pp_fd_forget_sig(dirfd(directory));
    }
    errno = saved;
}

/* X(result, failure, note, name, parameters, arguments) */
#define STREAM_HOOKS(X)                                                                            \
    X(FILE *, NULL, note_stream, fopen, (const char *path, const char *mode), (path, mode))        \
    X(FILE *, NULL, note_stream, fopen64, (const char *path, const char *mode), (path, mode))      \
    X(FILE *, NULL, note_stream, tmpfile, (void), ())                                              \
    X(FILE *, NULL, note_stream, tmpfile64, (void), ())                                            \
    X(FILE *, NULL, note_stream, popen, (const char *command, const char *mode), (command, mode))  \
    X(DIR *, NULL, note_directory, opendir, (const char *path), (path))                            \
    X(int, -1, note_file, mkstemp, (char *path), (path))                                           \
    X(int, -1, note_file, mkstemp64, (char *path), (path))                                         \
    X(int, -1, note_file, mkostemp, (char *path, int flags), (path, flags))                        \
    X(int, -1, note_file, mkostemp64, (char *path, int flags), (path, flags))                      \
    X(int, -1, note_file, mkstemps, (char *path, int suffix), (path, suffix))                      \
    X(int, -1, note_file, mkstemps64, (char *path, int suffix), (path, suffix))                    \
    X(int, -1, note_file, shm_open, (const char *name, int flags, mode_t mode),                    \
      (name, flags, mode))                                                                         \
    X(int, -1, note_file, posix_openpt, (int flags), (flags))

#define STREAM_HOOK(result, failure, note, name, parameters, arguments)                            \
    typedef result name##_fn parameters;                                                           \
    static name##_fn *real_##name;                                                                 \
    result hook_##name parameters PP_HOOK(name);                                                   \
    result hook_##name parameters                                                                  \
    {                                                                                              \
        name##_fn *real = (name##_fn *)bound(&real_##name, #name);                                 \
        return real ? note(real arguments) : failure;                                              \
    }

STREAM_HOOKS(STREAM_HOOK)

/* The old descriptor goes, the new one usually gets its number. */
#define REOPEN_HOOK(name)                                                                          \
    typedef FILE *name##_fn(const char *, const char *, FILE *);                                   \
    static name##_fn *real_##name;                                                                 \
    FILE *hook_##name(const char *path, const char *mode, FILE *stream) PP_HOOK(name);             \
    FILE *hook_##name(const char *path, const char *mode, FILE *stream)                            \
    {                                                                                              \
        name##_fn *real = (name##_fn *)bound(&real_##name, #name);                                 \
        forget_stream(stream);                                                                     \
        return real ? note_stream(real(path, mode, stream)) : NULL;                                \
    }

REOPEN_HOOK(freopen)
REOPEN_HOOK(freopen64)

#define CLOSE_HOOK(name, type, forget)                                                             \
    typedef int name##_fn(type *);                                                                 \
    static name##_fn *real_##name;                                                                 \
    int hook_##name(type *what) PP_HOOK(name);                                                     \
    int hook_##name(type *what)                                                                    \
    {                                                                                              \
        name##_fn *real = (name##_fn *)bound(&real_##name, #name);                                 \
        forget(what);                                                                              \
        return real ? real(what) : -1;                                                             \
    }

CLOSE_HOOK(fclose, FILE, forget_stream)
CLOSE_HOOK(pclose, FILE, forget_stream)
CLOSE_HOOK(closedir, DIR, forget_directory)

void pp_fd_stream_hooks_resolve(void)
{
#define BIND(name) (void)bound(&real_##name, #name);
#define BIND_STREAM(result, failure, note, name, parameters, arguments) BIND(name)
    int saved = errno;
    STREAM_HOOKS(BIND_STREAM)
    BIND(freopen)
    BIND(freopen64)
    BIND(fclose)
    BIND(pclose)
    BIND(closedir)
    errno = saved;
}
