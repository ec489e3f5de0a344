/* A folder of the test's own in `folder`, and a program compiled in it, for unit tests of the tool. */
#ifndef TESTS_TOOL_PROGRAM_H
#define TESTS_TOOL_PROGRAM_H

#include <check.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[64];

static void make_folder(void)
{
    strcpy(folder, "/tmp/pp-tool-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

/* system() of a formatted command. */
__attribute__((format(printf, 1, 2))) static int run(const char *format, ...)
{
    char command[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(command, sizeof(command), format, args);
    va_end(args);
    return system(command);
}

static void remove_folder(void)
{
    ck_assert_int_eq(run("rm -rf %s", folder), 0);
}

/* Compiles the text into folder/prog; false without a compiler. */
static bool compile_text(const char *text, const char *flags)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/prog.c", folder);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
    return run("cd %s && cc -g %s -o prog prog.c 2>/dev/null", folder, flags) == 0;
}

#endif
