/*
 * Runs A64 instruction sequences natively (under qemu-aarch64) for the differential fuzzer. No libc: the sequences may
 * change any register, TPIDR_EL0 among them.
 *
 * stdin: u32 number of cases, then the cases (struct state); stdout: for each the state after it, then its changed
 * memory as (u64 offset, u64 value) pairs. Sequences are placed at CODE + 256 * index, 255 to a batch at most.
 */
typedef unsigned int u32;
typedef unsigned long u64;
typedef long i64;

#define STUB 0x50000000ul
#define CODE 0x50010000ul
#define DATA 0x50040000ul
#define DATA_SIZE 0x10000
#define STATE 0x50080000ul
#define MAX_WORDS 60

struct state {
	u64 x[31];
	u64 sp;
	u64 nzcv;
	u64 fpcr;
	u64 fpsr;
	u64 v[64];
	u64 host_sp;
	u32 count;	/* in: instructions; out: changed words of memory */
	u32 signal;	/* out */
	u64 pc;		/* in: start; out: where the signal came, else the end */
	u32 code[MAX_WORDS];
};

_Static_assert(__builtin_offsetof(struct state, v) == 280, "");
_Static_assert(__builtin_offsetof(struct state, host_sp) == 792, "");
_Static_assert(__builtin_offsetof(struct state, pc) == 808, "");

extern char stub_start[], stub_end[];
__asm__(
	".text\n.balign 16\nstub_start:\n"
	/* enter: x0 = first instruction */
	"stp x29, x30, [sp, #-96]!\n"
	"stp x19, x20, [sp, #16]\nstp x21, x22, [sp, #32]\nstp x23, x24, [sp, #48]\n"
	"stp x25, x26, [sp, #64]\nstp x27, x28, [sp, #80]\n"
	"ldr x1, 9f\n"
	"mov x2, sp\nstr x2, [x1, #792]\n"
	"adr x2, 8f\n"
	/* the branch to the sequence is made here */
	"sub x3, x0, x2\nlsr x3, x3, #2\nmov w4, #0x14000000\nand w3, w3, #0x3ffffff\norr w3, w3, w4\nldr w4, [x2]\n"
	"cmp w3, w4\nb.eq 1f\nstr w3, [x2]\ndc cvau, x2\ndsb ish\nic ivau, x2\ndsb ish\nisb\n1:\n"
	"add x2, x1, #280\n"
	"ldp q0, q1, [x2]\nldp q2, q3, [x2, #32]\nldp q4, q5, [x2, #64]\nldp q6, q7, [x2, #96]\n"
	"ldp q8, q9, [x2, #128]\nldp q10, q11, [x2, #160]\nldp q12, q13, [x2, #192]\nldp q14, q15, [x2, #224]\n"
	"ldp q16, q17, [x2, #256]\nldp q18, q19, [x2, #288]\nldp q20, q21, [x2, #320]\nldp q22, q23, [x2, #352]\n"
	"ldp q24, q25, [x2, #384]\nldp q26, q27, [x2, #416]\nldp q28, q29, [x2, #448]\nldp q30, q31, [x2, #480]\n"
	"ldr x2, [x1, #264]\nmsr fpcr, x2\nldr x2, [x1, #272]\nmsr fpsr, x2\n"
	"ldr x2, [x1, #256]\nmsr nzcv, x2\n"
	"ldr x2, [x1, #248]\nmov sp, x2\n"
	"mov x0, x1\n"
	"ldp x1, x2, [x0, #8]\nldp x3, x4, [x0, #24]\nldp x5, x6, [x0, #40]\nldp x7, x8, [x0, #56]\n"
	"ldp x9, x10, [x0, #72]\nldp x11, x12, [x0, #88]\nldp x13, x14, [x0, #104]\nldp x15, x16, [x0, #120]\n"
	"ldp x17, x18, [x0, #136]\nldp x19, x20, [x0, #152]\nldp x21, x22, [x0, #168]\nldp x23, x24, [x0, #184]\n"
	"ldp x25, x26, [x0, #200]\nldp x27, x28, [x0, #216]\nldp x29, x30, [x0, #232]\n"
	"ldr x0, [x0]\nclrex\n"
	"8: b 8b\n"
	".balign 8\n9: .quad 0x50080000\n"
	".org stub_start + 0x400\n"
	"msr tpidr_el0, x0\nldr x0, 9b\n"
	"stp x1, x2, [x0, #8]\nstp x3, x4, [x0, #24]\nstp x5, x6, [x0, #40]\nstp x7, x8, [x0, #56]\n"
	"stp x9, x10, [x0, #72]\nstp x11, x12, [x0, #88]\nstp x13, x14, [x0, #104]\nstp x15, x16, [x0, #120]\n"
	"stp x17, x18, [x0, #136]\nstp x19, x20, [x0, #152]\nstp x21, x22, [x0, #168]\nstp x23, x24, [x0, #184]\n"
	"stp x25, x26, [x0, #200]\nstp x27, x28, [x0, #216]\nstp x29, x30, [x0, #232]\n"
	"mrs x1, tpidr_el0\nstr x1, [x0]\nmov x1, sp\nstr x1, [x0, #248]\nmrs x1, nzcv\nstr x1, [x0, #256]\n"
	"mrs x1, fpcr\nstr x1, [x0, #264]\nmrs x1, fpsr\nstr x1, [x0, #272]\n"
	"add x2, x0, #280\n"
	"stp q0, q1, [x2]\nstp q2, q3, [x2, #32]\nstp q4, q5, [x2, #64]\nstp q6, q7, [x2, #96]\n"
	"stp q8, q9, [x2, #128]\nstp q10, q11, [x2, #160]\nstp q12, q13, [x2, #192]\nstp q14, q15, [x2, #224]\n"
	"stp q16, q17, [x2, #256]\nstp q18, q19, [x2, #288]\nstp q20, q21, [x2, #320]\nstp q22, q23, [x2, #352]\n"
	"stp q24, q25, [x2, #384]\nstp q26, q27, [x2, #416]\nstp q28, q29, [x2, #448]\nstp q30, q31, [x2, #480]\n"
	"msr fpcr, xzr\n"
	"ldr x1, [x0, #792]\nmov sp, x1\n"
	"ldp x19, x20, [sp, #16]\nldp x21, x22, [sp, #32]\nldp x23, x24, [sp, #48]\n"
	"ldp x25, x26, [sp, #64]\nldp x27, x28, [sp, #80]\nldp x29, x30, [sp], #96\nret\n"
	".globl stub_start, stub_end, sigreturn\nstub_end:\n"
	".globl _start\n_start: mov x0, sp\nb main\n"
	"sigreturn: mov x8, #139\nsvc #0\n");
