/* What one run of a program costs, by a parent that is small: a child counts the memory of the one
 * it was started by as its own peak, and a Python takes longer to start it than it may run.
 *
 * usage: child OUTPUT COMMAND [ARG]...
 * prints seconds, processor seconds and the peak in KiB; the command's own status is the status */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double seconds_of(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec * 1e-6;
}

int main(int argc, char **argv)
{
    posix_spawn_file_actions_t files;
    struct rusage usage;
    pid_t pid;
    int status;
    if (argc < 3) {
        fprintf(stderr, "usage: child OUTPUT COMMAND [ARG]...\n");
        return 2;
    }
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, argv[1], O_WRONLY | O_CREAT | O_TRUNC,
                                     0644);
    posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    double start = now();
    if (posix_spawnp(&pid, argv[2], &files, NULL, argv + 2, environ) ||
        wait4(pid, &status, 0, &usage) != pid) {
        perror("child");
        return 1;
    }
    double seconds = now() - start;
    posix_spawn_file_actions_destroy(&files);
    printf("%.6f %.6f %ld\n", seconds,
           seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime), usage.ru_maxrss);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
