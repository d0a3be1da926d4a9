// Gives the entropy device of the last virtio slot buffers and rings that do not exist, and jumps into a device.
    .arch armv8-a
    .equ HANDLER, 1
    .include "runtime.inc"

    .equ SLOT, 0x0a003e00
    .equ NOTHING, 0x50000000
    .equ RAM_END, 0x48000000
    .equ DESC, FREE
    .equ AVAIL, FREE + 0x1000
    .equ USED, FREE + 0x2000
    .equ BUFFER, FREE + 0x3000

    .macro put offset, value
    ldr w0, =\value
    str w0, [x20, #\offset]
    .endm

    // resets the device and gives it a queue of 8 with these rings and one buffer on offer
    .macro offer text, desc, avail, used, buffer_lo, buffer_hi, length, patience=1250000
    put 0x70, 0
    put 0x70, 1
    put 0x70, 3
    put 0x24, 1
    put 0x20, 1
    put 0x70, 11
    put 0x30, 0
    put 0x38, 8
    put 0x80, \desc
    put 0x84, 0
    put 0x90, \avail
    put 0x94, 0
    put 0xa0, \used
    put 0xa4, 0
    put 0x44, 1
    put 0x70, 15
    ldr x0, =DESC
    ldr w1, =\buffer_lo
    ldr w2, =\buffer_hi
    stp w1, w2, [x0]
    ldr w1, =\length
    mov w2, #2
    stp w1, w2, [x0, #8]
    ldr x0, =AVAIL
    mov w1, #1 << 16
    stp w1, wzr, [x0]
    ldr x0, =USED
    str wzr, [x0]
    ldr x0, =BUFFER
    stp xzr, xzr, [x0]
    dsb sy
    put 0x50, 0
    // host entropy may come from another thread
    mrs x3, cntvct_el0
    ldr x4, =\patience
    add x3, x3, x4
    ldr x0, =USED
.Lwait\@:
    ldr w1, [x0]
    lsr w6, w1, #16
    cbnz w6, .Ldone\@
    mrs x4, cntvct_el0
    cmp x4, x3
    b.lo .Lwait\@
.Ldone\@:
    print_value "\text, buffers used: ", x6
    line
    .endm

main:
    mov x25, x30
    ldr x20, =SLOT
    ldr w6, [x20, #8]
    print_value "device ", x6
    line
    offer "a good buffer", DESC, AVAIL, USED, BUFFER, 0, 16, 625000000
    ldr x0, =BUFFER
    ldp x1, x2, [x0]
    orr x1, x1, x2
    cmp x1, #0
    cset x6, ne
    print_value "it has random bytes: ", x6
    line
    offer "~ buffer in nothing", DESC, AVAIL, USED, NOTHING, 0, 16
    offer "~ buffer across the end of RAM", DESC, AVAIL, USED, RAM_END - 8, 0, 16
    offer "~ buffer at the end of the address space", DESC, AVAIL, USED, 0xfffffff8, 0xffffffff, 16
    offer "~ buffer over all of RAM and beyond", DESC, AVAIL, USED, RAM_END - 16, 0, 0xffffffff
    offer "~ buffer in a device", DESC, AVAIL, USED, UART, 0, 16
    offer "~ descriptors in nothing", NOTHING, AVAIL, USED, BUFFER, 0, 16
    offer "~ descriptors across the end of RAM", RAM_END - 16, AVAIL, USED, BUFFER, 0, 16
    offer "~ offers in nothing", DESC, NOTHING, USED, BUFFER, 0, 16
    offer "~ answers in nothing", DESC, AVAIL, NOTHING, BUFFER, 0, 16
    offer "a good buffer again", DESC, AVAIL, USED, BUFFER, 0, 16, 625000000

    // MMU off: every address is executable, a device's too
    mrs x0, sctlr_el1
    bic x0, x0, #1
    msr sctlr_el1, x0
    isb
    adr x19, 1f
    ldr x10, =UART + 0x100
    mov x21, #0
    br x10
1:  print_value "jump to a device, exceptions: ", x21
    line
    mov x30, x25
    ret

handler:
    mrs x0, esr_el1
    add x21, x21, #1
    msr elr_el1, x19
    eret
