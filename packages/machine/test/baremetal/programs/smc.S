// Code that changes: by the CPU that runs it, ahead of itself in one block, in a loop that is hot, and by another CPU.
    .arch armv8-a
    .include "runtime.inc"

    // movz w0, #0
    .equ MOVZ, 0x52800000

    // w0: instruction, x1: where. Changes nothing else.
    .macro write_instruction
    str w0, [x1]
    dc cvau, x1
    dsb ish
    ic ivau, x1
    dsb ish
    isb
    .endm

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

main:
    mov x25, x30
    cbnz x28, executor

    // a function that is rewritten before each call
    mov x20, #0
    mov x21, #0
1:  ldr w0, =MOVZ
    orr w0, w0, w20, lsl #5
    ldr x1, =patched
    write_instruction
    bl patched
    cmp w0, w20
    cinc x21, x21, ne
    add x20, x20, #1
    cmp x20, #250
    b.ne 1b
    print_value "function rewritten, wrong results: ", x21
    line

    // an instruction a few ahead of the store, in the same block
    mov x20, #0
    mov x21, #0
1:  ldr w0, =MOVZ
    orr w0, w0, w20, lsl #5
    adr x1, 2f
    write_instruction
2:  movz w0, #0xffff
    cmp w0, w20
    cinc x21, x21, ne
    add x20, x20, #1
    cmp x20, #250
    b.ne 1b
    print_value "instruction ahead, wrong results: ", x21
    line

    // two copies of the code: the other virtual address of the same physical page
    ldr x6, =far_page
    mov x0, x6
    map 0, x0, PAGE_RW
    mov x20, #0
    mov x21, #0
1:  ldr w0, =MOVZ
    orr w0, w0, w20, lsl #5
    ldr x1, =far_page
    write_instruction
    ldr x7, =WINDOW
    blr x7
    cmp w0, w20
    cinc x21, x21, ne
    bl far_page
    cmp w0, w20
    cinc x21, x21, ne
    add x20, x20, #1
    cmp x20, #150
    b.ne 1b
    print_value "alias, wrong results: ", x21
    line

    // a loop that runs for long enough to be compiled as a whole, then changes
    mov x20, #0
    mov x21, #0
1:  ldr w0, =MOVZ + (2 << 5) + 2
    add w0, w0, w20, lsl #5
    ldr x1, =hot_instruction
    write_instruction
    after x8, 12
    bl hot_loop
    add x2, x20, #2
    mul x2, x2, x3
    cmp x0, x2
    cinc x21, x21, ne
    add x20, x20, #1
    cmp x20, #8
    b.ne 1b
    print_value "hot loop, wrong sums: ", x21
    line

    // data in the page of hot code: stores that change no instruction
    after x8, 20
    ldr x1, =near_data
    mov x3, #0
1:  ldr x2, [x1]
    add x2, x2, #1
    str x2, [x1]
    add x3, x3, #1
    mrs x9, cntvct_el0
    cmp x9, x8
    b.lo 1b
    ldr x2, [x1]
    sub x2, x2, x3
    print_value "data beside code, difference: ", x2
    line

    // code of another CPU, changed between branch and nop while it runs, then by the handshake with ISB
    cmp x27, #1
    b.eq 9f
    mov x20, #1
    mov x21, #0
2:  // even: b over the increment of w1; odd: nop
    ldr w0, =0xd503201f
    tbnz w20, #0, 3f
    ldr w0, =0x14000002
3:  ldr x1, =switched
    write_instruction
    // w2: what the executor reports is to become this
    and w3, w20, #1
    ldr x4, =reported
    after x8, 4000
4:  ldar w2, [x4]
    cmp w2, w3
    b.eq 5f
    yield
    mrs x9, cntvct_el0
    cmp x9, x8
    b.lo 4b
    add x21, x21, #1
5:  add x20, x20, #1
    cmp x20, #40
    b.ne 2b
    print_value "code of a running CPU, changes unseen after 4 s: ", x21
    line

    mov x20, #1
    mov x22, #0
6:  ldr w0, =MOVZ + 1
    orr w0, w0, w20, lsl #5
    ldr x1, =told
    write_instruction
    ldr x4, =please
    stlr w20, [x4]
    ldr x4, =answer
7:  yield
    ldar w2, [x4]
    lsr w3, w2, #16
    cmp w3, w20
    b.ne 7b
    and w2, w2, #0xffff
    cmp w2, w20
    cinc x22, x22, ne
    add x20, x20, #1
    cmp x20, #50
    b.ne 6b
    print_value "code of another CPU, old instruction after its ISB: ", x22
    line
    mov w20, #-1
    ldr x4, =please
    stlr w20, [x4]
9:  mov x30, x25
    ret

    // CPUs other than 0: CPU 1 runs what is changed, the others wait
executor:
    cmp x28, #1
    b.ne 9b
    ldr x4, =reported
    ldr x5, =please
    ldr x8, =answer
    mov w7, #0
1:  mov w2, #1
switched:
    b 2f
    b 3f
2:  mov w2, #0
3:  stlr w2, [x4]
    bl told
    ldar w6, [x5]
    cmp w6, w7
    b.eq 1b
    cmn w6, #1
    b.eq 9b
    isb
    mov w7, w6
    bl told
    orr w1, w1, w6, lsl #16
    stlr w1, [x8]
    b 1b

told:
    movz w1, #0
    ret

hot_loop:
    mov x0, #0
    mov x3, #0
1:
hot_instruction:
    movz w2, #0
    add x0, x0, x2
    add x3, x3, #1
    tst x3, #0xff
    b.ne 1b
    mrs x9, cntvct_el0
    cmp x9, x8
    b.lo 1b
    ret

near_data: .quad 0

patched:
    movz w0, #0
    ret

    .balign 4096
far_page:
    movz w0, #0
    ret
    .balign 4096
    .data
    .balign 64
reported: .word 0xff
    .balign 64
please: .word 0
    .balign 64
answer: .word 0
