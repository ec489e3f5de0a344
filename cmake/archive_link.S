/* Only in libpprof.a: tells the library where it is (capture/linked_calls.c), and brings libc's malloc
 * into a static link, to stand behind our hooks. Both define malloc: with -z muldefs ours is first;
 * without it the link fails, and not the program. */
    .globl pp_in_archive
    .hidden pp_in_archive
    .set pp_in_archive, 1

    .section .data.rel.ro, "aw"
    .balign 8
    .8byte __libc_malloc
    .8byte __register_atfork, gnu_get_libc_version /* weak where we use them (base/sys.c) */

    .section .note.GNU-stack, "", %progbits
