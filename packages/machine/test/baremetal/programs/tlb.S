// CPU 0 moves a page between two places while the others read, write and count through it. After TLBI and DSB nobody
// may use the old place. An even epoch says that the page lies still: in page 0 or 1 of FREE by its bit 1.
    .arch armv8-a
    .equ HANDLER, 1
    .include "runtime.inc"

    .equ ROUNDS, 60
    .equ PATTERN, 0x1111111111111111

    .macro invalidate kind:vararg
    dsb ishst
    tlbi \kind
    dsb ish
    isb
    .endm

    // One way of doing it. x20 round, x21 writes to the old place seen after the DSB.
    .macro remap text, tlbi:vararg
    mov x20, #0
    mov x21, #0
.Lround\@:
    ldr x22, =epoch
    ldr x23, =FREE
    ldr x24, =L3
    ldr x0, [x22]
    add x0, x0, #1
    stlr x0, [x22]
    dmb ish
    // break before make: others fault meanwhile and try again
    .ifc "\text", "break before make"
    str xzr, [x24]
    invalidate \tlbi
    .endif
    add x20, x20, #1
    and x1, x20, #1
    add x2, x23, x1, lsl #12
    eor x1, x1, #1
    add x3, x23, x1, lsl #12
    mov x0, #PAGE_RW
    orr x2, x2, x0
    str x2, [x24]
    mov x1, #1
    lsl x1, x1, #19
    invalidate \tlbi
    // what others do from here on goes to the new place: the old one stands still
    add x9, x3, #64
    mov x19, #0
    mov x11, #0
.Lsum\@:
    ldr x12, [x9], #8
    add x19, x19, x12
    add x11, x11, #1
    cmp x11, #32
    b.ne .Lsum\@
    ldr x0, [x22]
    add x0, x0, #1
    stlr x0, [x22]
    bl await_readers
    add x9, x3, #64
    mov x11, #0
.Lagain\@:
    ldr x12, [x9], #8
    sub x19, x19, x12
    add x11, x11, #1
    cmp x11, #32
    b.ne .Lagain\@
    cmp x19, #0
    cinc x21, x21, ne
    cmp x20, #ROUNDS
    b.ne .Lround\@
    print_value "\text, writes to the old place: ", x21
    line
    .endm

// Returns when every reader has checked the page twice since the call; the page lies still meanwhile. The second check
// began after the call. Changes x9 to x12.
await_readers:
    ldr x9, =counts
    sub x10, x27, #1
1:  ldr x11, [x9]
    add x11, x11, #2
2:  yield
    ldr x12, [x9]
    cmp x12, x11
    b.lo 2b
    add x9, x9, #64
    subs x10, x10, #1
    b.ne 1b
    ret

main:
    mov x25, x30
    cbnz x28, reader
    ldr x0, =FREE
    ldr x1, =PATTERN
    str x1, [x0]
    lsl x1, x1, #1
    str x1, [x0, #4096]
    map 0, x0
    bl barrier
    remap "vae1is", vae1is, x1
    remap "vaae1is", vaae1is, x1
    remap "vale1is", vale1is, x1
    remap "vmalle1is", vmalle1is
    remap "break before make", vae1is, x1
    ldr x0, =stop
    mov w1, #1
    stlr w1, [x0]
    bl barrier
    ldr x0, =counts
    mov x6, #0
    mov x7, #0
    mov x1, x27
1:  subs x1, x1, #1
    b.eq 2f
    ldr x2, [x0, #8]
    add x6, x6, x2
    ldr x2, [x0]
    add x7, x7, x2
    add x0, x0, #64
    b 1b
2:  print_value "stale values read: ", x6
    line
    print_value "~ values checked: ", x7
    line
    // every increment of the pair is in one of the places
    ldr x0, =FREE
    ldr x1, [x0, #64]
    ldr x2, [x0, #72]
    ldr x3, [x0, #4096 + 64]
    ldr x4, [x0, #4096 + 72]
    add x6, x1, x3
    add x7, x2, x4
    sub x7, x7, x6
    ldr x0, =pairs
    ldr x0, [x0]
    sub x6, x6, x0
    print_value "pair increments missing: ", x6
    line
    print_value "second halves missing: ", x7
    line
    mov x30, x25
    ret

reader:
    bl barrier
    ldr x20, =epoch
    ldr x21, =WINDOW
    ldr x22, =stop
    ldr x23, =PATTERN
    mov x6, #0
    mov x7, #0
    mov x24, #0
    ldr x26, =counts
    sub x1, x28, #1
    add x26, x26, x1, lsl #6
    // own word of the page, behind the pair
    add x19, x21, #80
    add x19, x19, x28, lsl #3
1:  ldar x0, [x20]
    ldr x1, [x21]
    dmb ish
    ldr x2, [x20]
    cmp x0, x2
    b.ne 2f
    tbnz x0, #0, 2f
    ubfx x3, x0, #1, #1
    lsl x3, x23, x3
    cmp x1, x3
    cinc x7, x7, ne
    add x6, x6, #1
    str x6, [x26]
2:  str x6, [x19]
    // now and then the pair: its exclusive section runs between the other's TLBI and DSB
    tst x6, #0x3f
    b.ne 4f
    add x8, x21, #64
3:  ldxp x0, x1, [x8]
    add x0, x0, #1
    add x1, x1, #1
    stxp w2, x0, x1, [x8]
    cbnz w2, 3b
    add x24, x24, #1
    yield
4:  ldar w0, [x22]
    cbz w0, 1b
    str x7, [x26, #8]
    ldr x0, =pairs
5:  ldaxr x1, [x0]
    add x1, x1, x24
    stlxr w2, x1, [x0]
    cbnz w2, 5b
    bl barrier
    mov x30, x25
    ret

// While the page is gone: try again.
handler:
    stp x0, x1, [sp, #-16]!
    mrs x0, esr_el1
    and x0, x0, #0xffffffffffffffbf
    mov x1, #7
    movk x1, #0x9600, lsl #16
    cmp x0, x1
    b.ne 1f
    yield
    ldp x0, x1, [sp], #16
    eret
1:  mrs x6, esr_el1
    mrs x7, elr_el1
    print_value "exception ", x6
    print_value " at ", x7
    line
    b power_off

    .data
    .balign 64
epoch: .quad 0
    .balign 64
stop: .word 0
    .balign 64
pairs: .quad 0
    .balign 64
// of each reader: values checked, as it goes; stale ones, at its end
counts: .skip 8 * 64
