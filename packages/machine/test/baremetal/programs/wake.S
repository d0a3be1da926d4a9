// Waiting for interrupts: by the virtual timer, by SGIs from another CPU, and CPUs switched on and off by PSCI.
    .arch armv8-a
    .equ HANDLER, 1
    .equ MANUAL, 1
    .include "runtime.inc"

    .macro psci function, a=0, b=0, c=0
    ldr x0, =\function
    ldr x1, =\a
    ldr x2, =\b
    ldr x3, =\c
    hvc #0
    .endm

    .equ CPU_OFF, 0x84000002
    .equ CPU_ON, 0xc4000003
    .equ AFFINITY_INFO, 0xc4000004

    .macro gic_init
    ldr x0, =GICD
    mov w1, #1
    str w1, [x0]
    ldr w1, =0x0800ffff
    str w1, [x0, #0x100]
    ldr x0, =GICC
    mov w1, #0xf0
    str w1, [x0, #4]
    mov w1, #1
    str w1, [x0]
    .endm

    // sends SGI \number to CPU \cpu
    .macro sgi number, cpu
    dsb ish
    ldr x0, =GICD + 0xf00
    ldr w1, =(1 << (16 + \cpu)) | \number
    str w1, [x0]
    .endm

    // sleeps until word \of (of this CPU) is not x\old; interrupts are masked when it looks
    .macro sleep_while of, old
.Lagain\@:
    msr daifset, #2
    ldr x0, =\of
    ldr w1, [x0, x28, lsl #2]
    cmp w1, \old
    b.ne .Lawake\@
    wfi
    msr daifclr, #2
    isb
    b .Lagain\@
.Lawake\@:
    msr daifclr, #2
    .endm

main:
    mov x25, x30
    gic_init
    msr daifclr, #2

    // thirty ticks, each armed anew; the timer's handler switches it off
    mov w20, #0
1:  mov x0, #2000
    msr cntv_tval_el0, x0
    mov x0, #1
    msr cntv_ctl_el0, x0
    sleep_while ticks, w20
    add w20, w20, #1
    cmp w20, #30
    b.ne 1b
    ldr x0, =ticks
    ldr w6, [x0]
    print_value "timer ticks: ", x6
    line

    // WFI with interrupts masked wakes too, and the interrupt is taken when they are not
    msr daifset, #2
    mov x0, #2000
    msr cntv_tval_el0, x0
    mov x0, #1
    msr cntv_ctl_el0, x0
    wfi
    ldr x0, =ticks
    ldr w6, [x0]
    print_value "ticks while masked: ", x6
    line
    msr daifclr, #2
    isb
    ldr x0, =ticks
    ldr w6, [x0]
    print_value "ticks then: ", x6
    line

    // states and bad calls
    psci AFFINITY_INFO, 1
    mov x6, x0
    print_value "CPU 1 at first: ", x6
    line
    psci CPU_ON, 0x77, ponger, 0
    mov x6, x0
    print_value "no such CPU: ", x6
    line
    psci CPU_ON, 0, ponger, 0
    mov x6, x0
    print_value "CPU 0 is on: ", x6
    line

    // a CPU that answers each SGI with one
    psci CPU_ON, 1, ponger, 0x123456789abcdef0
    mov x6, x0
    print_value "switched on: ", x6
    line
    mov w20, #0
1:  sgi 3, 1
    sleep_while sgis, w20
    add w20, w20, #1
    cmp w20, #100
    b.ne 1b
    ldr x0, =sgis
    ldr w6, [x0]
    print_value "SGIs answered: ", x6
    line
    ldr x0, =context
    ldr x6, [x0]
    print_value "context: ", x6
    line
    ldr x0, =state
    ldr x6, [x0]
    print_value "EL, DAIF, SCTLR bits M, C, I: ", x6
    line
    psci CPU_ON, 1, ponger, 0
    mov x6, x0
    print_value "on already: ", x6
    line
    sgi 7, 1
    bl wait_off
    print "off\n"

    // on, off and on again
    mov x20, #0
1:  psci CPU_ON, 1, counter, 0
    cbnz x0, 2f
    bl wait_off
    add x20, x20, #1
    cmp x20, #20
    b.ne 1b
2:  ldr x0, =starts
    ldr x6, [x0]
    print_value "starts: ", x6
    line
    mov x30, x25
    ret

// Returns when CPU 1 is off.
wait_off:
    mov x24, x30
1:  yield
    psci AFFINITY_INFO, 1
    cmp x0, #1
    b.ne 1b
    mov x30, x24
    ret

// CPU 1: MMU off. Answers SGI 3 with SGI 5, until SGI 7 comes.
ponger:
    mov x10, x0
    mov x28, #1
    mrs x11, currentel
    mrs x1, daif
    orr x11, x11, x1
    mrs x1, sctlr_el1
    mov w2, #5
    and w1, w1, w2
    orr x11, x11, x1, lsl #16
    bl cpu_init
    ldr x0, =context
    str x10, [x0]
    ldr x0, =state
    str x11, [x0]
    gic_init
    msr daifclr, #2
    mov w20, #0
1:  sleep_while sgis, w20
    add w20, w20, #1
    ldr x0, =last
    ldr w1, [x0, x28, lsl #2]
    cmp w1, #7
    b.eq off
    sgi 5, 0
    b 1b

counter:
    mov x28, #1
    bl cpu_init
    ldr x0, =starts
    ldr x1, [x0]
    add x1, x1, #1
    str x1, [x0]
off:
    msr daifset, #2
    dsb sy
    psci CPU_OFF
    // not reached
    print "CPU_OFF returned\n"
    b power_off

handler:
    stp x0, x1, [sp, #-16]!
    stp x2, x3, [sp, #-16]!
    cmp x18, #5
    b.ne bad
    ldr x0, =GICC
    ldr w2, [x0, #0xc]
    and w1, w2, #0x3ff
    cmp w1, #27
    b.eq 1f
    cmp w1, #16
    b.hs 2f
    ldr x3, =last
    str w1, [x3, x28, lsl #2]
    ldr x3, =sgis
    b 3f
1:  msr cntv_ctl_el0, xzr
    isb
    ldr x3, =ticks
3:  ldr w1, [x3, x28, lsl #2]
    add w1, w1, #1
    str w1, [x3, x28, lsl #2]
2:  str w2, [x0, #0x10]
    ldp x2, x3, [sp], #16
    ldp x0, x1, [sp], #16
    eret
bad:
    mrs x6, esr_el1
    mrs x7, elr_el1
    print_value "exception ", x6
    print_value " at ", x7
    line
    b power_off

    .data
    .balign 64
ticks: .skip 16
sgis: .skip 16
last: .skip 16
context: .quad 0
state: .quad 0
starts: .quad 0
