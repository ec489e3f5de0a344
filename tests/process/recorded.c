/* links libpprof flags: -O0
 * Runs while profiles are recorded; driven by record.t.
 *
 *   recorded until DIR N   burns CPU until N files are there, then allocates at_the_end()
 *   recorded rounds N      lives for N seconds       recorded fork    and a child that lives for 2
 *   recorded call DIR      uses the interface
 *   recorded grow DIR      grows until a file is there, at most to 1 GiB
 *   recorded devour DIR    grows for ever, from 100 MiB on slowly until a file is there
 *   recorded gulp          grows for ever, as fast as it can */
#include <pprof/pprof.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void *volatile kept[4096];
static volatile unsigned long sink;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static int files_in(const char *path, const char *end)
{
    int count = 0;
    DIR *directory = opendir(path);
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        size_t len = strlen(entry->d_name);
        count += len > strlen(end) && strcmp(entry->d_name + len - strlen(end), end) == 0;
    }
    if (directory) {
        closedir(directory);
    }
    return count;
}

static void burn(double seconds)
{
    for (double end = now() + seconds; now() < end;) {
        for (int i = 0; i < 100000; i++) {
            sink += (unsigned long)i;
        }
    }
}

static void at_the_end(void)
{
    for (int i = 0; i < 64; i++) {
        kept[i] = malloc(1 << 20);
    }
}

static void until(const char *path, int count)
{
    for (double end = now() + 60; now() < end && files_in(path, ".pb.gz") < count;) {
        burn(0.1);
    }
    at_the_end();
}

static void *grows(size_t size)
{
    char *block = malloc(size);
    memset(block, 1, size);
    return block;
}

static void grow(const char *path)
{
    for (int i = 0; i < 256; i++) {
        kept[i] = grows(4 << 20);
        usleep(50000);
        if (i > 32 && files_in(path, "oom-memory.txt")) {
            return;
        }
    }
}

/* 20 MiB a second. The last tenth of 120 MiB would take half a second: no time for a machine that
 * is busy with something else. */
static void devour(const char *path)
{
    for (int i = 0; i < 4096; i++) {
        kept[i] = grows(1 << 20);
        usleep(i < 100 || files_in(path, "oom-memory.txt") ? 50000 : 2000000);
    }
}

static void gulp(void)
{
    for (int i = 0; i < 4096; i++) {
        kept[i] = grows(1 << 20);
    }
}

static void check(int fine, const char *what)
{
    printf("%s %s\n", fine ? "ok" : "bad", what);
}

static void call(const char *path)
{
    const struct pprof_record_options options = { .interval_s = 3600, .kinds = "cpu,heap" };
    at_the_end();
    check(pprof_record_start(path, &options) == 0, "start");
    check(pprof_record_start(path, NULL) == PPROF_ERR_BUSY, "start again");
    check(pprof_cpu_start(1, NULL) == PPROF_ERR_BUSY, "cpu meanwhile");
    pprof_record_stop();
    pprof_record_stop();
    check(files_in(path, ".heap.pb.gz") == 1, "stop");
    check(pprof_record_start(path, &options) == 0, "start anew");
    pprof_record_stop();
    check(pprof_record_start("/proc/nowhere", NULL) == PPROF_ERR_SYSTEM, "bad directory");
    check(pprof_on_oom(path, "101%") == PPROF_ERR_INVALID, "bad limit");
}

int main(int argc, char **argv)
{
    const char *way = argc > 1 ? argv[1] : "", *what = argc > 2 ? argv[2] : "";
    if (strcmp(way, "until") == 0 && argc > 3) {
        until(what, atoi(argv[3]));
    } else if (strcmp(way, "rounds") == 0) {
        burn(atoi(what));
    } else if (strcmp(way, "fork") == 0) {
        pid_t child = fork();
        burn(2);
        if (child) {
            waitpid(child, NULL, 0);
        }
    } else if (strcmp(way, "call") == 0) {
        call(what);
    } else if (strcmp(way, "grow") == 0) {
        grow(what);
    } else if (strcmp(way, "devour") == 0) {
        devour(what);
    } else if (strcmp(way, "gulp") == 0) {
        gulp();
    } else {
        return 2;
    }
    return 0;
}
