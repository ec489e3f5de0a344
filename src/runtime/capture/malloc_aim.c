#include "runtime/capture/malloc_jump.h"

#include "base/atomic.h"
#include "base/sys.h"
#include "runtime/capture/heap_tables.h"
#include "runtime/capture/malloc_real.h"
#include "runtime/capture/self.h"
#include "runtime/unwind/module.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static uint32_t aimed;

bool pp_malloc_is_aimed(void)
{
    return pp_load_relaxed(&aimed);
}

#if PP_MALLOC_JUMP

/* What malloc_jump.S takes for granted. */
_Static_assert(offsetof(struct pp_self, heap_left) == 0, "malloc counts down the first word");
_Static_assert(offsetof(struct pp_real_malloc, malloc) == 0, "malloc's pointer is the first");
_Static_assert(offsetof(struct pp_real_malloc, free) == 8, "free's is the second");
_Static_assert(PP_HEAP_GRANULE_SHIFT == 10, "free shifts by 10");

enum { PAGE = 4096, OPCODE = 2, JUMP = 6 /* bytes */ };

struct jump {
    const unsigned char *at;
    void *target;
};

static intptr_t distance_of(const struct jump *jump)
{
    return (intptr_t)jump->target - (intptr_t)(jump->at + JUMP);
}

static bool is_near(const struct jump *jump)
{
    return distance_of(jump) == (int32_t)distance_of(jump);
}

static void point(unsigned char *copy, const struct jump *jump)
{
    int32_t distance = (int32_t)distance_of(jump);
    memcpy(copy + (uintptr_t)jump->at % PAGE + OPCODE, &distance, sizeof distance);
}

/* Reading a mapping behind the end of its file is a SIGBUS. */
static bool lies_inside(int fd, uint64_t offset)
{
    struct stat st;
    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (uint64_t)st.st_size >= offset + PAGE;
}

/* A private, writable mapping of the file's page that lies at `page`; NULL when there is none, or
 * other bytes stand in memory. */
static unsigned char *pristine_copy(const unsigned char *page)
{
    const struct pp_module *module = pp_module_find_sig((uintptr_t)page);
    if (!module || !module->path || (uintptr_t)page < module->text_start ||
        (uintptr_t)page >= module->text_limit) {
        return NULL;
    }
    int fd = pp_sys_open_read(module->path);
    if (fd < 0) {
        return NULL;
    }
    uint64_t offset = module->text_offset + ((uintptr_t)page - module->text_start);
    bool is_whole = lies_inside(fd, offset);
    long at = is_whole ? pp_sys_call(SYS_mmap, 0, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd,
                                     (long)offset)
                       : -1;
    pp_sys_close(fd);
    if (at < 0 && at > -PAGE) {
        return NULL;
    }
    if (memcmp((void *)at, page, PAGE) != 0) {
        pp_sys_call(SYS_munmap, at, PAGE, 0, 0, 0, 0);
        return NULL;
    }
    return (unsigned char *)at;
}

static bool replace(unsigned char *page, unsigned char *copy)
{
    return pp_sys_call(SYS_mprotect, (long)copy, PAGE, PROT_READ | PROT_EXEC, 0, 0, 0) == 0 &&
           pp_sys_call(SYS_mremap, (long)copy, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
                       (long)page, 0) == (long)page;
}

bool pp_malloc_aim(void)
{
    const struct jump jumps[] = {
        { pp_malloc_jump, (void *)pp_real.malloc },
        { pp_free_jump, (void *)pp_real.free },
    };
    unsigned char *page = pp_malloc_jump - (uintptr_t)pp_malloc_jump % PAGE;
    if (!is_near(&jumps[0]) || !is_near(&jumps[1]) || pp_sys_page_size() != PAGE) {
        return false;
    }
    unsigned char *copy = pristine_copy(page);
    if (!copy) {
        return false;
    }
    point(copy, &jumps[0]);
    point(copy, &jumps[1]);
    if (!replace(page, copy)) {
        pp_sys_call(SYS_munmap, (long)copy, PAGE, 0, 0, 0, 0);
        return false;
    }
    pp_store_relaxed(&aimed, 1);
    return true;
}

#else

bool pp_malloc_aim(void)
{
    return false;
}

#endif
