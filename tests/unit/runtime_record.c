/* A recording's directory: what is removed, what stays. */
#include "runtime/serve/file.h"
#include "runtime/serve/record.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILES = 5 };

static char directory[] = "/tmp/pp-record-XXXXXX";

static const char *path_of(const char *name)
{
    static char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    return path;
}

static const char *numbered(int i)
{
    static char name[64];
    (void)snprintf(name, sizeof name, "20260101T00000%d.000Z.7.heap.pb.gz", i);
    return path_of(name);
}

static void make(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq((int)write(fd, "x", 1), 1);
    close(fd);
}

static bool is_there(const char *path)
{
    return access(path, F_OK) == 0;
}

static void setup(void)
{
    ck_assert_ptr_nonnull(mkdtemp(directory));
    for (int i = 0; i < FILES; i++) {
        make(numbered(i));
    }
    make(path_of("notes.txt"));
}

static void teardown(void)
{
    for (int i = 0; i < FILES; i++) {
        unlink(numbered(i));
    }
    unlink(path_of("notes.txt"));
    rmdir(directory);
}

START_TEST(caps_remove_the_oldest)
{
    ck_assert_uint_eq(pp_record_prune(directory, FILES, 1 << 20), 0);
    ck_assert_uint_eq(pp_record_prune(directory, FILES - 1, 1 << 20), 1);
    ck_assert(!is_there(numbered(0)) && is_there(numbered(1)));
    ck_assert_uint_eq(pp_record_prune(directory, FILES, 0), FILES - 1);
    ck_assert(is_there(path_of("notes.txt")));
}
END_TEST

START_TEST(halving_makes_room_down_to_the_last)
{
    ck_assert_uint_eq(pp_record_halve(directory), 3);
    ck_assert(!is_there(numbered(2)) && is_there(numbered(3)));
    ck_assert_uint_eq(pp_record_halve(directory), 1);
    ck_assert(is_there(numbered(FILES - 1)));
    ck_assert_uint_eq(pp_record_halve(directory), 1);
    ck_assert_uint_eq(pp_record_halve(directory), 0);
    ck_assert(is_there(path_of("notes.txt")));
}
END_TEST

START_TEST(relative_directories_are_kept_by_their_whole_name)
{
    char kept[PP_DIRECTORY_BYTES], gone[sizeof directory + 8];
    (void)snprintf(gone, sizeof gone, "%s/gone", directory);
    ck_assert_int_eq(chdir(directory), 0);
    ck_assert_int_eq(pp_file_directory(".", kept, NULL), 0);
    ck_assert_int_eq(strncmp(kept, directory, strlen(directory)), 0);
    ck_assert_int_eq(mkdir(gone, 0700), 0);
    ck_assert_int_eq(chdir(gone), 0);
    ck_assert_int_eq(rmdir(gone), 0);
    ck_assert_int_ne(pp_file_directory(".", kept, NULL), 0); /* no name any more */
    ck_assert_int_eq(chdir("/"), 0);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("record");
    TCase *tests = tcase_create("directory");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, caps_remove_the_oldest);
    tcase_add_test(tests, halving_makes_room_down_to_the_last);
    tcase_add_test(tests, relative_directories_are_kept_by_their_whole_name);
    suite_add_tcase(s, tests);
    return s;
}

#include "check_main.h"
