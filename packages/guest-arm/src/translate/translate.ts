import { type Builder, NO_TEMP } from '@mttcg/tcg-ir';
import { CFlag, TB_MAX_INSNS, type TranslateRequest } from '@mttcg/softmmu';
import { ENV, PC } from '../cpu/env.ts';
import type { ArmCpu } from '../cpu/cpu.ts';
import { ArmExcp, synIllegalState, synPcAlign, synStep } from '../cpu/syndrome.ts';
import { ArmTbFlag } from '../cpu/tb-flags.ts';
import { A64_HANDLERS } from '../decode/generated/a64-dispatch.ts';
import { a64Row } from '../decode/tree.ts';
import { A64Context, Next } from './a64/context.ts';

/**
 * Begins a function that is entered at the request's pc, which it takes from the CPU state: the code depends on the page
 * offset of the pc alone, so that one translation serves all addresses at which the guest maps the page.
 */
export function beginA64(b: Builder, request: TranslateRequest): void {
  request.entryLo = request.pcLo;
  b.fn.pcBase = b.newI64();
  b.movI64(b.fn.pcBase, PC);
}

/**
 * Appends one TB of A64 code to the builder's function, which it begins if that has not been done: from request.pc until
 * a branch, the page's end, an instruction that ends its TB, or the limit of instructions. It ends with goto_tb, goto_ptr
 * or exit_tb on all paths. Fills in the request's size, insns and successors.
 */
export function translateA64(b: Builder, request: TranslateRequest, cpu: ArmCpu): void {
  if (b.fn.pcBase === NO_TEMP) beginA64(b, request);
  const c = new A64Context();
  c.begin(b, request, cpu);
  request.size = 4;
  request.insns = 1;
  if (firstFault(c)) return;

  const asked = request.cflags & CFlag.COUNT_MASK;
  let limit = Math.min(request.maxInsns > 0 ? request.maxInsns : TB_MAX_INSNS, request.codeBytes >>> 2, TB_MAX_INSNS);
  if (asked !== 0) limit = Math.min(limit, asked);
  if (c.stepping) limit = 1;

  const code = cpu.i32;
  let at = request.code >>> 2;
  let insns = 0;
  for (;;) {
    c.insnStart();
    const w = code[at++]!;
    c.word = w;
    const row = a64Row(w);
    if (row < 0) c.undefined();
    else A64_HANDLERS[row]!(c, w);
    c.endInstruction();
    insns++;
    if (c.next === Next.NONE) break;
    if (insns >= limit) {
      c.gotoTb(0, 4);
      break;
    }
    c.pcLo = (c.pcLo + 4) | 0;
  }
  request.size = insns * 4;
  request.insns = insns;
}

/** Exceptions that come before the first instruction. True: emitted, and nothing else is to be. */
function firstFault(c: A64Context): boolean {
  const { b } = c;
  if (c.stepping && (c.flags & ArmTbFlag.PSTATE_SS) === 0) {
    c.insnStart();
    c.raise(ArmExcp.STEP, synStep(c.el !== 0, true, false));
    return true;
  }
  if ((c.pcLo & 3) !== 0) {
    c.insnStart();
    b.stI64(c.pcConst(0), b.env, ENV.excVaddr);
    c.raise(ArmExcp.PC_ALIGN, synPcAlign());
    return true;
  }
  if ((c.flags & ArmTbFlag.ILLEGAL) !== 0) {
    c.insnStart();
    c.raise(ArmExcp.ILLEGAL_STATE, synIllegalState());
    return true;
  }
  return false;
}
