/* The library's life in a process.
 *
 *   constructor: read the environment -> asked for here: start all, serve, record
 *                                     -> nothing asked (linked program): start sampling
 *                                     -> PPROF_PID is another process, or PPROF_OFF: dormant
 *   dormant --first call of the public interface--> started
 *   fork: child of a program that asked by environment: dormant unless PPROF_CHILDREN
 *         child of a linked program: sampling starts anew, nothing is served
 *   end (exit, _exit, quick_exit): last files, socket file removed
 */
#ifndef PP_SERVE_INIT_H
#define PP_SERVE_INIT_H

/* Makes sure that the runtime stands, waking a dormant process; public functions call it first.
 * 0, or the error that kept a room from starting. */
int pp_init_ensure(void);

/* Makes the process dormant. */
void pp_init_sleep(void);

/* What must happen before the process is gone; may be called more than once, from any thread. */
void pp_init_exit(void);

#endif
