#if defined(__x86_64__)

#include "tool/attach/attach.h"

#include "base/err.h"
#include "tool/attach/place.h"
#include "tool/attach/stub.h"
#include "tool/attach/target.h"
#include "tool/attach/trace.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>

enum {
    FINE = 0,
    REFUSED = 2,
    CODE_BYTES = 4096,
    STACK_BYTES = 512 << 10,
    RED_ZONE_BYTES = 128,
    TRIES = 2000, /* 2 ms apart */
    THREADS_MAX = 4096,
};

struct call {
    struct pp_target target;
    struct pp_trace trace;
    struct pp_attach_request *request;
    uintptr_t own_frame; /* on the thread's own stack */
    uintptr_t code, stack;
};

/* ---- a thread -------------------------------------------------------------------------------- */

static size_t list_threads(pid_t pid, pid_t *tids)
{
    char path[64];
    size_t count = 0;
    (void)snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
    DIR *dir = opendir(path);
    for (struct dirent *entry; dir && count < THREADS_MAX && (entry = readdir(dir)) != NULL;) {
        if (atoi(entry->d_name) > 0) {
            tids[count++] = (pid_t)atoi(entry->d_name);
        }
    }
    if (dir) {
        closedir(dir);
    }
    return count;
}

/* Stops that thread and keeps it if it is at a safe place. 0, EAGAIN (not now), or why not. */
static int try_thread(struct call *call, struct pp_place *place, pid_t tid)
{
    int err = pp_trace_seize(&call->trace, call->target.pid, tid);
    if (!err && pp_place_is_safe(place, &call->target, tid, &call->trace.regs)) {
        return 0;
    }
    pp_trace_let_go(&call->trace);
    return err == EPERM ? err : EAGAIN;
}

/* Once over all threads, those first that look parked. */
static int try_threads(struct call *call, struct pp_place *place)
{
    static pid_t tids[THREADS_MAX];
    size_t count = list_threads(call->target.pid, tids);
    int err = count ? EAGAIN : ESRCH;
    for (int wanted = 2; wanted > 0; wanted--) {
        for (size_t i = 0; i < count && err == EAGAIN; i++) {
            if (pp_place_guess(call->target.pid, tids[i]) == wanted) {
                err = try_thread(call, place, tids[i]);
            }
        }
    }
    return err;
}

static int find_thread(struct call *call, struct pprof_error *error)
{
    struct pp_place *place = pp_place_new(call->target.pid);
    int err = EAGAIN;
    for (int i = 0; i < TRIES && err == EAGAIN; i++) {
        if (i) {
            (void)nanosleep(&(struct timespec){ 0, 2000000 }, NULL);
        }
        err = try_threads(call, place);
    }
    pp_place_free(place);
    if (err == EAGAIN) {
        (void)pp_err_set(error, PPROF_ERR_BUSY,
                         "no thread of process %d was met at a place where it may be borrowed (%s)",
                         (int)call->target.pid,
                         place ? "all are inside malloc, the loader or a signal handler"
                               : "libdw.so.1 is missing, so only waiting threads are taken");
    } else if (err) {
        pp_target_explain(&call->target, err, error);
    }
    return err ? REFUSED : FINE;
}

/* ---- memory of its own ----------------------------------------------------------------------- */

/* A frame below the thread's stack and its red zone, by which it would restore itself. */
static int push_frame(struct call *call, struct pprof_error *error)
{
    static unsigned char frame[PP_FRAME_MAX];
    uintptr_t at = (call->trace.regs.rsp - RED_ZONE_BYTES - PP_FRAME_MAX) & ~(uintptr_t)63;
    size_t len = pp_trace_frame(&call->trace, at, call->target.restore, frame);
    at = (call->trace.regs.rsp - RED_ZONE_BYTES - len) & ~(uintptr_t)63;
    len = pp_trace_frame(&call->trace, at, call->target.restore, frame);
    call->own_frame = at;
    if (!pp_target_poke(call->target.pid, at, frame, len)) {
        return pp_err_errno(error, PPROF_ERR_SYSTEM, errno, "cannot write to process %d",
                            (int)call->target.pid);
    }
    return FINE;
}

/* A system call of the thread's: an instruction pair of libc's makes it and returns into the
 * frame. */
static int remote_call(struct call *call, long number, const uint64_t args[6], int64_t *result,
                       struct pprof_error *error)
{
    struct user_regs_struct regs = call->trace.regs;
    regs.rax = (unsigned long long)number;
    regs.orig_rax = (unsigned long long)-1;
    regs.rdi = args[0];
    regs.rsi = args[1];
    regs.rdx = args[2];
    regs.r10 = args[3];
    regs.r8 = args[4];
    regs.r9 = args[5];
    regs.rip = call->target.syscall_return;
    regs.rsp = call->own_frame;
    *result = -EIO;
    int failed = pp_trace_run(&call->trace, &regs, number, result, error);
    if (!failed && *result < 0 && *result >= -4095) {
        failed = pp_err_errno(error, PPROF_ERR_SYSTEM, (int)-*result,
                              "process %d may not map memory", (int)call->target.pid);
    }
    return failed;
}

