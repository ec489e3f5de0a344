/* dlopen, dlmopen and dlclose as this library exports them: note that the module list is about to
 * change, then jump to the real function. A jump, not a call: the loader looks at the return
 * address to find the caller's search path and namespace. */
#if defined(__x86_64__)

/* A call between two instructions of the caller's, whose arguments are kept. */
.macro call_keeping function
    pushq %rdi
    .cfi_adjust_cfa_offset 8
    pushq %rsi
    .cfi_adjust_cfa_offset 8
    pushq %rdx
    .cfi_adjust_cfa_offset 8
    call \function
    popq %rdx
    .cfi_adjust_cfa_offset -8
    popq %rsi
    .cfi_adjust_cfa_offset -8
    popq %rdi
    .cfi_adjust_cfa_offset -8
.endm

.macro hook name
    .globl \name
    .type \name, @function
    .p2align 4
\name:
    .cfi_startproc
    endbr64
    movl $1, pp_modules_stale(%rip)
    lock incl pp_modules_generation(%rip)
    cmpl $0, pp_modules_watched(%rip)
    jnz 2f
3:  movq pp_real_\name(%rip), %rax
    testq %rax, %rax
    jz 1f
    jmp *%rax
1:  /* First use: find the real functions. */
    call_keeping pp_dlopen_resolve
    movq pp_real_\name(%rip), %rax
    jmp *%rax
2:  call_keeping pp_modules_wake
    jmp 3b
    .cfi_endproc
    .size \name, . - \name
.endm

#elif defined(__aarch64__)

.macro hook name
    .globl \name
    .type \name, %function
    .p2align 4
\name:
    .cfi_startproc
    hint #34 /* bti c */
    adrp x16, pp_modules_stale
    mov w17, #1
    str w17, [x16, :lo12:pp_modules_stale]
    adrp x16, pp_modules_generation
    add x16, x16, :lo12:pp_modules_generation
2:  ldxr w17, [x16]
    add w17, w17, #1
    stlxr w9, w17, [x16]
    cbnz w9, 2b
    adrp x16, pp_real_\name
    ldr x16, [x16, :lo12:pp_real_\name]
    cbz x16, 1f
    br x16
1:  stp x29, x30, [sp, #-48]!
    .cfi_adjust_cfa_offset 48
    .cfi_rel_offset x29, 0
    .cfi_rel_offset x30, 8
    stp x0, x1, [sp, #16]
    str x2, [sp, #32]
    bl pp_dlopen_resolve
    ldp x0, x1, [sp, #16]
    ldr x2, [sp, #32]
    ldp x29, x30, [sp], #48
    .cfi_adjust_cfa_offset -48
    .cfi_restore x29
    .cfi_restore x30
    adrp x16, pp_real_\name
    ldr x16, [x16, :lo12:pp_real_\name]
    br x16
    .cfi_endproc
    .size \name, . - \name
.endm

#endif

    .text
    hook dlopen
    hook dlmopen
    hook dlclose

    .section .note.GNU-stack, "", %progbits
