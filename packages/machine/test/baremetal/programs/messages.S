// Message passing and store buffering between CPUs 0 and 1. With barriers no weak outcome may be seen; without, they
// are counted in lines that begin with "~".
    .arch armv8-a
    .include "runtime.inc"

    .equ MESSAGES, 1000
    .equ ROUNDS, 400

    // The sender writes data, then flag, and waits for the answer; the receiver must not see data behind flag.
    .macro message text, between_stores, between_loads, store=str, load=ldr
    bl barrier
    ldr x1, =data
    ldr x2, =flag
    ldr x5, =answer
    ldr x0, =MESSAGES
    mov w3, #1
    cbnz x28, .Lsend\@
    mov x6, #0
.Lreceive\@:
    mov x8, #100
.Lpoll\@:
    \load w4, [x2]
    \between_loads
    ldr w7, [x1]
    cmp w4, w3
    b.eq .Lcame\@
    subs x8, x8, #1
    b.ne .Lpoll\@
    yield
    b .Lreceive\@
.Lcame\@:
    cmp w7, w4
    cinc x6, x6, ne
    stlr w3, [x5]
    add w3, w3, #1
    cmp w3, w0
    b.ls .Lreceive\@
    bl barrier
    str wzr, [x1]
    str wzr, [x2]
    str wzr, [x5]
    print_value "\text: ", x6
    line
    b .Ldone\@
.Lsend\@:
    cmp x28, #1
    b.ne .Lwait\@
.Lnext\@:
    str w3, [x1]
    \between_stores
    \store w3, [x2]
.Lanswer\@:
    yield
    ldar w4, [x5]
    cmp w4, w3
    b.ne .Lanswer\@
    add w3, w3, #1
    cmp w3, w0
    b.ls .Lnext\@
.Lwait\@:
    bl barrier
.Ldone\@:
    .endm

    // Each of two CPUs stores, then loads what the other stores: not both may miss the other's store.
    .macro buffering text, between, store=str, load=ldr
    ldr x21, =ROUNDS
    mov x6, #0
.Lround\@:
    bl barrier
    ldr x1, =data
    ldr x2, =flag
    cmp x28, #1
    csel x3, x1, x2, eq
    csel x4, x2, x1, eq
    b.hi .Lidle\@
    mov w5, #1
    // not always at the same moment
    and x7, x21, #7
    add x7, x7, x28, lsl #1
.Ldelay\@:
    subs x7, x7, #1
    b.pl .Ldelay\@
    \store w5, [x3]
    \between
    \load w7, [x4]
    ldr x8, =seen
    str w7, [x8, x28, lsl #2]
.Lidle\@:
    bl barrier
    cbnz x28, .Lend\@
    ldr x8, =seen
    ldr x7, [x8]
    cmp x7, #0
    cinc x6, x6, eq
    str wzr, [x1]
    str wzr, [x2]
.Lend\@:
    subs x21, x21, #1
    b.ne .Lround\@
    cbnz x28, .Lother\@
    print_value "\text: ", x6
    line
.Lother\@:
    .endm

main:
    mov x25, x30
    message "~ messages without barriers, seen too early", nop, nop
    message "messages with dmb ish", "dmb ish", "dmb ish"
    message "messages with dmb ishst and dmb ishld", "dmb ishst", "dmb ishld"
    message "messages with stlr and ldar", nop, nop, stlr, ldar
    buffering "~ stores without barriers, both unseen", nop
    buffering "stores with dmb ish, both unseen", "dmb ish"
    buffering "stores with stlr and ldar, both unseen", nop, stlr, ldar
    mov x30, x25
    ret

    .data
    .balign 64
data: .word 0
    .balign 64
flag: .word 0
    .balign 64
seen: .word 0, 0
    .balign 64
answer: .word 0
    .balign 64
