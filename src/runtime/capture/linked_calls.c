#include "runtime/capture/linked_calls.h"

/* An absolute symbol that the archive's link defines. */
extern const char pp_in_archive[] __attribute__((weak, visibility("hidden")));

struct pp_linked_calls pp_linked_calls(void)
{
    if (!pp_in_archive) {
        return (struct pp_linked_calls){ NULL, NULL };
    }
    return (struct pp_linked_calls){ pthread_create, sigaction };
}
