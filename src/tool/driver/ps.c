/* pprof ps: which processes of this user can be looked at, and where. */
#include "tool/driver/announced.h"
#include "tool/driver/subcommand.h"
#include "tool/driver/words.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char help[] =
    "usage: pprof ps [-a]\n"
    "\n"
    "Lists the processes of this user that libpprof is in: where each serves its profiles, its\n"
    "age, resident memory and command. '-' is one that serves nothing.\n"
    "\n"
    "  -a    processes of other users too, as far as they may be read\n";

enum { COMMAND_MAX = 200 };

struct row {
    pid_t pid;
    struct pp_announced found;
    double age_s, rss_bytes;
    char command[COMMAND_MAX];
};

struct rows {
    struct row *row;
    size_t count, cap;
    size_t unreadable;
    size_t of_others; /* not asked for */
};

/* ---- one process ----------------------------------------------------------------------------- */

static ssize_t read_proc(pid_t pid, const char *name, char *buf, size_t cap)
{
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
    FILE *file = fopen(path, "re");
    if (!file) {
        return -1;
    }
    size_t len = fread(buf, 1, cap - 1, file);
    buf[len] = '\0';
    fclose(file);
    return (ssize_t)len;
}

static double uptime_s(void)
{
    double up = 0;
    FILE *file = fopen("/proc/uptime", "re");
    if (file) {
        if (fscanf(file, "%lf", &up) != 1) {
            up = 0;
        }
        fclose(file);
    }
    return up;
}

/* Start time (field 22) and resident pages (field 24) stand behind the name in parentheses, which
 * may hold anything. */
static void read_stat(struct row *row)
{
    char text[1024];
    unsigned long long start = 0;
    long pages = 0;
    if (read_proc(row->pid, "stat", text, sizeof(text)) <= 0 || !strrchr(text, ')')) {
        return;
    }
    char *at = strrchr(text, ')') + 1, *save = NULL;
    int field = 3;
    for (char *word = strtok_r(at, " ", &save); word; word = strtok_r(NULL, " ", &save), field++) {
        start = field == 22 ? strtoull(word, NULL, 10) : start;
        pages = field == 24 ? strtol(word, NULL, 10) : pages;
    }
    row->age_s = uptime_s() - (double)start / (double)sysconf(_SC_CLK_TCK);
    row->rss_bytes = (double)pages * (double)sysconf(_SC_PAGESIZE);
}

/* Arguments with spaces between, and nothing in them that a terminal would obey. */
static void read_command(struct row *row)
{
    ssize_t len = read_proc(row->pid, "cmdline", row->command, sizeof(row->command));
    if (len <= 0) {
        len = read_proc(row->pid, "comm", row->command, sizeof(row->command));
    }
    while (len > 0 && (row->command[len - 1] == '\0' || row->command[len - 1] == '\n')) {
        len--;
    }
    for (ssize_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)row->command[i];
        row->command[i] = c == 0 ? ' ' : c < 0x20 || c == 0x7f ? '?' : (char)c;
    }
    row->command[len > 0 ? len : 0] = '\0';
}

static bool is_mine(pid_t pid)
{
    char path[32];
    struct stat st;
    (void)snprintf(path, sizeof(path), "/proc/%d", (int)pid);
    return stat(path, &st) == 0 && st.st_uid == geteuid();
}

/* Workers of a server that was started by root run as somebody else. */
static void count_of_other(struct rows *rows, pid_t pid)
{
    struct pp_announced found;
    rows->of_others += pp_announced_read(pid, &found) == 0 && found.has_library;
}

static void add_process(struct rows *rows, pid_t pid)
{
    struct row row = { .pid = pid };
    int result = pp_announced_read(pid, &row.found);
    rows->unreadable += result == -EACCES || result == -EPERM;
    if (result != 0 || !row.found.has_library) {
        return;
    }
    if (rows->count == rows->cap) {
        size_t cap = rows->cap ? 2 * rows->cap : 32;
        struct row *grown = realloc(rows->row, cap * sizeof(*grown));
        if (!grown) {
            return;
        }
        rows->row = grown;
        rows->cap = cap;
    }
    read_stat(&row);
    read_command(&row);
    rows->row[rows->count++] = row;
}

/* ---- all of them ----------------------------------------------------------------------------- */

static int by_pid(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    return (x->pid > y->pid) - (x->pid < y->pid);
}

static int collect(struct rows *rows, bool all)
{
    DIR *proc = opendir("/proc");
    if (!proc) {
        fprintf(stderr, "pprof ps: cannot read /proc: %s\n", strerror(errno));
        return 2;
    }
    for (struct dirent *entry; (entry = readdir(proc)) != NULL;) {
        pid_t pid = (pid_t)atoi(entry->d_name);
        if (pid <= 0 || pid == getpid()) {
            continue;
        }
        if (all || is_mine(pid)) {
            add_process(rows, pid);
        } else {
            count_of_other(rows, pid);
        }
    }
    closedir(proc);
    if (rows->count) {
        qsort(rows->row, rows->count, sizeof(*rows->row), by_pid);
    }
    return 0;
}

static void print_rows(const struct rows *rows)
{
    int width = 3;
    char age[32], rss[32];
    for (size_t i = 0; i < rows->count; i++) {
        int len = (int)strlen(rows->row[i].found.url);
        width = len > width ? len : width;
    }
    printf("%7s  %-*s  %13s  %9s  COMMAND\n", "PID", width, "URL", "AGE", "RSS");
    for (size_t i = 0; i < rows->count; i++) {
        const struct row *row = &rows->row[i];
        printf("%7d  %-*s  %13s  %9s  %s\n", (int)row->pid, width,
               *row->found.url ? row->found.url : "-", pp_words_time(row->age_s, age),
               pp_words_size(row->rss_bytes, false, rss), row->command);
    }
}

int pp_cmd_ps(int argc, char **argv)
{
    struct rows rows = { 0 };
    bool all = false;
    if (pp_words_help(argc, argv, help)) {
        return 0;
    }
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-a") != 0 && strcmp(argv[i], "--all") != 0) {
            fprintf(stderr, "pprof ps: unknown argument %s (there is -a)\n", argv[i]);
            return 2;
        }
        all = true;
    }
    int status = collect(&rows, all);
    if (status == 0 && rows.count) {
        print_rows(&rows);
    } else if (status == 0) {
        puts("no process here has libpprof in it; pprof run -- COMMAND starts one");
    }
    if (rows.unreadable) {
        fprintf(stderr, "note: %zu process%s could not be read\n", rows.unreadable,
                rows.unreadable == 1 ? "" : "es");
    }
    if (rows.of_others) {
        fprintf(stderr, "note: %zu more of other users; pprof ps -a lists them\n", rows.of_others);
    }
    free(rows.row);
    return status;
}
