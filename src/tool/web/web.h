/* The web page: `pprof -http=host:port SOURCE`. */
#ifndef PP_TOOL_WEB_H
#define PP_TOOL_WEB_H

#include "tool/driver/args.h"

/* Loads the profile, serves its pages until the process is ended, and opens a browser unless told
 * not to. Returns only when something is wrong: then *error says what. */
int pp_web_run(const struct pp_args *args, struct pprof_error *error) PPROF_NODISCARD;

#endif
