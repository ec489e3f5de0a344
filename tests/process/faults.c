/* Situations that a library from outside easily makes worse, one a name: faults NAME. What each
 * prints, and how it ends, must be the same with and without the library. */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void *volatile block;

static void churn(int rounds)
{
    for (int i = 0; i < rounds; i++) {
        void *volatile mine = malloc((size_t)(i % 70) * 1000 + 1); /* not `block`: threads churn */
        free(mine);
    }
}

/* ---- mlockall ---- */

static long status_kb(const char *name)
{
    char line[256];
    long value = -1;
    FILE *file = fopen("/proc/self/status", "r");
    while (file && fgets(line, sizeof(line), file)) {
        if (strncmp(line, name, strlen(name)) == 0) {
            value = atol(line + strlen(name) + 1);
        }
    }
    if (file) {
        fclose(file);
    }
    return value;
}

/* Everything of the program's is locked, and not much more. */
static int locks_memory(void)
{
    enum { MIB = 1 << 20, HELD = 20, MOST_MIB = 60 };
    char *held = mmap(NULL, HELD * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int result = mlockall(MCL_CURRENT | MCL_FUTURE);
    char *later =
        mmap(NULL, HELD * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    unsigned char present[1] = { 0 };
    if (result != 0 || held == MAP_FAILED || later == MAP_FAILED) {
        printf("not allowed here\n");
        return 0;
    }
    mincore(held + 10 * MIB, 1, present);
    int now = present[0] & 1;
    mincore(later + 10 * MIB, 1, present);
    long locked = status_kb("VmLck") >> 10, resident = status_kb("VmRSS") >> 10;
    printf("before: %d, after: %d, locked: %d, little more: %d\n", now, present[0] & 1,
           locked >= 2 * HELD, locked < MOST_MIB && resident < MOST_MIB);
    churn(1000);
    return 0;
}

/* ---- seccomp ---- */

/* Answers one call, and everything else is allowed. */
static int filter(unsigned number, unsigned action, int by_syscall)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, action),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    return by_syscall ? (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program)
                      : prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

/* As libraries ask what the kernel knows: it refuses. */
static void ask(void)
{
    (void)!prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL, 0, 0);
    (void)!syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, NULL);
}

static int is_killed(int by_syscall)
{
    churn(100);
    ask();
    ask();
    if (filter(SYS_getppid, SECCOMP_RET_KILL_THREAD, by_syscall) != 0) {
        return 1;
    }
    ask();
    churn(10000);
    printf("filtered\n");
    fflush(stdout);
    getppid();
    printf("not killed\n");
    return 0;
}

static int killed_by_filter(void)
{
    return is_killed(0);
}
static int killed_by_filter_call(void)
{
    return is_killed(1);
}

/* Only read, write, exit and sigreturn are left; leaving by exit_group is death. */
static int strict(void)
{
    churn(1000);
    printf("strict\n");
    fflush(stdout);
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0) {
        return 1;
    }
    for (int i = 0; i < 20000; i++) { /* from what is there: more memory would take a call */
        block = malloc(40);
        free(block);
    }
    (void)!write(1, "alive\n", 6);
    syscall(SYS_exit, 3);
    return 0;
}

/* Calls that we would like to make are refused. */
static int refused(void)
{
    static const unsigned calls[] = { SYS_gettid,       SYS_process_vm_readv, SYS_timer_create,
                                      SYS_memfd_create, SYS_socket,           SYS_madvise };
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        if (filter(calls[i], SECCOMP_RET_ERRNO | EPERM, 0) != 0) {
            return 1;
        }
    }
    churn(20000);
    printf("refused\n");
    return 0;
}

/* ---- loading ---- */

static int load(const char *path, int flags, int rounds)
{
    for (int i = 0; i < rounds; i++) {
        void *handle = dlopen(path, flags);
        void *found = handle ? dlsym(handle, "make_block") : NULL;
        void *(*make)(size_t);
        memcpy(&make, &found, sizeof(make));
        if (!found) {
            printf("%s\n", dlerror());
            return 1;
        }
        free(make(100000));
        churn(200);
        if (dlclose(handle) != 0) {
            return 1;
        }
    }
    printf("loaded\n");
    return 0;
}

