#include "runtime/serve/announce.h"

#include "base/sys.h"

#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>

void *pp_announce(const char *url)
{
    char name[200];
    (void)snprintf(name, sizeof(name), "pprof:%s", url);
    size_t size = pp_sys_page_size();
    if (pp_sys_limit(RLIMIT_FSIZE) < size) { /* SIGXFSZ would be the program's end */
        return NULL;
    }
    long fd = pp_sys_call(SYS_memfd_create, (long)name, MFD_CLOEXEC, 0, 0, 0, 0);
    if (fd < 0) {
        return NULL;
    }
    long page = pp_sys_call(SYS_ftruncate, fd, (long)size, 0, 0, 0, 0);
    if (page == 0) {
        page = pp_sys_call(SYS_mmap, 0, (long)size, PROT_READ, MAP_SHARED, fd, 0);
    }
    pp_sys_close(fd);
    if (page < 0 && page >= -4095) {
        return NULL;
    }
    pp_sys_dont_fork((void *)page, size);
    return (void *)page;
}

void pp_announce_withdraw(void *page)
{
    if (page) {
        pp_sys_unmap(page, pp_sys_page_size());
    }
}
