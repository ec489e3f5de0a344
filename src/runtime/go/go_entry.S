/* The first frame of a goroutine: a fresh context begins here, with its pp_m in the first argument
 * register and an aligned, empty stack. Unwinders stop: there is no caller. Section pp_hooks: such
 * frames are left out of samples. */
#include "runtime/go/switch_offsets.h"

#if defined(__x86_64__)
    .section pp_hooks, "ax", @progbits
    .globl pp_go_entry
    .hidden pp_go_entry
    .type pp_go_entry, @function
pp_go_entry:
    .cfi_startproc
    .cfi_undefined rip
    xorl %ebp, %ebp
    call pp_go_begin
    ud2
    .cfi_endproc
    .size pp_go_entry, . - pp_go_entry

/* fn(arg) on the stack that ends at the third argument. Unwinders go on to the caller, whose stack is
 * elsewhere: as for a signal's frame. */
    .text
    .globl pp_go_call_on
    .hidden pp_go_call_on
    .type pp_go_call_on, @function
pp_go_call_on:
    .cfi_startproc
    .cfi_signal_frame
    pushq %rbp
    .cfi_def_cfa_offset 16
    .cfi_offset rbp, -16
    movq %rsp, %rbp
    .cfi_def_cfa_register rbp
    movq %rdi, %rax
    movq %rsi, %rdi
    andq $-16, %rdx
    movq %rdx, %rsp
    call *%rax
    movq %rbp, %rsp
    popq %rbp
    .cfi_def_cfa rsp, 8
    ret
    .cfi_endproc
    .size pp_go_call_on, . - pp_go_call_on

.macro keep reg
    pushq %\reg
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset \reg, 0
.endm

.macro give_back_all
    .irp reg, r15, r14, r13, r12, rbx, rbp
    popq %\reg
    .cfi_adjust_cfa_offset -8
    .cfi_restore \reg
    .endr
.endm

/* jmpq *%rcx, by one of eight, always the same for the same place. The processor guesses where an
 * indirect jump goes from the lower 4 bits of the places that jumped last, some 15 of them, and
 * compilers begin loops at multiples of 16: two goroutines in two such loops look the same to it. A
 * wrong guess costs 7 ns. Whether a branch is taken it guesses from a longer past. */
.macro one_of_jumps bits
    .if \bits
    addl %r10d, %r10d
    jc .Lother\@
    one_of_jumps "(\bits - 1)"
.Lother\@:
    one_of_jumps "(\bits - 1)"
    .else
    jmpq *%rcx
    .endif
.endm

.macro jmp_to_rcx
    imull $0x9f23ffbb, %ecx, %r10d
    one_of_jumps 3
.endm

/* int pp_go_swap(struct pp_m *m, struct pp_g *from, struct pp_g *to, uint32_t *word, uint32_t value)
 *
 * Its caller ends in a jump to here: so `to` goes straight on in the code that called the API, by one
 * indirect jump, and no frame of ours is left to return from. (A return would be mispredicted each
 * time: the processor remembers the calls of another goroutine.) */
    .globl pp_go_swap
    .hidden pp_go_swap
    .type pp_go_swap, @function
pp_go_swap:
    .cfi_startproc
    .irp reg, rbp, rbx, r12, r13, r14, r15
    keep \reg
    .endr
    leaq .Lresumed(%rip), %rax
    movq %rax, PP_GO_G_PC(%rsi)
    movq %rsp, PP_GO_G_SP(%rsi)
    movq %rbp, PP_GO_G_FP(%rsi)
    movq PP_GO_G_PC(%rdx), %r9
    movq PP_GO_G_SP(%rdx), %rsp
    incl PP_GO_G_SEQ(%rsi)
    movl %r8d, (%rcx)
    cmpq %rax, %r9
    jne .Lelsewhere
.Lgo_on:
    cmpq $0, PP_GO_G_LATE(%rdx)
    movl PP_GO_G_RESULT(%rdx), %eax
    jne .Llate
    movl $0, PP_GO_M_BUSY(%rdi)
    .cfi_remember_state
    give_back_all
    popq %rcx
    .cfi_adjust_cfa_offset -8
    .cfi_register rip, rcx
    jmp_to_rcx
    .cfi_restore_state
    nop /* debuggers look up where a caller is one byte before */

