/* libdw, loaded with dlopen when the first DWARF is read: functions as members of one table.
 *
 * -top of a profile that carries its names never loads it.
 */
#ifndef PP_TOOL_LIBDW_H
#define PP_TOOL_LIBDW_H

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>

#define PP_LIBDW_FUNCTIONS(X)                                                                      \
    X(dwfl_begin)                                                                                  \
    X(dwfl_end)                                                                                    \
    X(dwfl_report_begin)                                                                           \
    X(dwfl_report_elf)                                                                             \
    X(dwfl_report_end)                                                                             \
    X(dwfl_module_getdwarf)                                                                        \
    X(dwfl_module_info)                                                                            \
    X(dwfl_linux_proc_find_elf)                                                                    \
    X(dwfl_standard_find_debuginfo)                                                                \
    X(dwfl_offline_section_address)                                                                \
    X(dwfl_linux_proc_report)                                                                      \
    X(dwfl_attach_state)                                                                           \
    X(dwfl_thread_state_registers)                                                                 \
    X(dwfl_getthread_frames)                                                                       \
    X(dwfl_frame_pc)                                                                               \
    X(dwfl_errmsg)                                                                                 \
    X(dwarf_get_units)                                                                             \
    X(dwarf_getabbrev)                                                                             \
    X(dwarf_tag)                                                                                   \
    X(dwarf_child)                                                                                 \
    X(dwarf_siblingof)                                                                             \
    X(dwarf_ranges)                                                                                \
    X(dwarf_attr)                                                                                  \
    X(dwarf_attr_integrate)                                                                        \
    X(dwarf_formstring)                                                                            \
    X(dwarf_formudata)                                                                             \
    X(dwarf_getsrclines)                                                                           \
    X(dwarf_getsrcfiles)                                                                           \
    X(dwarf_filesrc)                                                                               \
    X(dwarf_onesrcline)                                                                            \
    X(dwarf_lineaddr)                                                                              \
    X(dwarf_lineno)                                                                                \
    X(dwarf_linecol)                                                                               \
    X(dwarf_linesrc)                                                                               \
    X(dwarf_lineendsequence)

struct pp_libdw {
#define X(name) __typeof__(&name) name;
    PP_LIBDW_FUNCTIONS(X)
#undef X
};

/* The table, or NULL when libdw.so.1 is missing or too old. Loaded once. Any thread. */
const struct pp_libdw *pp_libdw(void);

/* For tests: the library to load from now on; "" for none, NULL for the usual one. */
void pp_libdw_use(const char *file);

#endif
