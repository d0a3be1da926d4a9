// Subroutines in hot code: called from several places, recursive, returning elsewhere, changing, faulting, interrupted.
// Each part is a page of its own, hot for long enough to be compiled as a whole.
    .arch armv8-a
    .equ HANDLER, 1
    .include "runtime.inc"

    // \register = counter ticks of \milliseconds from now
    .macro after register, milliseconds
    mrs x9, cntfrq_el0
    mov x10, #\milliseconds
    mul x9, x9, x10
    mov x10, #1000
    udiv x9, x9, x10
    isb
    mrs \register, cntvct_el0
    add \register, \register, x9
    .endm

    // back to \label until the time in x8; looks at the clock every 64th time that x3 has another value
    .macro until_late label
    tst x3, #63
    b.ne \label
    mrs x9, cntvct_el0
    cmp x9, x8
    b.lo \label
    .endm

    // w0: instruction, x1: where
    .macro write_instruction
    str w0, [x1]
    dc cvau, x1
    dsb ish
    ic ivau, x1
    dsb ish
    isb
    .endm

main:
    mov x25, x30

    after x8, 120
    bl places
    mov x1, #111
    msub x6, x1, x3, x0
    print_value "three places, sum off by: ", x6
    line

    after x8, 120
    mov x21, #0
    mov x20, #0
1:  mov x0, #12
    bl fib
    cmp x0, #144
    cinc x21, x21, ne
    add x20, x20, #1
    mov x3, x20
    until_late 1b
    print_value "recursion, wrong results: ", x21
    line

    after x8, 120
    bl skipping
    mov x1, #5
    msub x6, x1, x3, x0
    print_value "return beside the call, sum off by: ", x6
    line

    mov x20, #0
    mov x21, #0
1:  ldr w0, =0x52800002 + (2 << 5)  // movz w2, #2
    add w0, w0, w20, lsl #5
    ldr x1, =changed
    write_instruction
    after x8, 30
    bl changing
    add x2, x20, #2
    mul x2, x2, x3
    cmp x0, x2
    cinc x21, x21, ne
    add x20, x20, #1
    cmp x20, #8
    b.ne 1b
    print_value "subroutine rewritten, wrong sums: ", x21
    line

    // x10 leads to a word until it is late, then to nothing: the handler keeps what it sees and goes on behind the load
    ldr x0, =FREE
    map 0, x0
    after x8, 120
    ldr x11, =seen
    bl faulting
    ldr x1, =fault
    ldr x2, [x11]
    sub x6, x2, x1
    print_value "fault in a subroutine, ELR off by: ", x6
    ldr x2, [x11, #8]
    sub x6, x2, x21
    print_value " x3 off by: ", x6
    ldr x2, [x11, #16]
    sub x6, x2, x22
    print_value " x0 off by: ", x6
    line

    // a loop whose only way back is a return, which an interrupt ends
    ldr x0, =GICD
    mov w1, #1
    str w1, [x0]
    ldr w1, =0x0800ffff
    str w1, [x0, #0x100]
    ldr x0, =GICC
    mov w1, #0xf0
    str w1, [x0, #4]
    mov w1, #1
    str w1, [x0]
    after x8, 120
    msr cntv_cval_el0, x8
    mov x0, #1
    msr cntv_ctl_el0, x0
    ldr x12, =ticks
    msr daifclr, #2
    bl returning
    ldr x12, =ticks
    ldr w6, [x12]
    print_value "interrupts in a loop of returns: ", x6
    line
    mov x30, x25
    ret

// Only the exceptions of this program: a data abort, and the virtual timer. x18 is the vector.
handler:
    cmp x18, #5
    b.eq 1f
    stp x1, x2, [sp, #-16]!
    mrs x1, elr_el1
    str x1, [x11]
    str x3, [x11, #8]
    str x0, [x11, #16]
    add x1, x1, #4
    msr elr_el1, x1
    ldp x1, x2, [sp], #16
    eret
1:  stp x0, x1, [sp, #-16]!
    stp x2, x3, [sp, #-16]!
    ldr x2, =GICC
    ldr w1, [x2, #12]
    msr cntv_ctl_el0, xzr
    ldr x3, =ticks
    ldr w0, [x3]
    add w0, w0, #1
    str w0, [x3]
    str w1, [x2, #16]
    ldp x2, x3, [sp], #16
    ldp x0, x1, [sp], #16
    eret

    .ltorg
    .balign 4096
places:
    mov x24, x30
    mov x0, #0
    mov x3, #0
1:  mov x2, #1
    bl 2f
    mov x2, #10
    bl 2f
    mov x2, #100
    bl 2f
    add x3, x3, #1
    until_late 1b
    mov x30, x24
    ret
2:  add x0, x0, x2
    ret

    .balign 4096
fib:
    cmp x0, #2
    b.lo 1f
    stp x30, x19, [sp, #-32]!
    str x0, [sp, #16]
    sub x0, x0, #1
    bl fib
    mov x19, x0
    ldr x0, [sp, #16]
    sub x0, x0, #2
    bl fib
    add x0, x0, x19
    ldp x30, x19, [sp], #32
1:  ret

    .balign 4096
skipping:
    mov x24, x30
    mov x0, #0
    mov x3, #0
1:  bl 2f
    add x0, x0, #1000
    add x0, x0, #1
    bl 3f
    add x3, x3, #1
    until_late 1b
    mov x30, x24
    ret
2:  add x30, x30, #4
    add x0, x0, #2
    ret
3:  add x0, x0, #2
    ret

    .balign 4096
changing:
    mov x24, x30
    mov x0, #0
    mov x3, #0
1:  bl 2f
    add x0, x0, x2
    add x3, x3, #1
    until_late 1b
    mov x30, x24
    ret
2:
changed:
    movz w2, #0
    ret

    .balign 4096
faulting:
    mov x24, x30
    mov x0, #0
    mov x3, #0
    ldr x10, =WINDOW
1:  bl 2f
    add x0, x0, #3
    add x3, x3, #1
    until_late 1b
    ldr x10, =WINDOW + 0x1000
    mov x4, #100
3:  bl 2f
    mov x21, x3
    mov x22, x0
    add x3, x3, #1
    add x0, x0, #7
    subs x4, x4, #1
    b.ne 3b
    mov x30, x24
    ret
2:  add x0, x0, #5
fault:
    ldr x2, [x10]
    ret
    .ltorg

    .balign 4096
returning:
    mov x24, x30
    bl 2f
    bl 3f
    mov x30, x24
    ret
2:  ret
3:  add x3, x3, #1
    ldr w0, [x12]
    cbnz w0, 2b
    sub x30, x30, #4
    ret

    .balign 4096
    .data
    .balign 64
ticks: .word 0
    .balign 64
seen: .quad 0, 0, 0
