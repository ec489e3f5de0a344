/* Words that stand where google/pprof has flags: `pprof run ...`. One row each; adding one is one line here and one
 * file with the function. A file of that name is still opened as ./NAME. */
#ifndef PP_DRIVER_SUBCOMMAND_H
#define PP_DRIVER_SUBCOMMAND_H

/* Each gets the arguments from its own word on (argv[0] is the word) and returns the exit status. */
int pp_cmd_run(int argc, char **argv);
int pp_cmd_ps(int argc, char **argv);
int pp_cmd_leaks(int argc, char **argv);

#define PP_SUBCOMMANDS(X)                                                                          \
    X("run", pp_cmd_run, "start a program under libpprof, in place")                               \
    X("ps", pp_cmd_ps, "list the processes that can be looked at")                                 \
    X("leaks", pp_cmd_leaks, "look three times and say what grows, what does not, and who waits")

#endif
