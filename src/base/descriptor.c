#include "base/descriptor.h"

#include "base/atomic.h"
#include "base/sys.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

enum { HIGH = 900, ROOM_ABOVE = 40 };

struct pp_descriptor pp_descriptor_of(int fd)
{
    struct stat st;
    if (fd < 0 || pp_sys_call(SYS_fstat, fd, (long)&st, 0, 0, 0, 0) != 0) {
        return (struct pp_descriptor){ .fd = fd };
    }
    return (struct pp_descriptor){ fd, st.st_dev, st.st_ino };
}

bool pp_descriptor_is_same(const struct pp_descriptor *descriptor)
{
    struct pp_descriptor now = pp_descriptor_of(descriptor->fd);
    return descriptor->inode && now.device == descriptor->device && now.inode == descriptor->inode;
}

struct pp_descriptor pp_descriptor_move_high(int fd)
{
    uint64_t limit = pp_sys_limit(RLIMIT_NOFILE);
    long from = limit < HIGH + ROOM_ABOVE ? (long)limit - ROOM_ABOVE : HIGH;
    long high = pp_sys_call(SYS_fcntl, fd, F_DUPFD_CLOEXEC, from, 0, 0, 0);
    if (high < 0) {
        return pp_descriptor_of(fd);
    }
    pp_sys_close(fd);
    return pp_descriptor_of((int)high);
}

/* The number is forgotten before it is free, so that a child made by fork in between closes nothing
 * that is not ours. */
void pp_descriptor_close(struct pp_descriptor *descriptor)
{
    bool is_same = pp_descriptor_is_same(descriptor);
    int fd = pp_swap(&descriptor->fd, -1);
    if (is_same) {
        pp_sys_close(fd);
    }
}