extern char sigreturn[];

static i64 syscall6(i64 n, i64 a, i64 b, i64 c, i64 d, i64 e, i64 f)
{
	register i64 x8 __asm__("x8") = n;
	register i64 x0 __asm__("x0") = a;
	register i64 x1 __asm__("x1") = b;
	register i64 x2 __asm__("x2") = c;
	register i64 x3 __asm__("x3") = d;
	register i64 x4 __asm__("x4") = e;
	register i64 x5 __asm__("x5") = f;
	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
	return x0;
}

static void die(int code) { syscall6(94, code, 0, 0, 0, 0, 0); __builtin_unreachable(); }

static void map(u64 at, u64 size)
{
	if (syscall6(222, at, size, 7, 0x32, -1, 0) != (i64)at)
		die(2);
}

static int read_all(void *to, u64 n)
{
	char *p = to;
	while (n > 0) {
		i64 got = syscall6(63, 0, (i64)p, n, 0, 0, 0);
		if (got <= 0)
			return 0;
		p += got;
		n -= got;
	}
	return 1;
}

static void write_all(const void *from, u64 n)
{
	const char *p = from;
	while (n > 0) {
		i64 put = syscall6(64, 1, (i64)p, n, 0, 0, 0);
		if (put <= 0)
			die(3);
		p += put;
		n -= put;
	}
}

static struct state *const st = (struct state *)STATE;

/* pc lies at a fixed place in the signal frame's ucontext: uc_mcontext at 176, regs at +8, sp, pc. */
static void handler(int sig, void *info, char *uc)
{
	(void)info;
	u64 *pc = (u64 *)(uc + 176 + 8 + 31 * 8 + 8);
	st->signal = sig;
	st->pc = *pc;
	*pc = STUB + 0x400;
}

struct sigaction { void (*handler)(int, void *, char *); u64 flags; void *restorer; u64 mask; };

static u64 pattern(u64 i)
{
	u64 v = (i + 1) * 0x9e3779b97f4a7c15ul;
	return v ^ (v >> 29);
}

static struct state cases[255];
static u64 out[2 * DATA_SIZE / 8];

void main(void)
{
	map(STUB, 0x1000);
	map(CODE, 0x10000);
	map(DATA, DATA_SIZE);
	map(STATE, 0x1000);
	u64 stack = 0x50090000ul;
	map(stack, 0x10000);
	for (u64 i = 0; i < (u64)(stub_end - stub_start); i++)
		((char *)STUB)[i] = stub_start[i];
	u64 alt[3] = { stack, 0, 0x10000 };
	syscall6(132, (i64)alt, 0, 0, 0, 0, 0);
	static const int signals[] = { 4, 5, 7, 8, 11 };
	for (int i = 0; i < 5; i++) {
		/* SA_SIGINFO | SA_ONSTACK | SA_NODEFER | SA_RESTORER */
		struct sigaction sa = { handler, 0x4c000004ul, sigreturn, 0 };
		syscall6(134, signals[i], (i64)&sa, 0, 8, 0, 0);
	}
	u64 *data = (u64 *)DATA;
	for (u64 i = 0; i < DATA_SIZE / 8; i++)
		data[i] = pattern(i);
	u32 n;
	while (read_all(&n, 4)) {
		if (n > 255 || !read_all(cases, n * sizeof(struct state)))
			die(4);
		for (u32 k = 0; k < n; k++) {
			u32 *to = (u32 *)(CODE + 256 * k);
			for (u32 i = 0; i < cases[k].count; i++)
				to[i] = cases[k].code[i];
			u32 *end = to + cases[k].count;
			*end = 0x14000000 | (((STUB + 0x400 - (u64)end) >> 2) & 0x3ffffff);
		}
		for (u32 k = 0; k < n; k++) {
			char *from = (char *)&cases[k], *to = (char *)st;
			for (u32 i = 0; i < 792; i++)
				to[i] = from[i];
			st->signal = 0;
			st->pc = CODE + 256 * k + 4 * cases[k].count;
			((void (*)(u64))STUB)(CODE + 256 * k);
			u32 changed = 0;
			for (u64 i = 0; i < DATA_SIZE / 8; i++) {
				u64 want = pattern(i);
				if (data[i] == want)
					continue;
				out[2 * changed] = 8 * i;
				out[2 * changed + 1] = data[i];
				changed++;
				data[i] = want;
			}
			st->count = changed;
			write_all(st, 816);
			write_all(out, 16 * changed);
		}
	}
	die(0);
}
