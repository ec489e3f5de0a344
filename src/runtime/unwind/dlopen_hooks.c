/* The real functions behind dlopen_stubs.S. The stubs write the two words of module_sig.c
 * themselves, so that a call costs three instructions and changes no register that a caller could
 * miss. */
#include "base/atomic.h"
#include "base/sys.h"
#include "runtime/unwind/module_private.h"
#include "runtime/unwind/next.h"

#include <stddef.h>
#include <stdint.h>

/* Non-zero while someone waits for a change (pp_modules_await); for the stubs. */
extern uint32_t pp_modules_watched;
uint32_t pp_modules_watched;

extern uintptr_t pp_real_dlopen, pp_real_dlmopen, pp_real_dlclose;
uintptr_t pp_real_dlopen, pp_real_dlmopen, pp_real_dlclose;

/* Called by the stubs with the caller's arguments saved; any thread, more than once does no
 * harm. */
void pp_dlopen_resolve(void);

/* What is called when this libc lacks the function: the caller sees a plain failure. */
static void *fail_open(void)
{
    return NULL;
}

static int fail_close(void)
{
    return -1;
}

static uintptr_t find_real(const char *name, uintptr_t otherwise)
{
    void *found = pp_next_symbol(name);
    return found ? (uintptr_t)found : otherwise;
}

void pp_dlopen_resolve(void)
{
    uintptr_t close = find_real("dlclose", (uintptr_t)fail_close);
    uintptr_t mopen = find_real("dlmopen", (uintptr_t)fail_open);
    uintptr_t open = find_real("dlopen", (uintptr_t)fail_open);
    pp_store_release(&pp_real_dlclose, close);
    pp_store_release(&pp_real_dlmopen, mopen);
    pp_store_release(&pp_real_dlopen, open);
}

uint32_t pp_modules_await(uint32_t seen, bool wait)
{
    pp_store(&pp_modules_watched, wait);
    if (wait) {
        (void)pp_sys_futex_wait(&pp_modules_generation, seen, -1);
    }
    return pp_load(&pp_modules_generation);
}

void pp_modules_wake(void)
{
    pp_sys_futex_wake(&pp_modules_generation, 1);
}
