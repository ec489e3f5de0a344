/* Telling `pprof ps` where this process serves: one mapped page of a memfd whose name is
 * "pprof:" + the URL, visible in /proc/PID/maps to this user, gone with the process. */
#ifndef PP_SERVE_ANNOUNCE_H
#define PP_SERVE_ANNOUNCE_H

/* The page, or NULL when this kernel or its rules forbid it: then nobody is told, that is all. */
void *pp_announce(const char *url);
void pp_announce_withdraw(void *page);

#endif
