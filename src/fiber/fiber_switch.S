/* fiber_switch.S - void fiber_switch(void **save_sp, void *to_sp), for x86-64 and aarch64.
 *
 * Saves the registers a call must keep on this stack, and where they lie in *save_sp; takes up
 * what the other stack saved. Both stacks look alike at the swap, so one set of unwinding rules
 * holds on either side. fiber_begin is where a new stack starts; it ends every backtrace. What is
 * saved follows the System V psABI for AMD64 and the AAPCS64. */
        .text
        .globl  fiber_switch, fiber_begin
        .hidden fiber_switch, fiber_begin
        .type   fiber_switch, %function
        .type   fiber_begin, %function

#if defined(__x86_64__)

fiber_switch:
        .cfi_startproc
        endbr64
        .irp    reg, rbp, rbx, r12, r13, r14, r15
        pushq   %\reg
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset \reg, 0
        .endr
        movq    %rsp, (%rdi)
        movq    %rsi, %rsp
        .irp    reg, r15, r14, r13, r12, rbx, rbp
        popq    %\reg
        .cfi_adjust_cfa_offset -8
        .cfi_restore \reg
        .endr
        popq    %rcx                    /* not ret: that would be predicted wrongly, always */
        .cfi_adjust_cfa_offset -8
        .cfi_register rip, rcx
        jmp     *%rcx
        .cfi_endproc
        .size   fiber_switch, . - fiber_switch

fiber_begin:
        .cfi_startproc
        .cfi_undefined rip
        endbr64
        call    fiber_main
        ud2
        .cfi_endproc
        .size   fiber_begin, . - fiber_begin

#elif defined(__aarch64__)

fiber_switch:
        .cfi_startproc
        hint    #34                     /* bti c */
        stp     x29, x30, [sp, #-160]!
        .cfi_def_cfa_offset 160
        .cfi_offset x29, -160
        .cfi_offset x30, -152
        stp     x19, x20, [sp, #16]
        stp     x21, x22, [sp, #32]
        stp     x23, x24, [sp, #48]
        stp     x25, x26, [sp, #64]
        stp     x27, x28, [sp, #80]
        stp     d8,  d9,  [sp, #96]
        stp     d10, d11, [sp, #112]
        stp     d12, d13, [sp, #128]
        stp     d14, d15, [sp, #144]
        mov     x9, sp
        str     x9, [x0]
        mov     sp, x1
        ldp     x19, x20, [sp, #16]
        ldp     x21, x22, [sp, #32]
        ldp     x23, x24, [sp, #48]
        ldp     x25, x26, [sp, #64]
        ldp     x27, x28, [sp, #80]
        ldp     d8,  d9,  [sp, #96]
        ldp     d10, d11, [sp, #112]
        ldp     d12, d13, [sp, #128]
        ldp     d14, d15, [sp, #144]
        ldp     x29, x30, [sp], #160
        .cfi_def_cfa_offset 0
        ret
        .cfi_endproc
        .size   fiber_switch, . - fiber_switch

fiber_begin:
        .cfi_startproc
        .cfi_undefined x30
        hint    #34
        bl      fiber_main
        brk     #0
        .cfi_endproc
        .size   fiber_begin, . - fiber_begin

#else
#error "fiber_switch is written for x86-64 and aarch64"
#endif
        .section .note.GNU-stack, "", %progbits