/* Somebody else than pp_go_swap switched to here, with m as `carry`. */
.Lresumed:
    subq $8, %rsp
    .cfi_adjust_cfa_offset 8
    movq %rdi, (%rsp)
    call pp_go_arrive
    movq (%rsp), %rdi
    addq $8, %rsp
    .cfi_adjust_cfa_offset -8
    movq PP_GO_M_CURRENT(%rdi), %rdx
    jmp .Lgo_on

/* `to` was left in another way: it expects m as `carry`, and nothing left to do. */
.Lelsewhere:
    movl $PP_GO_AFTER_DONE_VALUE, PP_GO_M_AFTER(%rdi)
    movq PP_GO_G_FP(%rdx), %rbp
    jmpq *%r9

/* The wait was long enough for the block profile. */
.Llate:
    subq $8, %rsp
    .cfi_adjust_cfa_offset 8
    movl $0, PP_GO_M_BUSY(%rdi)
    movq %rdx, (%rsp)
    movq %rdx, %rdi
    call pp_go_late
    movq (%rsp), %rdx
    addq $8, %rsp
    .cfi_adjust_cfa_offset -8
    movl PP_GO_G_RESULT(%rdx), %eax
    give_back_all
    ret
    .cfi_endproc
    .size pp_go_swap, . - pp_go_swap

/* int pp_go_swap_last(struct pp_m *m, struct pp_g *from, struct pp_g *to): `from` has ended, and
 * nothing of it is saved. */
    .globl pp_go_swap_last
    .hidden pp_go_swap_last
    .type pp_go_swap_last, @function
pp_go_swap_last:
    .cfi_startproc
    movq PP_GO_G_PC(%rdx), %r9
    movq PP_GO_G_SP(%rdx), %rsp
    .cfi_adjust_cfa_offset 6 * 8 /* as the other was left by pp_go_swap */
    .cfi_rel_offset r15, 0
    .cfi_rel_offset r14, 8
    .cfi_rel_offset r13, 16
    .cfi_rel_offset r12, 24
    .cfi_rel_offset rbx, 32
    .cfi_rel_offset rbp, 40
    leaq .Lresumed(%rip), %rax
    incl PP_GO_G_SEQ(%rsi)
    cmpq %rax, %r9
    je .Lgo_on
    jmp .Lelsewhere
    .cfi_endproc
    .size pp_go_swap_last, . - pp_go_swap_last

/* What gcc ends PP_GO_BY_JUMP functions with. */
    .globl __x86_return_thunk
    .hidden __x86_return_thunk
    .type __x86_return_thunk, @function
__x86_return_thunk:
    .cfi_startproc
    popq %rcx
    .cfi_adjust_cfa_offset -8
    .cfi_register rip, rcx
    jmp_to_rcx
    .cfi_endproc
    .size __x86_return_thunk, . - __x86_return_thunk
#elif defined(__aarch64__)
    .section pp_hooks, "ax", @progbits
    .globl pp_go_entry
    .hidden pp_go_entry
    .type pp_go_entry, @function
pp_go_entry:
    .cfi_startproc
    .cfi_undefined x30
    mov x29, #0
    mov x30, #0
    bl pp_go_begin
    brk #1
    .cfi_endproc
    .size pp_go_entry, . - pp_go_entry

    .text
    .globl pp_go_call_on
    .hidden pp_go_call_on
    .type pp_go_call_on, @function
pp_go_call_on:
    .cfi_startproc
    .cfi_signal_frame
    stp x29, x30, [sp, #-16]!
    .cfi_def_cfa_offset 16
    .cfi_offset x29, -16
    .cfi_offset x30, -8
    mov x29, sp
    .cfi_def_cfa_register x29
    mov x9, x0
    mov x0, x1
    and x2, x2, #-16
    mov sp, x2
    blr x9
    mov sp, x29
    .cfi_def_cfa_register sp
    ldp x29, x30, [sp], #16
    .cfi_def_cfa_offset 0
    ret
    .cfi_endproc
    .size pp_go_call_on, . - pp_go_call_on
#endif
    .section .note.GNU-stack, "", %progbits
