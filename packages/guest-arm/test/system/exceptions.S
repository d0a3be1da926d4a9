// Takes every synchronous exception that EL0 and EL1 can cause and prints, for each, the vector taken (0 to 15), ESR,
// ELR, SPSR and FAR as hexadecimal digits. Loaded at 0x40200000, RAM from 0x40000000 to 0x48000000, UART at 0x09000000.
    .arch armv8-a
    .globl _start

    .equ TABLES, 0x40400000
    .equ L2, TABLES + 0x1000
    .equ L2B, TABLES + 0x2000
    .equ L3, TABLES + 0x3000
    .equ PAGES, 0x80000000

    // An instruction at EL1 that faults: the handler goes on behind it.
    .macro faults insn:vararg
    adr x19, .Lafter\@
    \insn
.Lafter\@:
    .endm

    // Instructions at EL0, the last of which faults.
    .macro at_el0 insn:vararg
    adr x19, .Lafter\@
    adr x0, .Luser\@
    msr elr_el1, x0
    mov x0, #0x3c0
    msr spsr_el1, x0
    eret
.Luser\@:
    \insn
    // If it does not fault, this does.
    svc #0xdead
.Lafter\@:
    .endm

    .macro mark letter
    mov w0, #\letter
    strb w0, [x20]
    mov w0, #10
    strb w0, [x20]
    .endm

    .macro entry table, index, lo, hi=0
    ldr x0, =(\table + \index * 8)
    ldr x1, =(\lo | (\hi << 32))
    str x1, [x0]
    .endm

    .macro vector index
    .balign 128
    mov x18, #\index
    b handler
    .endm

_start:
    movz x20, #0x0900, lsl #16
    ldr x0, =vectors
    msr vbar_el1, x0
    ldr x0, =0x40480000
    mov sp, x0

    mark 'A' // calls and undefined instructions, MMU off
    faults svc #0x1234
    msr spsel, #0
    ldr x0, =0x40490000
    mov sp, x0
    faults svc #1
    mov x0, sp
    bl show
    faults brk #0xffff
    faults .inst 0x00000000
    faults .inst 0xd4400020 // hlt #1
    faults smc #0
    faults .inst 0xd53c1100 // mrs x0, hcr_el2
    faults .inst 0xd51bffff // an unallocated system register
    ldr x0, =0xdeadbeef
    adr x19, 1f
    hvc #0
