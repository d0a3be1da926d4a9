// Every CPU adds to shared counters; nothing may get lost. Prints the counters in the end.
    .arch armv8-a+lse
    .include "runtime.inc"

    .equ ROUNDS, 20000
    .equ PAIR_ROUNDS, 150

    .macro counter number
    ldr x1, =counters + \number * 64
    .endm

    .macro show text, number
    counter \number
    ldr x6, [x1]
    print_value "\text ", x6
    line
    .endm

    .macro print_second number, text
    counter \number
    ldr x6, [x1, #8]
    print_value "\text ", x6
    line
    .endm

main:
    mov x25, x30
    bl barrier

    counter 0
    ldr x0, =ROUNDS
1:  ldxr x2, [x1]
    add x2, x2, #1
    stxr w3, x2, [x1]
    cbnz w3, 1b
    subs x0, x0, #1
    b.ne 1b

    counter 1
    ldr x0, =ROUNDS
1:  ldaxr w2, [x1]
    add w2, w2, #3
    stlxr w3, w2, [x1]
    cbnz w3, 1b
    subs x0, x0, #1
    b.ne 1b

    // bytes and halfwords of one doubleword: each CPU its own byte, all of them one halfword
    counter 2
    and x4, x28, #3
    add x4, x1, x4
    add x5, x1, #6
    ldr x0, =ROUNDS
1:  ldxrb w2, [x4]
    add w2, w2, #1
    stxrb w3, w2, [x4]
    cbnz w3, 1b
2:  ldxrh w2, [x5]
    add w2, w2, #1
    stxrh w3, w2, [x5]
    cbnz w3, 2b
    subs x0, x0, #1
    b.ne 1b

    // pairs of 32 bits
    counter 3
    ldr x0, =ROUNDS
1:  ldaxp w2, w4, [x1]
    add w2, w2, #1
    add w4, w4, #2
    stlxp w3, w2, w4, [x1]
    cbnz w3, 1b
    subs x0, x0, #1
    b.ne 1b

    // pairs of 64 bits
    counter 4
    mov x0, #PAIR_ROUNDS
1:  ldxp x2, x4, [x1]
    add x2, x2, #1
    add x4, x4, #2
    stxp w3, x2, x4, [x1]
    cbnz w3, 1b
    subs x0, x0, #1
    b.ne 1b

    // a lock around plain accesses
    counter 5
    add x5, x1, #32
    ldr x0, =ROUNDS
    mov w6, #1
1:  ldaxr w2, [x5]
    cbnz w2, 4f
    stxr w3, w6, [x5]
    cbnz w3, 1b
    ldr x2, [x1]
    add x2, x2, #1
    str x2, [x1]
    ldr x2, [x1, #8]
    add x2, x2, #5
    str x2, [x1, #8]
    stlr wzr, [x5]
    subs x0, x0, #1
    b.ne 1b
    b 5f
4:  yield
    b 1b
5:

    mrs x0, id_aa64isar0_el1
    ubfx x0, x0, #20, #4
    cbz x0, no_lse

    // additions, without and with ordering, of 64, 32 and 8 bits
    counter 6
    add x4, x1, #8
    add x5, x1, #16
    add x5, x5, x28
    ldr x0, =ROUNDS
    mov x2, #1
    mov w6, #7
1:  ldadd x2, x3, [x1]
    ldaddal w6, w3, [x4]
    staddb w2, [x5]
    subs x0, x0, #1
    b.ne 1b

    // compare and swap
    counter 7
    ldr x0, =ROUNDS
1:  ldr x2, [x1]
2:  add x3, x2, #1
    mov x4, x2
    casal x2, x3, [x1]
    cmp x2, x4
    b.ne 2b
    subs x0, x0, #1
    b.ne 1b

    // a lock by swap
    counter 8
    add x5, x1, #32
    ldr x0, =ROUNDS
    mov w6, #1
1:  swpa w6, w2, [x5]
    cbnz w2, 4f
    ldr x2, [x1]
    add x2, x2, #1
    str x2, [x1]
    swpl wzr, w2, [x5]
    subs x0, x0, #1
    b.ne 1b
    b 5f
4:  yield
    b 1b
5:

    // pairs
    counter 9
    mov x0, #PAIR_ROUNDS
1:  ldp x2, x3, [x1]
2:  mov x6, x2
    mov x7, x3
    add x4, x2, #1
    add x5, x3, #2
    caspal x2, x3, x4, x5, [x1]
    cmp x2, x6
    ccmp x3, x7, #0, eq
    b.ne 2b
    subs x0, x0, #1
    b.ne 1b

    // bits: each CPU sets and clears its own, and maxima
    counter 10
    mov x2, #1
    lsl x2, x2, x28
    add x4, x1, #8
    ldr x0, =ROUNDS
1:  ldsetal x2, x3, [x1]
    tst x3, x2
    b.ne lost
    ldclral x2, x3, [x1]
    tst x3, x2
    b.eq lost
    ldeoral x2, x3, [x1]
    steorl x2, [x1]
    stumaxl x0, [x4]
    subs x0, x0, #1
    b.ne 1b
no_lse:
    bl barrier
    cbnz x28, 9f
    show "ldxr/stxr", 0
    show "ldaxr/stlxr", 1
    show "bytes and halfword", 2
    show "ldaxp/stlxp of words", 3
    show "ldxp/stxp", 4
    show "lock", 5
    show "ldadd", 6
    show "cas", 7
    show "swp", 8
    show "casp", 9
    show "bits", 10
    print_second 4, "ldxp/stxp, second"
    print_second 5, "lock, second"
    print_second 6, "ldaddal, second"
    print_second 9, "casp, second"
    print_second 10, "maximum"
9:  mov x30, x25
    ret
lost:
    print "a bit of another CPU changed\n"
    b power_off

    .data
    .balign 64
counters: .skip 16 * 64
