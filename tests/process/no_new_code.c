/* Runs a command in a process that may make no memory executable any more (PR_SET_MDWE, Linux 6.3).
 * Exit status 77 when the kernel does not know that. usage: no_new_code COMMAND [ARGS...] */
#include <sys/prctl.h>
#include <unistd.h>

#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#endif
enum { REFUSE_EXEC_GAIN = 1, UNKNOWN = 77 };

int main(int argc, char **argv)
{
    if (argc < 2 || prctl(PR_SET_MDWE, REFUSE_EXEC_GAIN, 0, 0, 0) != 0) {
        return UNKNOWN;
    }
    execvp(argv[1], argv + 1);
    return 1;
}
