/* See stub.h. On entry: rdi the block, the stack aligned as for a call. Position-independent. */
#if defined(__x86_64__)
    .section .rodata
    .globl pp_stub_start, pp_stub_end
    .hidden pp_stub_start, pp_stub_end
pp_stub_start:
    movq %rdi, %rbx
    call *16(%rbx)
    movq %rax, %r12             /* where errno is, and what it was */
    movl (%rax), %r13d
    movq 0(%rbx), %rax
    testq %rax, %rax
    jz 1f
    movq 32(%rbx), %rdi
    movq 24(%rbx), %rsi
    call *%rax
    movq %rax, 56(%rbx)
    testq %rax, %rax
    jz 3f
    movq (%rax), %rax           /* a handle's first word is where its file lies */
    jmp 2f
1:  xorl %eax, %eax
2:  addq 40(%rbx), %rax
    movq 48(%rbx), %rdi
    call *%rax
    movq $1, 72(%rbx)
    jmp 5f
3:  movq 8(%rbx), %rax
    testq %rax, %rax
    jz 5f
    call *%rax
    testq %rax, %rax
    jz 5f
    leaq 80(%rbx), %rdi
    movl $255, %ecx
4:  movb (%rax), %dl
    movb %dl, (%rdi)
    testb %dl, %dl
    jz 5f
    incq %rax
    incq %rdi
    decl %ecx
    jnz 4b
5:  movl %r13d, (%r12)
    movq 64(%rbx), %rsp
    movl $15, %eax              /* rt_sigreturn */
    syscall
    ud2
pp_stub_end:
#endif
    .section .note.GNU-stack, "", %progbits
