/*
 * Runs single AdvSIMD/FP instructions for the vector recorder: reads cases from stdin, writes results to stdout.
 * Build: aarch64-linux-gnu-gcc -O1 -static -o runner runner.c; run under qemu-aarch64 -cpu max or on an Arm machine.
 * Registers V0-V7 and X0-X3 come from the case. X4 is set to the middle of a 256-byte buffer that the case fills too;
 * its change comes back as a difference.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

struct in { uint32_t insn, fpcr, fpsr, nzcv; uint64_t x[4]; uint64_t v[16]; uint8_t mem[256]; };
struct out { uint32_t ok, fpsr, nzcv, dx4; uint64_t x[4]; uint64_t v[16]; uint8_t mem[256]; };

static struct in in;
static struct out out;
static uint8_t buf[256] __attribute__((aligned(64)));
static sigjmp_buf jb;

static void on_signal(int s) { siglongjmp(jb, s); }

int main(void)
{
	uint32_t *code = mmap(0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct sigaction sa;
	memset(&sa, 0, sizeof sa);
	sa.sa_handler = on_signal;
	sa.sa_flags = SA_NODEFER;
	sigaction(SIGILL, &sa, 0);
	sigaction(SIGSEGV, &sa, 0);
	sigaction(SIGBUS, &sa, 0);
	while (fread(&in, sizeof in, 1, stdin) == 1) {
		memset(&out, 0, sizeof out);
		memcpy(buf, in.mem, 256);
		code[0] = in.insn;
		code[1] = 0xd65f03c0;
		__builtin___clear_cache((char *)code, (char *)code + 8);
		if (sigsetjmp(jb, 1) == 0) {
			register struct in *pi asm("x19") = &in;
			register struct out *po asm("x20") = &out;
			register uint32_t *pc asm("x21") = code;
			register uint8_t *pm asm("x22") = buf + 128;
			asm volatile(
				"ldp w0, w1, [x19, #4]\n msr fpcr, x0\n msr fpsr, x1\n"
				"ldr w0, [x19, #12]\n msr nzcv, x0\n"
				"ldp q0, q1, [x19, #48]\n ldp q2, q3, [x19, #80]\n"
				"ldp q4, q5, [x19, #112]\n ldp q6, q7, [x19, #144]\n"
				"ldp x0, x1, [x19, #16]\n ldp x2, x3, [x19, #32]\n"
				"mov x4, x22\n blr x21\n"
				"stp x0, x1, [x20, #16]\n stp x2, x3, [x20, #32]\n"
				"stp q0, q1, [x20, #48]\n stp q2, q3, [x20, #80]\n"
				"stp q4, q5, [x20, #112]\n stp q6, q7, [x20, #144]\n"
				"mrs x0, fpsr\n mrs x1, nzcv\n sub x2, x4, x22\n"
				"stp w0, w1, [x20, #4]\n str w2, [x20, #12]\n msr fpcr, xzr\n"
				: "+r"(pi), "+r"(po), "+r"(pc), "+r"(pm)
				:
				: "x0", "x1", "x2", "x3", "x4", "x30", "memory", "cc", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7");
			out.ok = 1;
		}
		asm volatile("msr fpcr, xzr");
		memcpy(out.mem, buf, 256);
		fwrite(&out, sizeof out, 1, stdout);
	}
	return 0;
}