static const char *plugin;

static int loads(void)
{
    return load(plugin, RTLD_NOW | RTLD_LOCAL, 200);
}
static int binds_deep(void)
{
    return load(plugin, RTLD_LAZY | RTLD_DEEPBIND, 50);
}

static int loads_apart(void)
{
    void *handle = dlmopen(LM_ID_NEWLM, plugin, RTLD_NOW);
    void *found = handle ? dlsym(handle, "make_block") : NULL;
    void *(*make)(size_t);
    memcpy(&make, &found, sizeof(make));
    for (int i = 0; found && i < 100; i++) {
        block = make(50000); /* of another libc: only that could free it */
    }
    churn(1000);
    printf("%s\n", found ? "apart" : "not loaded");
    return 0;
}

/* ---- threads and rights ---- */

static pthread_barrier_t meeting;

static void *wait_and_work(void *arg)
{
    churn(50);
    pthread_barrier_wait(&meeting);
    churn(50);
    return arg;
}

static int thousand(void)
{
    enum { COUNT = 1000 };
    static pthread_t threads[COUNT];
    pthread_attr_t attr;
    int made = 0;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, 64 << 10);
    pthread_barrier_init(&meeting, NULL, COUNT + 1);
    for (; made < COUNT && !pthread_create(&threads[made], &attr, wait_and_work, NULL); made++) {
    }
    if (made < COUNT) {
        printf("too few threads\n");
        fflush(stdout);
        _exit(0);
    }
    pthread_barrier_wait(&meeting);
    for (int i = 0; i < COUNT; i++) {
        pthread_join(threads[i], NULL);
    }
    printf("%d\n", made);
    return 0;
}

/* A daemon that gives up its rights, and then its files. */
static int drops_rights(void)
{
    char directory[] = "/tmp/pprof-faults-XXXXXX";
    pthread_t thread;
    pthread_barrier_init(&meeting, NULL, 2);
    pthread_create(&thread, NULL, wait_and_work, NULL);
    if (geteuid() == 0 && mkdtemp(directory)) {
        int locked = chroot(directory) == 0 && chdir("/") == 0;
        int group = setresgid(65534, 65534, 65534), user = setresuid(65534, 65534, 65534);
        printf("chroot: %d, group: %d, user: %d, back: %d\n", locked, group, user, setuid(0));
    }
    pthread_barrier_wait(&meeting);
    pthread_join(thread, NULL);
    churn(5000);
    printf("user %u\n", (unsigned)getuid());
    return 0;
}

/* ---- capabilities, which are one thread's, and ids, which are everybody's ---- */

extern int capset(void *header, const void *data);

static int capabilities(int (*set)(void *, const void *), uint32_t some)
{
    struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
    struct __user_cap_data_struct data[2] = { { some, some, 0 } };
    return set(&header, data);
}

static int capset_by_number(void *header, const void *data)
{
    return (int)syscall(SYS_capset, header, data);
}

/* What stands behind a name in some thread's status. */
static char *status_line(const char *tid, const char *name, char *line, int size)
{
    char path[64];
    size_t length = strlen(name);
    (void)snprintf(path, sizeof(path), "/proc/self/task/%s/status", tid);
    FILE *file = fopen(path, "r");
    do {
        line[0] = '\0';
    } while (file && fgets(line, size, file) && strncmp(line, name, length) != 0);
    if (file) {
        fclose(file);
    }
    return line[0] ? line + length + 1 : line;
}

static uint64_t rights_of(const char *tid, const char *name)
{
    char line[512];
    return strtoull(status_line(tid, name, line, sizeof(line)), NULL, 16);
}

