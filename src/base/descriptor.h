/* Descriptors in a process that is not ours: a program may close what it did not open (daemons do)
 * and get the number for a file of its own, so a number is trusted only while it is still the file
 * that it was.
 *
 * Invariants: fd is -1, or the number that was asked about; inode is 0 when nothing was open there,
 * and then the descriptor is nobody's. Not for files whose inode is shared by many (eventfd).
 */
#ifndef PP_BASE_DESCRIPTOR_H
#define PP_BASE_DESCRIPTOR_H

#include <stdbool.h>
#include <sys/types.h>

struct pp_descriptor {
    int fd;
    dev_t device;
    ino_t inode;
};

/* What the number stands for at the moment. */
struct pp_descriptor pp_descriptor_of(int fd);

/* Moves a file out of the way of programs that close or count low descriptors: nearer to the limit
 * where that is lower, and not at all when there is no room. The new one is close-on-exec. */
struct pp_descriptor pp_descriptor_move_high(int fd);

/* True while the number stands for the same file. */
bool pp_descriptor_is_same(const struct pp_descriptor *descriptor);

/* Closes it while it is the same file, and forgets it either way. */
void pp_descriptor_close(struct pp_descriptor *descriptor);

#endif
