// Loads, stores, jumps, table walks and DMA where there is nothing. RAM ends at 0x48000000.
    .arch armv8-a
    .equ HANDLER, 1
    .include "runtime.inc"

    .equ NOTHING, 0x50000000
    .equ RAM_END, 0x48000000

    .macro try text, insn:vararg
    mov x20, #-1
    adr x19, .Lafter\@
    \insn
.Lafter\@:
    print "\text"
    bl report
    .endm

main:
    mov x25, x30
    ldr x10, =NOTHING
    mov x0, #0x77
    mov x3, #0x77
    try "load", ldr x0, [x10]
    try "load of a byte", ldrb w0, [x10, #1]
    try "load of a pair", ldp x0, x3, [x10]
    try "load of a vector", ldr q0, [x10]
    try "load, base moves", ldr x0, [x10], #8
    try "store", str x0, [x10]
    try "store of a pair", stp x0, x3, [x10, #16]!
    try "store of a vector", str q0, [x10]
    try "store-release", stlr x0, [x10]
    try "load-exclusive", ldxr x0, [x10]
    try "zeroing", dc zva, x10
    ldr x6, =NOTHING
    sub x6, x10, x6
    print_value "base moved by ", x6
    line
    ldr x10, =RAM_END - 8
    try "last doubleword of RAM", ldr x6, [x10]
    ldr x10, =RAM_END - 4
    try "across the end of RAM", ldr x6, [x10]
    try "store across the end of RAM", str x6, [x10]
    ldr x10, =RAM_END
    try "behind the end of RAM", ldr x6, [x10]
    ldr x10, =NOTHING
    try "jump", br x10
    ldr x10, =NOTHING + 2
    try "jump to an odd address", br x10
    ldr x10, =UART
    try "jump to a device, execute-never", br x10

    // falls off the end of RAM
    ldr x10, =RAM_END - 8
    ldr w0, =0xd503201f
    stp w0, w0, [x10]
    dc cvau, x10
    dsb ish
    ic ivau, x10
    dsb ish
    isb
    try "runs off the end of RAM", br x10

    // a table of the third gigabyte's successor that is not there, and one whose level 3 is not
    ldr x0, =TABLES + 24
    ldr x1, =NOTHING + 3
    str x1, [x0]
    ldr x0, =L2 + 8
    str x1, [x0]
    dsb sy
    isb
    ldr x10, =0xc0000000
    try "walk, level 2", ldr x6, [x10]
    try "walk, level 2, store", str x6, [x10]
    try "walk, level 2, jump", br x10
    ldr x10, =WINDOW + 0x200000
    try "walk, level 3", ldr x6, [x10]
    try "walk, level 3, jump", br x10

    // MMU off
    mrs x0, sctlr_el1
    bic x0, x0, #1
    msr sctlr_el1, x0
    isb
    ldr x10, =NOTHING
    try "load, MMU off", ldr x6, [x10]
    try "jump, MMU off", br x10
    mov x10, #1 << 45
    try "beyond the physical address size", ldr x6, [x10]
    try "beyond, jump", br x10
    mov x10, #-8
    try "at the end of the address space", ldr x6, [x10]
    mrs x0, sctlr_el1
    orr x0, x0, #1
    msr sctlr_el1, x0
    isb
    // tables all in nothing: the next fetch faults, and so does the vector; there the program would stay
    mov x30, x25
    ret

report:
    mov x24, x30
    cmn x20, #1
    b.eq 1f
    print_value ": ESR ", x20
    print_value " FAR ", x21
    sub x22, x22, x19
    print_value " ELR ", x22
    line
    mov x30, x24
    ret
1:  print ": nothing happens\n"
    mov x30, x24
    ret

handler:
    cmp x18, #4
    b.ne 2f
    mrs x20, esr_el1
    mrs x21, far_el1
    mrs x22, elr_el1
    msr elr_el1, x19
    eret
2:  mrs x6, esr_el1
    mrs x7, elr_el1
    print_value "exception ", x6
    print_value " at ", x7
    line
    b power_off
