/* malloc and free: see malloc_jump.h. A page of their own.
 *
 * malloc takes size + 1 bytes off the thread's countdown (one more, so that blocks of size 0 count
 * too) and puts them back when the sample point lies in them: the borrow of left - size - 1 tells,
 * and neither store nor jump changes it. */
#if defined(__x86_64__)
    .section .text.pp_hooks, "ax", %progbits
    .globl malloc, free
    .type malloc, %function
    .type free, %function
    .p2align 12
malloc:
    .cfi_startproc
    movq pp_self@gottpoff(%rip), %rdx
    movq %fs:(%rdx), %rax
    stc
    sbbq %rdi, %rax
    movq %rax, %fs:(%rdx)
    .globl pp_malloc_jump
    .hidden pp_malloc_jump
pp_malloc_jump:
    .byte 0x0f, 0x83 /* jae rel32 */
    .long .Lmalloc - . - 4
    stc
    adcq %rdi, %rax
    movq %rax, %fs:(%rdx)
    movq (%rsp), %rsi
    jmp pp_malloc_slow
.Lmalloc:
    jmp *pp_real(%rip)
    .cfi_endproc
    .size malloc, . - malloc

    .p2align 6
free:
    .cfi_startproc
    movl %edi, %eax
    leaq pp_heap_filter(%rip), %rdx
    shrl $10, %eax
    cmpb $0, (%rdx, %rax)
    .globl pp_free_jump
    .hidden pp_free_jump
pp_free_jump:
    .byte 0x0f, 0x84 /* je rel32 */
    .long .Lfree - . - 4
    jmp pp_free_slow
.Lfree:
    jmp *8 + pp_real(%rip)
    .cfi_endproc
    .size free, . - free
    .globl pp_own_free
    .hidden pp_own_free
    .set pp_own_free, free

    .hidden pp_self, pp_heap_filter, pp_real, pp_malloc_slow, pp_free_slow
    .p2align 12, 0xcc
#endif
    .section .note.GNU-stack, "", %progbits
