import type { Builder } from '@mttcg/tcg-ir';
import { CFlag, TB_MAX_INSNS, type TranslateRequest } from '@mttcg/softmmu';
import { ENV } from '../cpu/env.ts';
import type { ArmCpu } from '../cpu/cpu.ts';
import { ArmExcp, synIllegalState, synPcAlign, synStep } from '../cpu/syndrome.ts';
import { ArmTbFlag } from '../cpu/tb-flags.ts';
import { A64_HANDLERS } from '../decode/generated/a64-dispatch.ts';
import { a64Row } from '../decode/tree.ts';
import { A64Context, Next } from './a64/context.ts';

/**
 * Appends one TB of A64 code to the builder's function: from request.pc until a branch, the page's end, an instruction
 * that ends its TB, or the limit of instructions. It ends with goto_tb, goto_ptr or exit_tb on all paths. Fills in the
 * request's size, insns and successors.
 */
export function translateA64(b: Builder, request: TranslateRequest, cpu: ArmCpu): void {
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
    b.insnStart(c.pcLo, c.pcHi);
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
    b.insnStart(c.pcLo, c.pcHi);
    c.raise(ArmExcp.STEP, synStep(c.el !== 0, true, false));
    return true;
  }
  if ((c.pcLo & 3) !== 0) {
    b.insnStart(c.pcLo, c.pcHi);
    b.stI64(b.constI64(c.pcLo, c.pcHi), b.env, ENV.excVaddr);
    c.raise(ArmExcp.PC_ALIGN, synPcAlign());
    return true;
  }
  if ((c.flags & ArmTbFlag.ILLEGAL) !== 0) {
    b.insnStart(c.pcLo, c.pcHi);
    c.raise(ArmExcp.ILLEGAL_STATE, synIllegalState());
    return true;
  }
  return false;
}
