// Runs a list of device accesses on CPU 0 under another emulator: see record.ts.
// Records of four words: kind (0 end, 1 write word, 2 read word, 3 write byte), address, value, unused.
.global _start
_start:
        mrs     x0, mpidr_el1
        and     x0, x0, #0xff
1:      cbnz    x0, 1b
        ldr     x1, =0x41000000
        ldr     x2, =0x42000000
2:      ldp     w3, w4, [x1], #8
        ldp     w5, w6, [x1], #8
        mov     w7, #0
        cbz     w3, 5f
        cmp     w3, #1
        b.eq    3f
        cmp     w3, #3
        b.eq    4f
        ldr     w7, [x4]
        b       6f
3:      str     w5, [x4]
        b       6f
4:      strb    w5, [x4]
6:      str     w7, [x2], #4
        b       2b
5:      ldr     x8, =0x43000000
        mov     w9, #1
        str     w9, [x8]
7:      wfi
        b       7b
