/*
 * CPU-bound work for a Linux/arm64 guest: integer, memory, calls, indirect calls, floating point, sorting.
 * Freestanding: `gbench [name] [rounds]` prints, per test, its name, the nanoseconds it took and a checksum that the
 * compiler cannot foresee. Build: see build.sh.
 */
typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long u64;
typedef long i64;

static long sys3(long n, long a, long b, long c) {
  register long x8 __asm__("x8") = n;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
  return x0;
}

static u64 now_ns(void) {
  struct { i64 sec, nsec; } t;
  sys3(113, 1, (long)&t, 0);
  return (u64)t.sec * 1000000000ul + (u64)t.nsec;
}

static char line[128];
static int at;
static void put(const char *s) { while (*s) line[at++] = *s++; }
static void put_u64(u64 v) {
  char d[24];
  int n = 0;
  do { d[n++] = (char)('0' + v % 10); v /= 10; } while (v);
  while (n) line[at++] = d[--n];
}
static int same(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return *a == *b;
}

void *memset(void *p, int c, u64 n) { u8 *d = p; while (n--) { *d++ = (u8)c; __asm__ volatile("" ::: "memory"); } return p; }
void *memcpy(void *p, const void *q, u64 n) { u8 *d = p; const u8 *s = q; while (n--) { *d++ = *s++; __asm__ volatile("" ::: "memory"); } return p; }

static u64 seed = 88172645463325252ul;
static u64 rnd(void) {
  seed ^= seed << 13;
  seed ^= seed >> 7;
  seed ^= seed << 17;
  return seed;
}

/* integer: CRC-like bit mixing, multiplications, divisions */
static u64 test_integer(u64 rounds) {
  u64 h = 0x9e3779b97f4a7c15ul, sum = 0;
  for (u64 i = 1; i <= rounds * 2000000; i++) {
    h ^= h >> 31;
    h *= 0xbf58476d1ce4e5b9ul;
    h ^= (h << 17) | (h >> 47);
    sum += h & 1 ? h : i;
    if ((i & 15) == 0) sum += h / (i | 1);
  }
  return sum;
}

/* memory: sieve and strided sums over 4 MB */
static u8 sieve[4000000];
static u64 test_memory(u64 rounds) {
  u64 count = 0;
  for (u64 r = 0; r < rounds; r++) {
    for (u32 i = 0; i < sizeof sieve / 8; i++) ((volatile u64 *)sieve)[i] = 0;
    for (u32 i = 2; i < sizeof sieve; i++) {
      if (sieve[i]) continue;
      count++;
      for (u32 j = i * 2; j < sizeof sieve; j += i) sieve[j] = 1;
    }
  }
  return count;
}

/* calls: naive recursion */
static __attribute__((noinline)) u64 fib(u64 n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
static u64 test_calls(u64 rounds) {
  u64 s = 0;
  for (u64 r = 0; r < rounds; r++) s += fib(29);
  return s;
}

/* indirect: a byte-code interpreter with a table of handlers */
struct vm { u64 a, b, n; const u8 *pc; };
typedef void (*handler)(struct vm *);
static __attribute__((noinline)) void op_add(struct vm *v) { v->a += v->b; }
static __attribute__((noinline)) void op_xor(struct vm *v) { v->b ^= v->a; }
static __attribute__((noinline)) void op_rot(struct vm *v) { v->a = (v->a << 7) | (v->a >> 57); }
static __attribute__((noinline)) void op_dec(struct vm *v) { v->n--; }
static __attribute__((noinline)) void op_jmp(struct vm *v) { v->pc -= 8; }
static handler const table[] = { op_add, op_xor, op_rot, op_dec, op_jmp };
static u8 const program[] = { 0, 1, 2, 0, 1, 0, 2, 3, 4 };
static u64 test_indirect(u64 rounds) {
  struct vm v = { 1, 2, rounds * 600000, program };
  while (v.n) table[*v.pc++](&v), v.pc = v.pc - program >= 9 ? program : v.pc;
  return v.a + v.b;
}

/* floating point: n-body-like sums, square roots, divisions, conversions */
static u64 test_float(u64 rounds) {
  double x = 1.5, y = 0.25, z = 0.75, s = 0;
  for (u64 i = 1; i <= rounds * 1000000; i++) {
    double d = x * x + y * y + z * z + 0.01, inv = 1.0 / (d * __builtin_sqrt(d));
    x += y * 0.003 - x * inv * 0.001;
    y += z * 0.002 - y * inv * 0.001;
    z += x * 0.001 - z * inv * 0.001;
    if (x > 10) x -= 9.5;
    if (y > 10) y -= 9.5;
    if (z > 10) z -= 9.5;
    s += d + (double)(i64)i;
  }
  return (u64)(s * 16);
}

/* sorting: quicksort of 200,000 words, by function pointer comparison */
static u32 words[200000];
static int cmp(const u32 *a, const u32 *b) { return *a < *b ? -1 : *a > *b; }
static __attribute__((noinline)) void sort(u32 *a, i64 n, int (*c)(const u32 *, const u32 *)) {
  while (n > 1) {
    u32 p = a[n / 2];
    i64 i = 0, j = n - 1;
    while (i <= j) {
      while (c(&a[i], &p) < 0) i++;
      while (c(&a[j], &p) > 0) j--;
      if (i <= j) { u32 t = a[i]; a[i++] = a[j]; a[j--] = t; }
    }
    if (j + 1 < n - i) { sort(a, j + 1, c); a += i; n -= i; }
    else { sort(a + i, n - i, c); n = j + 1; }
  }
}
static u64 test_sort(u64 rounds) {
  u64 s = 0;
  for (u64 r = 0; r < rounds; r++) {
    for (u32 i = 0; i < 200000; i++) words[i] = (u32)rnd();
    sort(words, 200000, cmp);
    for (u32 i = 0; i < 200000; i += 1000) s = s * 31 + words[i];
  }
  return s;
}

static struct { const char *name; u64 (*run)(u64); u64 rounds; } const tests[] = {
  { "integer", test_integer, 10 }, { "memory", test_memory, 10 }, { "calls", test_calls, 20 },
  { "indirect", test_indirect, 10 }, { "float", test_float, 10 }, { "sort", test_sort, 8 },
};

void run(long *sp) {
  long argc = sp[0];
  char **argv = (char **)(sp + 1);
  u64 scale = 0;
  if (argc > 2) for (char *p = argv[2]; *p; p++) scale = scale * 10 + (u64)(*p - '0');
  for (u32 i = 0; i < sizeof tests / sizeof tests[0]; i++) {
    if (argc > 1 && !same(argv[1], "all") && !same(argv[1], tests[i].name)) continue;
    u64 start = now_ns();
    u64 sum = tests[i].run(scale ? scale : tests[i].rounds);
    u64 ns = now_ns() - start;
    at = 0;
    put("gbench "); put(tests[i].name); put(" "); put_u64(ns); put(" "); put_u64(sum); put("\n");
    sys3(64, 1, (long)line, at);
  }
  sys3(94, 0, 0, 0);
}

__asm__(".global _start\n_start: mov x0, sp\n b run\n");
