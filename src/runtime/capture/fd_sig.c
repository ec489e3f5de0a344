/* The table of open descriptors: what the hooks write. */
#include "runtime/capture/fd.h"

#include "base/sys.h"
#include "base/table.h"
#include "runtime/capture/age.h"
#include "runtime/capture/caller.h"
#include "runtime/capture/self.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#ifdef PPROF_SMALL
enum { SLOTS = 256 };
#else
enum { SLOTS = 1 << 20 }; /* the kernel's own default for the highest limit (fs.nr_open) */
#endif
enum { LEAST = 256 };

/* Numbers are stored as stack + 1, so that zeroed memory is empty. */
struct entry {
    uint32_t stack_plus1;
    uint32_t born, identity, kind;
};

static struct {
    struct entry *entries;
    size_t count;
    uint32_t used; /* numbers at and above it have no entry */
    pid_t pid;
    uint64_t noted, forgotten, lost;
} table;

int pp_fd_init(void)
{
    size_t bytes = SLOTS * sizeof(struct entry);
    struct entry *entries = pp_sys_reserve_some(&bytes, LEAST * sizeof *entries);
    table.count = entries ? bytes / sizeof *entries : 0;
    table.pid = pp_sys_pid();
    pp_store_release(&table.entries, entries);
    return 0;
}

void pp_fd_after_fork(void)
{
    table.pid = pp_sys_pid();
}

uint32_t pp_fd_identity_sig(int fd, unsigned *mode)
{
    struct stat st;
    if (pp_sys_call(SYS_fstat, fd, (long)&st, 0, 0, 0, 0) != 0) {
        *mode = 0;
        return 0;
    }
    *mode = st.st_mode;
    return (uint32_t)pp_hash_u64(st.st_ino ^ pp_hash_u64(st.st_dev)) | 1;
}

static struct entry *entry_of(int fd)
{
    struct entry *entries = pp_load_acquire(&table.entries);
    return entries && fd >= 0 && (size_t)fd < table.count ? &entries[fd] : NULL;
}

/* A vfork child shares our memory, not our descriptors. */
static bool is_other_process(void)
{
    return pp_sys_pid() != table.pid;
}

static void raise_used(uint32_t used)
{
    uint32_t old = pp_load_relaxed(&table.used);
    while (old < used && !pp_cas(&table.used, &old, used)) {
    }
}

static void fill(struct entry *entry, int fd, enum pp_fd_kind kind, const void *caller)
{
    unsigned mode;
    pp_store_relaxed(&entry->stack_plus1, 0u);
    pp_fence();
    pp_store_relaxed(&entry->born, pp_age_born(pp_sys_monotonic_coarse_ns()));
    pp_store_relaxed(&entry->identity, pp_fd_identity_sig(fd, &mode));
    pp_store_relaxed(&entry->kind, (uint32_t)kind);
    raise_used((uint32_t)fd + 1);
    pp_store_release(&entry->stack_plus1, pp_caller_stack_spare_sig(caller) + 1);
    pp_add_relaxed(&table.noted, 1);
}

int pp_fd_note_sig(int fd, enum pp_fd_kind kind, const void *caller)
{
    if (fd < 0 || !pp_load_relaxed(&pp_enabled)) {
        return fd;
    }
    int saved = errno;
    struct entry *entry = entry_of(fd);
    if (!entry) {
        pp_add_relaxed(&table.lost, 1);
    } else if (!is_other_process()) {
        pp_self_enter();
        fill(entry, fd, kind, caller);
        pp_self_leave();
    }
    errno = saved;
    return fd;
}

void (*pp_fd_closing)(int fd);

void pp_fd_forget_sig(int fd)
{
    struct entry *entry = entry_of(fd);
    void (*closing)(int) = pp_load_acquire(&pp_fd_closing);
    if (closing && !is_other_process()) {
        closing(fd);
    }
    if (entry && pp_load_relaxed(&entry->stack_plus1) && !is_other_process()) {
        pp_store_release(&entry->stack_plus1, 0u);
        pp_add_relaxed(&table.forgotten, 1);
    }
}

void pp_fd_forget_range_sig(unsigned first, unsigned last)
{
    uint32_t used = pp_load_relaxed(&table.used);
    if (first >= used || is_other_process()) {
        return;
    }
    for (uint32_t fd = first; fd <= last && fd < used; fd++) {
        pp_fd_forget_sig((int)fd);
    }
}

bool pp_fd_slot(int fd, struct pp_fd_slot *slot)
{
    struct entry *entry = entry_of(fd);
    uint32_t stack = entry ? pp_load_acquire(&entry->stack_plus1) : 0;
    if (!stack) {
        return false;
    }
    *slot = (struct pp_fd_slot){ stack - 1, pp_load_relaxed(&entry->born),
                                 pp_load_relaxed(&entry->identity),
                                 pp_load_relaxed(&entry->kind) };
    pp_fence();
    return pp_load_relaxed(&entry->stack_plus1) == stack;
}

void pp_fd_stats(struct pp_fd_stats *stats)
{
    *stats = (struct pp_fd_stats){
        .noted = pp_load_relaxed(&table.noted),
        .forgotten = pp_load_relaxed(&table.forgotten),
        .lost = pp_load_relaxed(&table.lost),
        .bytes_reserved = table.count * sizeof(struct entry),
        .off = !pp_load_acquire(&table.entries),
    };
}
