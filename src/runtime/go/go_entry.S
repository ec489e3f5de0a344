/* The first frame of a goroutine: a fresh context begins here, with its pp_m in the first argument
 * register and an aligned, empty stack. Unwinders stop: there is no caller. Section pp_hooks: such
 * frames are left out of samples. */
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
