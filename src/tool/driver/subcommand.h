/* The words that may stand first on the command line instead of a report: one row each. A file with
 * such a name is opened as ./NAME. */
#ifndef PP_TOOL_SUBCOMMAND_H
#define PP_TOOL_SUBCOMMAND_H

/* Each returns the process's exit status; argv[0] is the word itself. */
int pp_cmd_run(int argc, char **argv);
int pp_cmd_ps(int argc, char **argv);
int pp_cmd_leaks(int argc, char **argv);
int pp_cmd_attach(int argc, char **argv);

#define PP_SUBCOMMANDS(X)                                                                          \
    X("run", pp_cmd_run, "start a program under the library, and serve or save its profiles")      \
    X("ps", pp_cmd_ps, "list the processes that can be looked at, with their addresses")           \
    X("leaks", pp_cmd_leaks, "find what leaks in a running program, or in one it starts")          \
    X("attach", pp_cmd_attach, "load the library into a process that runs already, or end that")

#endif
