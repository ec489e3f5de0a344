/* syscall(): a futex call that waits, io_uring_enter with a flag to wait, seccomp and capset go
 * through hooks, everything else jumps on, with every argument where the caller left it. Operations of
 * futex that wait, by bit: WAIT 0, LOCK_PI 6, WAIT_BITSET 9, WAIT_REQUEUE_PI 11, LOCK_PI2 13; the
 * flags PRIVATE (128) and CLOCK_REALTIME (256) are masked out. Flags of io_uring_enter that wait:
 * GETEVENTS 1, SQ_WAIT 4. */
#define WAITING_OPERATIONS 0x2a41
#define WAITING_FLAGS 5

/* The same number on all processors. */
#define NR_IO_URING_ENTER 426
#define NR_FUTEX_WAITV 449

    .section pp_hooks, "ax", %progbits
    .globl syscall
    .type syscall, %function
    .p2align 4
syscall:
    .cfi_startproc
#if defined(__x86_64__)
    endbr64
    cmpq $202, %rdi
    jne .Lother
    movl %edx, %eax
    andl $~0x180, %eax
    cmpl $13, %eax
    ja .Lpass
    movl $WAITING_OPERATIONS, %r11d
    btl %eax, %r11d
    jc pp_syscall_futex_wait
    jmp .Lpass
.Lother:
    cmpq $317, %rdi
    je pp_syscall_seccomp
    cmpq $126, %rdi
    je pp_syscall_capset
    cmpq $NR_FUTEX_WAITV, %rdi
    je pp_syscall_futex_wait
    cmpq $NR_IO_URING_ENTER, %rdi
    jne .Lpass
    testb $WAITING_FLAGS, %r8b
    jnz pp_syscall_ring_wait
.Lpass:
    jmp *pp_real_syscall(%rip)
#elif defined(__aarch64__)
    bti c
    cmp x0, #277
    b.eq .Lseccomp
    cmp x0, #91
    b.eq .Lcapset
    cmp x0, #NR_FUTEX_WAITV
    b.eq .Lwait
    cmp x0, #NR_IO_URING_ENTER
    b.eq .Lring
    cmp x0, #98
    b.ne .Lpass
    mov w9, #0x180
    bic w9, w2, w9
    cmp w9, #13
    b.hi .Lpass
    mov w10, #WAITING_OPERATIONS
    lsr w10, w10, w9
    tbz w10, #0, .Lpass /* a branch on a bit reaches 32 KiB only */
.Lwait:
    b pp_syscall_futex_wait
.Lring:
    mov w9, #WAITING_FLAGS
    tst w4, w9
    b.eq .Lpass
    b pp_syscall_ring_wait
.Lseccomp:
    b pp_syscall_seccomp
.Lcapset:
    b pp_syscall_capset
.Lpass:
    adrp x9, pp_real_syscall
    ldr x9, [x9, #:lo12:pp_real_syscall]
    br x9
#endif
    .cfi_endproc
    .size syscall, . - syscall
    .section .note.GNU-stack, "", %progbits
