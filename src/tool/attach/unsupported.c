/* Attaching on a processor whose registers and signal frames this tool does not know yet. */
#include "base/err.h"
#include "tool/attach/attach.h"

#if !defined(__x86_64__)

int pp_attach_call(pid_t pid, const struct pp_attach_options *options,
                   struct pp_attach_request *request, struct pprof_error *error)
{
    (void)options;
    (void)request;
    (void)pp_err_set(error, PPROF_ERR_UNSUPPORTED,
                     "cannot attach to process %d: attaching works on x86-64 only; start the "
                     "program by pprof run", (int)pid);
    return 2;
}

#endif
