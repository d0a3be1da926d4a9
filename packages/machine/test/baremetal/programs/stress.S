// All that stops or disturbs other CPUs, on all CPUs at once for a second: pairs of 64 bits (exclusive sections), TLB
// maintenance broadcast, code that changes. Nothing may be lost, and it must come to an end.
    .arch armv8-a
    .equ HANDLER, 1
    .include "runtime.inc"

main:
    mov x25, x30
    cbnz x28, 1f
    ldr x0, =FREE
    map 0, x0
    ldr x0, =FREE + 0x1000
    map 1, x0
1:  bl barrier
    mrs x20, cntfrq_el0
    lsr x20, x20, #1
    mrs x0, cntvct_el0
    add x20, x20, x0
    // x21 increments, x22 wrong results, x23 random numbers, x24 rounds
    mov x21, #0
    mov x22, #0
    mov x24, #0
    add x23, x28, #0x35
    mul x23, x23, x0
    orr x23, x23, #1
    // own function, all in one page
    ldr x26, =functions
    add x26, x26, x28, lsl #6

next:
    add x24, x24, #1
    eor x23, x23, x23, lsl #13
    eor x23, x23, x23, lsr #7
    eor x23, x23, x23, lsl #17
    and x0, x23, #7
    adr x1, table
    ldrb w0, [x1, x0]
    add x1, x1, w0, uxtb #2
    br x1

table:
    .byte (pair - table) / 4, (pair - table) / 4, (flush_page - table) / 4, (flush_all - table) / 4
    .byte (change - table) / 4, (change - table) / 4, (window - table) / 4, (read_only - table) / 4

pair:
    ldr x0, =shared
2:  ldxp x1, x2, [x0]
    add x1, x1, #1
    add x2, x2, #3
    stxp w3, x1, x2, [x0]
    cbnz w3, 2b
    add x21, x21, #1
    b often

// the same through a page of the window that others flush and write-protect
window:
    ldr x0, =WINDOW
2:  ldaxp x1, x2, [x0]
    add x1, x1, #1
    add x2, x2, #3
    stlxp w3, x1, x2, [x0]
    cbnz w3, 2b
    add x21, x21, #1
    b often

flush_page:
    mov x0, #0x80000
    dsb ishst
    tlbi vae1is, x0
    dsb ish
    isb
    b often

flush_all:
    dsb ishst
    tlbi vmalle1is
    dsb ish
    isb
    b often

// takes the right to write away; the handler of whoever needs it gives it back
read_only:
    ldr x0, =L3
    ldr x1, =FREE + PAGE_RO
    str x1, [x0]
    dsb ishst
    mov x0, #0x80000
    tlbi vae1is, x0
    dsb ish
    isb
    b often

change:
    ubfx x0, x23, #20, #16
    ldr w1, =0x52800000
    orr w1, w1, w0, lsl #5
    str w1, [x26]
    dc cvau, x26
    dsb ish
    ic ivau, x26
    dsb ish
    isb
    mov x1, x0
    blr x26
    cmp x0, x1
    cinc x22, x22, ne

often:
    mrs x0, cntvct_el0
    cmp x0, x20
    b.lo next

    ldr x0, =totals
2:  ldaxr x1, [x0]
    add x1, x1, x21
    stlxr w2, x1, [x0]
    cbnz w2, 2b
    add x0, x0, #8
2:  ldaxr x1, [x0]
    add x1, x1, x22
    stlxr w2, x1, [x0]
    cbnz w2, 2b
    add x0, x0, #8
2:  ldaxr x1, [x0]
    add x1, x1, x24
    stlxr w2, x1, [x0]
    cbnz w2, 2b
    bl barrier
    cbnz x28, 3f
    ldr x0, =totals
    ldp x1, x22, [x0]
    ldr x24, [x0, #16]
    ldr x0, =shared
    ldp x2, x3, [x0]
    ldr x0, =FREE
    ldp x4, x5, [x0]
    add x2, x2, x4
    add x3, x3, x5
    sub x20, x2, x1
    add x1, x1, x1, lsl #1
    sub x21, x3, x1
    print_value "increments missing: ", x20
    line
    print_value "second halves missing: ", x21
    line
    print_value "old code run: ", x22
    line
    print_value "~ rounds: ", x24
    line
3:  mov x30, x25
    ret

handler:
    stp x0, x1, [sp, #-16]!
    mrs x0, esr_el1
    and x0, x0, #0xffffffffffffffbf
    mov x1, #0xf
    movk x1, #0x9600, lsl #16
    cmp x0, x1
    b.ne 1f
    ldr x0, =L3
    ldr x1, =FREE + PAGE_RW
    str x1, [x0]
    dsb ishst
    mov x0, #0x80000
    tlbi vae1is, x0
    dsb ish
    isb
    ldp x0, x1, [sp], #16
    eret
1:  mrs x6, esr_el1
    mrs x7, elr_el1
    print_value "exception ", x6
    print_value " at ", x7
    line
    b power_off

    .balign 4096
functions:
    .rept 8
    movz w0, #0
    ret
    .balign 64
    .endr
    .balign 4096

    .data
    .balign 64
shared: .quad 0, 0
    .balign 64
totals: .quad 0, 0, 0