static int map(struct call *call, size_t len, int protection, uintptr_t *at,
               struct pprof_error *error)
{
    int64_t result;
    const uint64_t args[6] = { 0, len, (uint64_t)protection, MAP_PRIVATE | MAP_ANONYMOUS,
                               (uint64_t)-1, 0 };
    int failed = remote_call(call, SYS_mmap, args, &result, error);
    if (!failed) {
        *at = (uintptr_t)result;
    }
    return failed;
}

static void unmap(struct call *call, uintptr_t *at, size_t len)
{
    struct pprof_error ignored = { .code = 0 };
    int64_t result;
    const uint64_t args[6] = { *at, len };
    if (*at && call->trace.is_seized && !call->trace.is_left) {
        (void)!remote_call(call, SYS_munmap, args, &result, &ignored);
    }
    *at = 0;
}

/* ---- the stub -------------------------------------------------------------------------------- */

/* What lies at the low end of the new stack. */
struct image {
    struct pp_stub_block block;
    char path[PATH_MAX];
    struct pp_attach_request request;
    _Alignas(64) unsigned char frame[PP_FRAME_MAX];
};

static void fill_image(const struct call *call, struct image *image)
{
    enum { OPEN_FROM_LIBC = (int)0x80000000 }; /* what dlopen itself adds before 2.34 */
    const struct pp_target *target = &call->target;
    bool is_loaded = target->library_base != 0;
    memset(image, 0, sizeof(*image));
    image->block = (struct pp_stub_block){
        .dlopen = is_loaded ? 0 : target->dlopen,
        .dlerror = target->dlerror,
        .errno_location = target->errno_location,
        .flags = (uint64_t)(RTLD_NOW | RTLD_NODELETE |
                            (target->is_old_dlopen ? OPEN_FROM_LIBC : 0)),
        .path = call->stack + offsetof(struct image, path),
        .entry = target->library_base + target->entry,
        .request = call->stack + offsetof(struct image, request),
        .frame = call->stack + offsetof(struct image, frame) + sizeof(uint64_t),
    };
    (void)snprintf(image->path, sizeof(image->path), "%s", target->library);
    image->request = *call->request;
    (void)pp_trace_frame(&call->trace, call->stack + offsetof(struct image, frame),
                         target->restore, image->frame);
}

static int run_stub(struct call *call, struct pprof_error *error)
{
    struct user_regs_struct regs = call->trace.regs;
    regs.rip = call->code;
    regs.rdi = call->stack;
    regs.rsp = call->stack + STACK_BYTES - 64;
    regs.orig_rax = (unsigned long long)-1;
    regs.rax = 0;
    regs.eflags &= ~(unsigned long long)0x400; /* the direction flag, as the calling rules want */
    return pp_trace_run(&call->trace, &regs, -1, NULL, error);
}

static int read_answer(struct call *call, const struct image *image, struct pprof_error *error)
{
    if (image->block.called) {
        *call->request = image->request;
        return FINE;
    }
    return pp_err_set(error, PPROF_ERR_SYSTEM, "process %d could not load %.200s: %.250s",
                      (int)call->target.pid, call->target.library,
                      image->block.error[0] ? image->block.error : "the loader does not say why");
}

static int use_stub(struct call *call, struct pprof_error *error)
{
    static struct image image;
    pid_t pid = call->target.pid;
    fill_image(call, &image);
    if (!pp_target_poke(pid, call->code, pp_stub_start, (size_t)(pp_stub_end - pp_stub_start)) ||
        !pp_target_poke(pid, call->stack, &image, sizeof(image))) {
        return pp_err_errno(error, PPROF_ERR_SYSTEM, errno, "cannot write to process %d", (int)pid);
    }
    int failed = run_stub(call, error);
    if (failed) {
        return failed;
    }
    if (!pp_target_peek(pid, call->stack, &image, offsetof(struct image, frame))) {
        return pp_err_errno(error, PPROF_ERR_SYSTEM, errno, "cannot read process %d", (int)pid);
    }
    return read_answer(call, &image, error);
}

/* ---- all of it ------------------------------------------------------------------------------- */

static int borrow(struct call *call, struct pprof_error *error)
{
    int failed = push_frame(call, error);
    failed = failed ? failed : map(call, CODE_BYTES, PROT_READ | PROT_EXEC, &call->code, error);
    failed = failed ? failed : map(call, STACK_BYTES, PROT_READ | PROT_WRITE, &call->stack, error);
    failed = failed ? failed : use_stub(call, error);
    unmap(call, &call->code, CODE_BYTES);
    unmap(call, &call->stack, STACK_BYTES);
    pp_trace_let_go(&call->trace);
    return failed ? REFUSED : FINE;
}

static int prepare(struct call *call, const struct pp_attach_options *options,
                   struct pprof_error *error)
{
    struct pp_target *target = &call->target;
    int status = pp_target_check(target, options->is_forced, error);
    status = status ? status : pp_target_find_libc(target, error);
    return status ? status
                  : pp_target_find_library(target, options->library, options->function, error);
}

int pp_attach_call(pid_t pid, const struct pp_attach_options *options,
                   struct pp_attach_request *request, struct pprof_error *error)
{
    static struct call call;
    memset(&call, 0, sizeof(call));
    call.request = request;
    int status = pp_target_read(&call.target, pid, error);
    status = status ? status : prepare(&call, options, error);
    status = status ? status : find_thread(&call, error);
    status = status ? status : borrow(&call, error);
    pp_target_release(&call.target);
    return status;
}

#endif