/* Every thread has main's ids and groups, and no capability that main has not. */
static bool agrees(const char *tid, const char *main_tid)
{
    static const char *const same[] = { "Uid", "Gid", "Groups" };
    static const char *const fewer[] = { "CapPrm", "CapEff" };
    char line[512], main_line[512];
    bool agreed = true;
    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
        agreed = agreed && strcmp(status_line(tid, same[i], line, sizeof(line)),
                                  status_line(main_tid, same[i], main_line, sizeof(line))) == 0;
    }
    for (size_t i = 0; i < sizeof(fewer) / sizeof(fewer[0]); i++) {
        agreed = agreed && !(rights_of(tid, fewer[i]) & ~rights_of(main_tid, fewer[i]));
    }
    return agreed;
}

static const char *all_agree(void)
{
    char main_tid[16];
    bool agreed = true;
    DIR *threads = opendir("/proc/self/task");
    (void)snprintf(main_tid, sizeof(main_tid), "%d", (int)getpid());
    for (struct dirent *entry; threads && (entry = readdir(threads));) {
        agreed = agreed && (entry->d_name[0] == '.' || agrees(entry->d_name, main_tid));
    }
    if (threads) {
        closedir(threads);
    }
    return agreed ? "all agree" : "some differ";
}

static volatile sig_atomic_t caught;

static void catch_one(int signal)
{
    caught += signal == SIGSYS;
}

/* As setpriv does it: the user first, groups by what was kept, then nothing is left. */
static int change_rights(int (*set)(void *, const void *))
{
    enum { USER = 1 << CAP_SETUID, GROUP = 1 << CAP_SETGID };
    if (geteuid() != 0) {
        printf("not root\n");
        return 0;
    }
    signal(SIGSYS, catch_one);
    int user = setresuid(65534, 65534, 65534), raised = capabilities(set, USER | GROUP);
    int group = setresgid(65534, 65534, 65534), groups = setgroups(0, NULL);
    printf("user %d, raised %d, group %d, groups %d: %s\n", user, raised, group, groups,
           all_agree());
    int lowered = capabilities(set, USER), group_back = setgroups(1, &(gid_t){ 0 });
    printf("lowered %d, group again %d: %s\n", lowered, group_back, all_agree());
    int root = setresuid(0, 0, 0), none = capabilities(set, 0), back = setresuid(1, 2, 3);
    printf("root %d, nothing %d, another %d: %s\n", root, none, back, all_agree());
    raise(SIGSYS);
    printf("caught %d\n", (int)caught);
    return 0;
}

static int keeps_rights(void)
{
    prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
    return change_rights(capset);
}

static int keeps_rights_by_bits(void)
{
    enum { NO_SETUID_FIXUP = 1 << 2 };
    prctl(PR_SET_SECUREBITS, NO_SETUID_FIXUP, 0, 0, 0);
    return change_rights(capset_by_number);
}

static int ends_by_signal(void)
{
    churn(1000);
    printf("aborts\n");
    fflush(stdout);
    setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
    abort();
}

static const struct {
    const char *name;
    int (*run)(void);
} all[] = {
    { "locks_memory", locks_memory },
    { "killed_by_filter", killed_by_filter },
    { "killed_by_filter_call", killed_by_filter_call },
    { "strict", strict },
    { "refused", refused },
    { "loads", loads },
    { "binds_deep", binds_deep },
    { "loads_apart", loads_apart },
    { "thousand", thousand },
    { "drops_rights", drops_rights },
    { "keeps_rights", keeps_rights },
    { "keeps_rights_by_bits", keeps_rights_by_bits },
    { "ends_by_signal", ends_by_signal },
};

int main(int argc, char **argv)
{
    plugin = argc > 2 ? argv[2] : "";
    for (size_t i = 0; argc > 1 && i < sizeof(all) / sizeof(all[0]); i++) {
        if (strcmp(all[i].name, argv[1]) == 0) {
            return all[i].run();
        }
    }
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        printf("%s\n", all[i].name);
    }
    return 2;
}