1:  bl show
    ldr x0, =0x84000000
    hvc #0
    bl show

    mark 'B' // FP trap
    faults fmov d0, #1.0
    faults add v0.4s, v1.4s, v2.4s
    faults mrs x0, fpcr
    faults ldr q0, [sp]
    mov x0, #(1 << 20)
    msr cpacr_el1, x0
    isb
    fmov d0, #1.0
    fmov x0, d0
    bl show

    mark 'C' // tables
    entry TABLES, 0, 0x00000401
    entry TABLES, 1, (L2 + 3)
    entry TABLES, 2, (L2B + 3)
    entry TABLES, 3, 0
    entry L2, 1, 0x402007c5
    entry L2, 2, 0x40400705
    entry L2, 3, 0x40600745
    entry L2B, 0, (L3 + 3)
    entry L2B, 1, 0
    entry L2B, 2, 0x40600305
    entry L2B, 3, 0x40600785
    entry L3, 0, 0x40500707
    entry L3, 1, 0
    entry L3, 2, 0x40500787
    entry L3, 3, 0x40500307
    entry L3, 4, 0x40500747
    entry L3, 5, 0x40500707, 0x00600000
    entry L3, 6, 0x40500707, 0x00008000
    entry L3, 7, 0x60000707
    entry L3, 8, 0x40508707
    entry L3, 9, 0
    entry L3, 10, 0x40500747, 0x00600000
    entry L3, 11, 0x405007c7
    dsb sy
    ldr x0, =0x4400 // attribute 0: device, 1: normal non-cacheable
    msr mair_el1, x0
    ldr x0, =0x400990019 // T0SZ and T1SZ 25, EPD1, 44 bits out
    msr tcr_el1, x0
    ldr x0, =TABLES
    msr ttbr0_el1, x0
    isb
    mrs x0, sctlr_el1
    orr x0, x0, #1
    bic x0, x0, #(1 << 16) // nTWI
    bic x0, x0, #(1 << 18) // nTWE
    msr sctlr_el1, x0
    isb
    mark 'D' // data aborts from EL1
    ldr x22, =PAGES
    ldr x0, [x22]
    ldr x0, =0x12345678
    str x0, [x22, #8]
    ldr x0, [x22, #8]
    bl show
    .irp page, 1, 2, 3, 5, 6, 7
    ldr x1, =(PAGES + \page * 0x1000 + 0x128)
    faults ldr x0, [x1]
    faults str x0, [x1]
    .endr
    ldr x1, =(PAGES + 0x200010)
    faults ldr x0, [x1]
    ldr x1, =(PAGES + 0x400018)
    faults ldrb w0, [x1]
    ldr x1, =(PAGES + 0x600020)
    faults strh w0, [x1]
    ldr x1, =0xc0000030
    faults ldr x0, [x1]
    ldr x1, =0x10000000000
    faults ldr x0, [x1]
    ldr x1, =0xffffff8000000000
    faults str x0, [x1]
    ldr x1, =0x8000000000000000
    faults str x0, [x1]

    mark 'E' // pairs and page crossings
    ldr x1, =(PAGES + 0x8ff8)
    faults ldp x2, x3, [x1]
    faults stp x2, x3, [x1]
    ldr x1, =(PAGES + 0x8ffc)
    faults ldr x2, [x1]
    faults str x2, [x1]
    ldr x1, =(PAGES + 0x0ff8)
    faults ldp x2, x3, [x1], #16
    mov x0, x1
    bl show
    faults str x2, [x1, #8]!
    mov x0, x1
    bl show
    ldr x1, =(PAGES + 0x1008)
    faults ldr q0, [x1, #-16]

    mark 'F' // alignment
    ldr x1, =(PAGES + 1)
    faults ldxr w0, [x1]
    faults ldaxp x2, x3, [x1]
    faults ldar x0, [x1]
    faults stlr x0, [x1]
    ldr w0, [x1]
    mrs x23, sctlr_el1
    orr x0, x23, #2
    msr sctlr_el1, x0
    isb
    faults ldr w0, [x1]
    faults strh w0, [x1]
    ldrb w0, [x1]
    ldr x2, =(PAGES + 4)
    ldp w0, w3, [x2]
    faults ldp x0, x3, [x2]
    faults ldr q0, [x2]
    msr sctlr_el1, x23
    isb

    mark 'G' // cache operations
    ldr x1, =(PAGES + 0x10f3)
    faults dc zva, x1
    ldr x1, =(PAGES + 0x20f3)
    faults dc zva, x1
    ldr x1, =(PAGES + 0x00f3)
    ldr x2, =(PAGES + 0x00c8)
    mov x0, #-1
    str x0, [x2]
    str x0, [x2, #-16]
    dc zva, x1
    ldr x0, [x2]
    bl show
    ldr x0, [x2, #-16]
    bl show
    dc cvau, x1
    ic ivau, x1

    mark 'H' // instruction aborts
    .irp page, 1, 3, 5, 6, 4
    ldr x1, =(PAGES + \page * 0x1000 + 0x10)
    faults blr x1
    .endr
    ldr x1, =0xc0000000
    faults br x1
    ldr x1, =(PAGES + 0x12)
    faults br x1
    ldr x1, =0xffff000000000000
    faults br x1

    mark 'I' // EL0
    at_el0 svc #0x77
    at_el0 brk #3
    at_el0 hvc #0
    at_el0 smc #0
    at_el0 mrs x0, sctlr_el1
    at_el0 mrs x0, midr_el1
    at_el0 mrs x5, ctr_el0
    at_el0 mrs x6, cntvct_el0
    at_el0 mrs x7, cntpct_el0
    at_el0 mrs x7, cntfrq_el0
    at_el0 mrs x8, daif
    at_el0 msr daifset, #2
    at_el0 msr daif, x0
    at_el0 msr spsel, #0
    at_el0 mrs x2, cntv_ctl_el0
    at_el0 mrs x2, pmccntr_el0
    at_el0 mrs x2, pmuserenr_el0
    at_el0 msr tpidrro_el0, x2
    at_el0 mrs x2, mdccsr_el0
    at_el0 eret
    at_el0 dc zva, x22
    at_el0 dc cvau, x22
    at_el0 dc ivac, x22
    at_el0 ic iallu
    at_el0 tlbi vmalle1
    at_el0 wfi
    at_el0 fmov d0, #1.0
    at_el0 udf #1
    .irp page, 0, 1, 2, 3, 11
    ldr x1, =(PAGES + \page * 0x1000 + 0x40)
    at_el0 ldr x0, [x1]
    at_el0 str x0, [x1]
    .endr
    ldr x1, =(PAGES + 0x4040)
    at_el0 ldr x0, [x1]
    ldr x1, =(PAGES + 0xa000)
    at_el0 br x1
    ldr x1, =(PAGES + 0x0000)
    at_el0 br x1
    ldr x1, =(PAGES + 0x4002)
    at_el0 br x1

    mark 'J' // EL0 with grants
    mrs x23, sctlr_el1
    ldr x0, =0x0405c200 // UCI, nTWE, nTWI, UCT, DZE, UMA
    orr x0, x0, x23
    msr sctlr_el1, x0
    mov x0, #0x303
    msr cntkctl_el1, x0
    mov x0, #1
    msr pmuserenr_el0, x0
    mov x0, #(3 << 20)
    msr cpacr_el1, x0
    isb
    at_el0 mrs x5, ctr_el0
    mov x0, x5
    bl show
    at_el0 mrs x5, cntfrq_el0
    mov x0, x5
    bl show
    at_el0 mrs x6, cntvct_el0
    at_el0 mrs x8, daif
    mov x0, x8
    bl show
    at_el0 mrs x5, dczid_el0
    mov x0, x5
    bl show
    at_el0 mrs x2, cntv_ctl_el0
    at_el0 dc zva, x22
    at_el0 dc cvau, x22
    at_el0 fmov d0, #1.0
    at_el0 mrs x2, pmccntr_el0
    ldr x1, =(PAGES + 0x4040)
    at_el0 dc zva, x1
    msr sctlr_el1, x23
    isb

    mark 'K' // unprivileged accesses from EL1
    ldr x1, =(PAGES + 0x40)
    faults ldtr x0, [x1]
    faults sttr x0, [x1]
    ldr x1, =(PAGES + 0x4040)
    ldtr x0, [x1]
    sttr x0, [x1]
    ldr x1, =(PAGES + 0xb040)
    faults sttrb w0, [x1]

    mark 'L' // illegal returns
    .irp spsr, 0x3c1, 0x3c9, 0x3cd, 0x800003d3, 0x3c2
    adr x19, 2f
    adr x0, 1f
    msr elr_el1, x0
    ldr x0, =\spsr
    msr spsr_el1, x0
    eret
1:  nop
2:
    .endr
    adr x19, 2f
    adr x0, 1f
    msr elr_el1, x0
    ldr x0, =0x201003c0 // legal, with IL set
    msr spsr_el1, x0
    eret
1:  nop
2:

    mark 'M' // single step
    msr oslar_el1, xzr
    mov x0, #1
    msr mdscr_el1, x0
    isb
    .irp insn, "nop", "b .+4", "ldxr w0, [x1]", "svc #5", "udf #0"
    ldr x1, =(PAGES + 0x4040)
    adr x19, 2f
    adr x0, 1f
    msr elr_el1, x0
    ldr x0, =0x2003c0
    msr spsr_el1, x0
    eret
1:  \insn
    svc #0xdead
2:
    .endr
    // without SPSR.SS the exception comes before the instruction
    adr x19, 2f
    adr x0, 1f
    msr elr_el1, x0
    ldr x0, =0x3c0
    msr spsr_el1, x0
    eret
1:  nop
2:  msr mdscr_el1, xzr
    isb

    mark 'N' // PSTATE access
    mrs x0, daif
    bl show
    msr daifclr, #4
    mrs x0, daif
    bl show
    msr daifset, #7
    mrs x0, daif
    bl show
    mov x0, #0x280
    msr daif, x0
    mrs x0, daif
    bl show
    mrs x0, currentel
    bl show
    mrs x0, spsel
    bl show
    mov x0, #0x50000000
    msr nzcv, x0
    mrs x0, nzcv
    bl show
    faults svc #2
    mrs x0, sp_el0
    bl show
    msr spsel, #0
    faults mrs x0, sp_el0
    msr spsel, #1
    faults mrs x0, sp_el1

    ldr x0, =0x84000008
    hvc #0
    b .

show:
    mov x17, x30
    bl hex
    mov w11, #10
    strb w11, [x20]
    ret x17

hex:
    mov x11, #60
1:  lsr x12, x0, x11
    and x12, x12, #15
    cmp x12, #10
    add x13, x12, #48
    add x14, x12, #87
    csel x12, x13, x14, lt
    strb w12, [x20]
    subs x11, x11, #4
    b.ge 1b
    mov w12, #32
    strb w12, [x20]
    ret

handler:
    mov x15, x30
    mov x16, x0
    mov x0, x18
    bl hex
    mrs x0, esr_el1
    bl hex
    mrs x0, elr_el1
    bl hex
    mrs x0, spsr_el1
    bl hex
    mrs x0, far_el1
    bl hex
    mov w11, #10
    strb w11, [x20]
    msr elr_el1, x19
    mov x0, #0x3c5
    msr spsr_el1, x0
    mov x0, x16
    mov x30, x15
    eret

    .balign 2048
vectors:
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    vector \n
    .endr
    .balign 8
    .ltorg
