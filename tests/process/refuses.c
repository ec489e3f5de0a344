/* A process in a state in which `pprof attach` must leave it alone: says "ready PID" and waits.
 * usage: refuses plain | filter | strict | undumpable | zombie */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void say_ready(pid_t pid)
{
    printf("ready %d\n", (int)pid);
    fflush(stdout);
}

/* One that lets everything through, as its reader cannot know. */
static int filter(void)
{
    struct sock_filter all[] = { BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) };
    struct sock_fprog program = { 1, all };
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

/* From here on only read, write and exit; the pipe's other end is ours and stays silent. */
static int be_strict(void)
{
    char byte;
    int fds[2];
    if (pipe(fds) != 0) {
        return 1;
    }
    say_ready(getpid());
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT, 0, 0, 0) || read(fds[0], &byte, 1) != 1;
}

static int leave_zombie(void)
{
    siginfo_t info;
    pid_t child = fork();
    if (child == 0) {
        _exit(0);
    }
    return waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT) ? -1 : (int)child;
}

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "";
    pid_t shown = getpid();
    int failed = 0;
    if (strcmp(how, "strict") == 0) {
        return be_strict();
    }
    if (strcmp(how, "filter") == 0) {
        failed = filter();
    } else if (strcmp(how, "undumpable") == 0) {
        failed = prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    } else if (strcmp(how, "zombie") == 0) {
        shown = leave_zombie();
    } else if (strcmp(how, "plain") != 0) {
        return 2;
    }
    if (failed || shown < 0) {
        return 1;
    }
    say_ready(shown);
    for (;;) {
        pause();
    }
}
