// Runs at EL2: for each configuration of the EL1&0 regime and each address, does AT S1E1R, S1E1W, S1E0R, S1E0W and,
// where PAN exists, S1E1RP and S1E1WP with PSTATE.PAN set, and prints PAR_EL1 of each as 16 hexadecimal digits.
// Cases at 0x45000000: count, then per configuration TCR, TTBR0, TTBR1, MAIR, SCTLR, number of addresses, addresses.
    .arch armv8.2-a
    .globl _start
    .macro result op
    at \op, x4
    isb
    mrs x0, par_el1
    bl show
    .endm
_start:
    mov x0, #(1 << 31)
    msr hcr_el2, x0
    movz x20, #0x0900, lsl #16
    movz x19, #0x4500, lsl #16
    mrs x21, id_aa64mmfr1_el1
    ubfx x21, x21, #20, #4
    cbz x21, 1f
    msr pan, #1
1:  ldr x22, [x19], #8
2:  cbz x22, 9f
    sub x22, x22, #1
    ldp x0, x1, [x19], #16
    msr tcr_el1, x0
    msr ttbr0_el1, x1
    ldp x0, x1, [x19], #16
    msr ttbr1_el1, x0
    msr mair_el1, x1
    ldp x0, x23, [x19], #16
    msr sctlr_el1, x0
    isb
3:  cbz x23, 2b
    sub x23, x23, #1
    ldr x4, [x19], #8
    result s1e1r
    result s1e1w
    result s1e0r
    result s1e0w
    cbz x21, 3b
    result s1e1rp
    result s1e1wp
    b 3b
9:  movz x0, #0x0008
    movk x0, #0x8400, lsl #16
    smc #0
    b .
show:
    mov x2, #60
5:  lsr x3, x0, x2
    and x3, x3, #15
    cmp x3, #10
    add x5, x3, #48
    add x6, x3, #87
    csel x3, x5, x6, lt
    strb w3, [x20]
    subs x2, x2, #4
    b.ge 5b
    mov w3, #10
    strb w3, [x20]
    ret
