/* Between the hooks that see descriptors come and go (fd_hooks.c, fd_stream_hooks.c, wait_hooks.c).
 */
#ifndef PP_CAPTURE_FD_HOOKS_H
#define PP_CAPTURE_FD_HOOKS_H

#include <sys/socket.h>

/* Functions that wait_hooks.c stands before already. */
struct pp_fd_calls {
    int (*accept)(int fd, struct sockaddr *from, socklen_t *len);
    int (*accept4)(int fd, struct sockaddr *from, socklen_t *len, int flags);
    int (*fcntl)(int fd, int command, long arg);
    int (*fcntl64)(int fd, int command, long arg);
    ssize_t (*recvmsg)(int fd, struct msghdr *msg, int flags);
    int (*recvmmsg)(int fd, struct mmsghdr *msgs, unsigned count, int flags,
                    struct timespec *timeout);
};

/* What wait_hooks.c shall call instead: the same, and each descriptor that came of it is noted, those
 * that a message brought (SCM_RIGHTS) among them. To be asked for once. */
struct pp_fd_calls pp_fd_calls_noted(const struct pp_fd_calls *calls);

/* Bind the pointers behind the hooks; from the constructor. */
void pp_fd_hooks_resolve(void);
void pp_fd_stream_hooks_resolve(void);

#endif
