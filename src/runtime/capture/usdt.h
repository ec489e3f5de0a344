/* USDT probes without SystemTap's header: one nop and a note in .note.stapsdt for each, which
 * bpftrace, perf, gdb and eBPF profilers read. Layout as documented in the SystemTap wiki,
 * "UserSpace probe implementation". An unattached probe costs the nop and keeping its arguments at
 * hand. */
#ifndef PP_CAPTURE_USDT_H
#define PP_CAPTURE_USDT_H

#define PP_USDT_NOTE(provider, name, arguments)                                                    \
    "990: nop\n"                                                                                   \
    ".pushsection .note.stapsdt, \"\", \"note\"\n"                                                 \
    ".balign 4\n"                                                                                  \
    ".4byte 992f - 991f, 994f - 993f, 3\n"                                                         \
    "991: .asciz \"stapsdt\"\n"                                                                    \
    "992: .balign 4\n"                                                                             \
    "993: .8byte 990b\n"                                                                           \
    ".8byte _.stapsdt.base\n"                                                                      \
    ".8byte 0\n"                                                                                   \
    ".asciz \"" provider "\"\n"                                                                    \
    ".asciz \"" name "\"\n"                                                                        \
    ".asciz \"" arguments "\"\n"                                                                   \
    "994: .balign 4\n"                                                                             \
    ".popsection\n"                                                                                \
    ".ifndef _.stapsdt.base\n"                                                                     \
    ".pushsection .stapsdt.base, \"aG\", \"progbits\", .stapsdt.base, comdat\n"                    \
    ".weak _.stapsdt.base\n"                                                                       \
    ".hidden _.stapsdt.base\n"                                                                     \
    "_.stapsdt.base: .space 1\n"                                                                   \
    ".size _.stapsdt.base, 1\n"                                                                    \
    ".popsection\n"                                                                                \
    ".endif\n"

/* Arguments are 8-byte unsigned values. */
#define PP_USDT1(provider, name, a)                                                                \
    __asm__ volatile(PP_USDT_NOTE(provider, name, "8@%0") : : "r"((uint64_t)(a)))
#define PP_USDT3(provider, name, a, b, c)                                                          \
    __asm__ volatile(PP_USDT_NOTE(provider, name, "8@%0 8@%1 8@%2")                                \
                     :                                                                             \
                     : "r"((uint64_t)(a)), "r"((uint64_t)(b)), "r"((uint64_t)(c)))

#endif
