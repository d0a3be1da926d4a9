// Accesses that fault in part. Page 0 of the window is mapped, 1 is not, 2 is, 3 is read-only, 4 is not mapped. Each
// instruction is tried with its base at several distances from the boundaries between them. A line per try: ESR, FAR
// (from the start of the window), the registers that changed (a bit each: x0 to x3, x10, halves of v0, of v1).
    .arch armv8-a
    .equ HANDLER, 1
    .include "runtime.inc"

    .equ MAPPED_UNMAPPED, WINDOW + 0x1000
    .equ UNMAPPED_MAPPED, WINDOW + 0x2000
    .equ WRITABLE_READONLY, WINDOW + 0x3000
    .equ READONLY_UNMAPPED, WINDOW + 0x4000

    .macro try base, insn:vararg
    ldr x10, =\base
    bl prepare
    adr x19, .Lafter\@
    \insn
.Lafter\@:
    bl report
    .endm

    // at each boundary, and so many bytes before it
    .macro around distances, insn:vararg
    bl fill
    print_text_of "\insn"
    .irp distance, \distances
    try MAPPED_UNMAPPED - \distance, \insn
    try UNMAPPED_MAPPED - \distance, \insn
    try WRITABLE_READONLY - \distance, \insn
    try READONLY_UNMAPPED - \distance, \insn
    .endr
    .endm

    .macro print_text_of text
    print "\text\n"
    .endm

    // The handler maps page 1, and the instruction is done again.
    .macro again base, insn:vararg
    mov x23, #1
    try \base, \insn
    str x0, [sp, #-16]!
    ldr x0, =L3 + 8
    str xzr, [x0]
    dsb ishst
    tlbi vmalle1
    dsb ish
    isb
    ldr x6, [sp], #16
    print_value "  x0 ", x6
    ldr x6, =\base
    sub x6, x10, x6
    print_value " base moved by ", x6
    line
    .endm

main:
    mov x25, x30
    mov x23, #0
    bl fill
    ldr x0, =FREE
    map 0, x0
    ldr x0, =FREE + 0x2000
    map 2, x0
    ldr x0, =FREE + 0x3000
    map 3, x0, PAGE_RO

    around "16,12,8,4,0", ldp x0, x1, [x10]
    around "12,8,4", ldp x0, x1, [x10], #16
    around "12,8,4", ldp x0, x1, [x10, #0]!
    around "12,8,4", ldp x10, x1, [x10]
    around "12,8,4", ldp x0, x10, [x10]
    around "8,6,4,2,0", ldp w0, w1, [x10]
    around "8,4,2", ldpsw x0, x1, [x10], #8
    around "12,8,4", ldnp x0, x1, [x10]
    around "16,12,8,4,0", stp x0, x1, [x10]
    around "12,8,4", stp x0, x1, [x10], #16
    around "12,8,4", stp x0, x1, [x10, #0]!
    around "6,4,2", stp w0, w1, [x10]
    around "12,8,4", stnp x0, x1, [x10]
    around "8,7,4,1,0", ldr x0, [x10]
    around "4,1", ldr x0, [x10], #8
    around "4,1", ldr x0, [x10, #0]!
    around "4,1", ldr x10, [x10]
    around "3,1", ldr w0, [x10], #4
    around "1", ldrh w0, [x10]
    around "1", ldrsh x0, [x10], #2
    around "1,0", ldrb w0, [x10], #1
    around "8,7,4,1,0", str x0, [x10]
    around "4,1", str x0, [x10], #8
    around "4,1", str x0, [x10, #0]!
    around "4,1", str x10, [x10]
    around "3", str w0, [x10], #4
    around "1", strh w0, [x10]
    around "1,0", strb w0, [x10], #1
    around "16,15,8,4,1,0", ldr q0, [x10]
    around "8,1", ldr q0, [x10], #16
    around "16,12,8,1,0", str q0, [x10]
    around "8", str q0, [x10], #16
    around "32,24,16,8,0", ldp q0, q1, [x10]
    around "24,16,8", ldp q0, q1, [x10], #32
    around "12,8,4", ldp d0, d1, [x10]
    around "16,8,0", stp q0, q1, [x10], #32
    around "8,4", stp d0, d1, [x10]
    around "16,8", ld1 {v0.16b}, [x10]
    around "16,8,0", st1 {v0.16b}, [x10]
    around "8,0", ldxr x0, [x10]
    around "16,0", ldaxp x0, x1, [x10]
    around "4,1", ldxr x0, [x10]
    around "8", ldxp x0, x1, [x10]
    around "4", ldar x0, [x10]
    around "4", stlr x0, [x10]
    around "8,0", stlr x0, [x10]
    around "8,4", ldtr x0, [x10]
    around "64,1", dc zva, x10

    bl fill
    print "again\n"
    again MAPPED_UNMAPPED - 8, ldp x0, x1, [x10], #16
    again MAPPED_UNMAPPED - 4, ldp x0, x1, [x10], #16
    again MAPPED_UNMAPPED - 12, ldp x0, x1, [x10, #8]!
    again MAPPED_UNMAPPED - 4, ldr x0, [x10], #8
    again MAPPED_UNMAPPED + 16, ldr x0, [x10], #8
    again MAPPED_UNMAPPED - 16, ldr x0, [x10, #24]!
    again UNMAPPED_MAPPED - 8, ldp x1, x0, [x10], #-16
    again UNMAPPED_MAPPED - 3, ldr x0, [x10], #255
    again MAPPED_UNMAPPED - 8, ldp x10, x0, [x10]
    again MAPPED_UNMAPPED - 8, stp x0, x1, [x10], #16
    again MAPPED_UNMAPPED - 4, stp x0, x1, [x10, #-8]!
    again MAPPED_UNMAPPED - 4, str x0, [x10], #8
    ldr x0, =FREE + 0xfe0
    mov x20, #0
2:  ldr x6, [x0, x20]
    str x0, [sp, #-16]!
    print_value "", x6
    line
    ldr x0, [sp], #16
    add x20, x20, #8
    cmp x20, #64
    b.ne 2b
    mov x30, x25
    ret

fill:
    ldr x0, =FREE
    mov x1, #0
1:  str x1, [x0, x1]
    add x1, x1, #8
    cmp x1, #0x4000
    b.ne 1b
    ret

prepare:
    ldr x0, =0xa0a1a2a3a4a5a6a7
    ldr x1, =0xb0b1b2b3b4b5b6b7
    ldr x2, =0xc0c1c2c3c4c5c6c7
    ldr x3, =0xd0d1d2d3d4d5d6d7
    fmov d0, x2
    mov v0.d[1], x3
    fmov d1, x0
    mov v1.d[1], x1
    mov x24, x10
    mov x20, #-1
    ret

report:
    stp x30, x0, [sp, #-32]!
    str x1, [sp, #16]
    mov x15, #0
    .macro differs bit, register, value
    ldr x14, =\value
    cmp \register, x14
    cset x14, ne
    orr x15, x15, x14, lsl #\bit
    .endm
    differs 0, x0, 0xa0a1a2a3a4a5a6a7
    differs 1, x1, 0xb0b1b2b3b4b5b6b7
    differs 2, x2, 0xc0c1c2c3c4c5c6c7
    differs 3, x3, 0xd0d1d2d3d4d5d6d7
    cmp x10, x24
    cset x14, ne
    orr x15, x15, x14, lsl #4
    fmov x13, d0
    differs 5, x13, 0xc0c1c2c3c4c5c6c7
    mov x13, v0.d[1]
    differs 6, x13, 0xd0d1d2d3d4d5d6d7
    fmov x13, d1
    differs 7, x13, 0xa0a1a2a3a4a5a6a7
    mov x13, v1.d[1]
    differs 8, x13, 0xb0b1b2b3b4b5b6b7
    cmn x20, #1
    b.eq 1f
    ldr x14, =WINDOW
    sub x21, x21, x14
    print_value "  ", x20
    print_value " ", x21
    b 2f
1:  print "  none"
2:  print_value " ", x15
    line
    ldr x1, [sp, #16]
    ldp x30, x0, [sp], #32
    ret

handler:
    cmp x18, #4
    b.ne 2f
    mrs x20, esr_el1
    mrs x21, far_el1
    cbnz x23, 1f
    mrs x22, elr_el1
    add x22, x22, #4
    cmp x22, x19
    b.ne 2f
    msr elr_el1, x19
    eret
1:  stp x0, x1, [sp, #-16]!
    ldr x0, =FREE + 0x1000
    map 1, x0
    mov x23, #0
    ldp x0, x1, [sp], #16
    eret
2:  mrs x6, esr_el1
    mrs x7, elr_el1
    print_value "exception ", x6
    print_value " at ", x7
    line
    b power_off
