// Resets the machine twice, then switches it off. RAM outlives a reset, but the program's own data is loaded again.
    .arch armv8-a
    .equ MANUAL, 1
    .include "runtime.inc"

main:
    ldr x20, =FREE
    ldr x6, [x20]
    ldr x0, =0x5000
    lsr x1, x6, #4
    cmp x1, x0, lsr #4
    csel x6, x6, x0, eq
    add x6, x6, #1
    str x6, [x20]
    print_value "start ", x6
    ldr x21, =datum
    ldr x0, [x21]
    str x6, [x21]
    print_value ", datum ", x0
    ldr x0, [x21]
    print_value ", now ", x0
    line
    and x6, x6, #15
    cmp x6, #3
    b.eq 1f
    // CPU 1 runs at the time of the reset
    ldr x0, =0xc4000003
    mov x1, #1
    adr x2, spin
    mov x3, #0
    hvc #0
    cbnz x0, 2f
3:  yield
    ldr x0, [x20, #8]
    cbz x0, 3b
2:  str xzr, [x20, #8]
    ldr x0, =0x84000009
    hvc #0
    b .
1:  print "end\n"
    b power_off
spin:
    ldr x1, =FREE
    mov x0, #1
    str x0, [x1, #8]
    b .
    .data
datum: .quad 0x1234
