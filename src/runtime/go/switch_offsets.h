/* Where go_entry.S finds what it needs; sched.c asserts each. */
#ifndef PP_GO_SWITCH_OFFSETS_H
#define PP_GO_SWITCH_OFFSETS_H

#define PP_GO_G_PC 0
#define PP_GO_G_SP 8
#define PP_GO_G_FP 16
#define PP_GO_G_SEQ 24
#define PP_GO_G_LATE 56
#define PP_GO_G_RESULT 384
#define PP_GO_M_CURRENT 0
#define PP_GO_M_BUSY 16
#define PP_GO_M_AFTER 32
#define PP_GO_AFTER_DONE_VALUE 6

#endif
