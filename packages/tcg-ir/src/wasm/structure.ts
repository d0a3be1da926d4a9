import { STRIDE } from '../ir/function.ts';
import { Type } from '../ir/helper.ts';
import { Op } from '../op/codes.ts';
import { Cfg } from './cfg.ts';
import { emitOp } from './emit/effect.ts';
import { pushCond } from './emit/cond.ts';
import type { Emitter } from './emitter.ts';
import { Liveness } from './liveness.ts';
import { W } from './opcode.ts';
import { BlockFlag } from './scan.ts';

/**
 * Writes a function's blocks as structured control flow.
 *
 * - One block: its ops.
 * - Only forward branches (every ordinary TB): the blocks in source order; a wasm block per branch target, all opened
 *   at the beginning, the one of the last target outermost. No analysis of the graph.
 * - Backward branches: by the dominator tree (see cfg.ts). A loop header opens a `loop`; merge nodes are placed after
 *   wasm blocks around the code of their immediate dominator; other nodes stand where they are branched to.
 *
 * Globals at a block's start: a block with one predecessor continues with the predecessor's state. One with several
 * begins with exactly the live globals in their locals, and every predecessor sees to that at its end.
 */
export class Structure {
  readonly #e: Emitter;
  readonly #cfg = new Cfg();
  readonly #liveness = new Liveness();
  /** Level of the wasm block whose end is the block's start, and of the loop it heads. */
  #blockLevel = new Int32Array(64);
  #loopLevel = new Int32Array(64);
  /** State of the globals at a block's end. */
  #validLo = new Int32Array(64);
  #validHi = new Int32Array(64);
  #dirtyLo = new Int32Array(64);
  #dirtyHi = new Int32Array(64);
  /** Edges into each block, and one of their origins. */
  #preds = new Int32Array(64);
  #pred = new Int32Array(64);
  #order = new Int32Array(64);
  /** Locals of dispatch nodes. */
  #selectors: number[] = [];
  #poll = false;

  constructor(e: Emitter) {
    this.#e = e;
  }

  run(pollBackEdges: boolean): void {
    const scan = this.#e.scan;
    this.#poll = pollBackEdges && scan.cyclic;
    if (scan.nBlocks === 1) {
      this.#e.faults.open(scan.faultPoints, scan.faultSets);
      this.#ops(0, scan.end[0]);
    } else {
      this.#reserve();
      if (scan.cyclic) this.#structured();
      else this.#linear();
    }
    this.#e.faults.close();
  }

  #ops(block: number, end: number): void {
    const e = this.#e;
    for (let i = e.scan.start[block]; i < end; ) i = emitOp(e, i);
  }

  // Forward branches only

  #linear(): void {
    const e = this.#e;
    const { scan, c } = e;
    const n = scan.nBlocks;
    const preds = this.#preds;
    const blockLevel = this.#blockLevel;
    preds.fill(0, 0, n);
    blockLevel.fill(-1, 0, n);
    let merges = false;
    let count = 0;
    for (let b = 0; b < n; b++) {
      if (b > 0 && preds[b] === 0) continue;
      this.#order[count++] = b;
      const t = scan.taken[b];
      const f = scan.next[b];
      if (t >= 0) {
        blockLevel[t] = 0;
        this.#pred[t] = b;
        if (++preds[t] > 1) merges = true;
      }
      if (f >= 0) {
        this.#pred[f] = b;
        if (++preds[f] > 1) merges = true;
      }
    }
    if (merges) this.#liveness.run(scan, this.#order, count, e.pcGlobal);
    e.faults.open(scan.faultPoints, scan.faultSets);
    for (let b = n - 1; b > 0; b--) {
      if (blockLevel[b] < 0) continue;
      c.open(W.block);
      blockLevel[b] = e.level++;
    }
    for (let k = 0; k < count; k++) {
      const b = this.#order[k];
      if (blockLevel[b] >= 0) {
        c.end();
        e.level--;
      }
      this.#enter(b);
      this.#body(b);
      const t = scan.taken[b];
      if (t < 0) continue;
      const last = scan.end[b] - 1;
      if (e.ops[last] === Op.br) {
        // To the very next block: falls through.
        if (k + 1 < count && this.#order[k + 1] === t && blockLevel[t] === e.level - 1) continue;
        c.br(e.level - 1 - blockLevel[t]);
      } else {
        this.#condition(last, false);
        c.brIf(e.level - 1 - blockLevel[t]);
      }
      e.locals.settle();
    }
  }

  /** Sets the state of the globals and of the current instruction for the block's start. */
  #enter(b: number): void {
    const e = this.#e;
    const { scan } = e;
    e.startBlock();
    const at = scan.insnAt[b];
    e.insn = at < 0 ? -1 : at * STRIDE;
    if (b === 0) {
      e.setGlobals(0, 0, 0, 0);
    } else if (this.#preds[b] > 1) {
      const l = this.#liveness;
      const lo = l.liveLo[b];
      const hi = l.liveHi[b];
      e.setGlobals(lo, hi, l.dirtyLo[b] & lo, l.dirtyHi[b] & hi);
    } else {
      const p = this.#pred[b];
      e.setGlobals(this.#validLo[p], this.#validHi[p], this.#dirtyLo[p], this.#dirtyHi[p]);
    }
  }

  /** Emits the ops of a block but its branch, and makes the globals ready for its successors. */
  #body(b: number): void {
    const e = this.#e;
    const { scan } = e;
    const t = scan.taken[b];
    const f = scan.next[b];
    this.#ops(b, t >= 0 ? scan.end[b] - 1 : scan.end[b]);
    if (t >= 0 && this.#preds[t] > 1) e.need(this.#liveness.liveLo[t], this.#liveness.liveHi[t]);
    if (f >= 0 && this.#preds[f] > 1) e.need(this.#liveness.liveLo[f], this.#liveness.liveHi[f]);
    // Both ways lead out of the function: write back once for both (not the pc, which each sets).
    if (t >= 0 && f >= 0 && this.#leaves(t) && this.#leaves(f)) e.writeBackButPc();
    this.#validLo[b] = e.validLo;
    this.#validHi[b] = e.validHi;
    this.#dirtyLo[b] = e.dirtyLo;
    this.#dirtyHi[b] = e.dirtyHi;
  }

  #leaves(b: number): boolean {
    return this.#preds[b] === 1 && (this.#e.scan.flags[b] & BlockFlag.EXIT) !== 0;
  }

  /** Pushes the condition of the brcond at op `i`, or its opposite. */
  #condition(i: number, opposite: boolean): void {
    const e = this.#e;
    const base = i * STRIDE;
    const cond = e.args[base + 2];
    pushCond(e, opposite ? cond ^ 1 : cond, e.ops[i] === Op.brcond_i64, e.args[base], e.args[base + 1], true);
  }

  // Any graph

  #structured(): void {
    const e = this.#e;
    const { scan } = e;
    const cfg = this.#cfg;
    cfg.run(scan);
    if (this.#blockLevel.length < cfg.nNodes) {
      this.#blockLevel = new Int32Array(cfg.nNodes * 2);
      this.#loopLevel = new Int32Array(cfg.nNodes * 2);
    }
    // Predecessors by the original edges: what dispatch nodes pass on is of no concern to the globals.
    const preds = this.#preds;
    preds.fill(0, 0, scan.nBlocks);
    let polls = 0;
    for (let k = 0; k < cfg.nReachable; k++) {
      const b = cfg.order[k];
      if (b >= cfg.nBlocks) continue;
      const t = scan.taken[b];
      const f = scan.next[b];
      if (t >= 0) {
        preds[t]++;
        this.#pred[t] = b;
      }
      if (f >= 0) {
        preds[f]++;
        this.#pred[f] = b;
      }
    }
    if (this.#poll) {
      for (let b = 0; b < scan.nBlocks; b++) {
        if (!this.#polls(b)) continue;
        polls++;
        scan.flags[b] |= BlockFlag.WRITE_BACK;
        scan.earlyLo[b] = scan.earlyHi[b] = 0;
      }
    }
    this.#liveness.run(scan, cfg.order, cfg.nReachable, e.pcGlobal);
    this.#selectors.length = 0;
    for (let d = 0; d < cfg.dispatch.length; d++) this.#selectors.push(e.locals.fresh(Type.I32));
    e.faults.open(scan.faultPoints + polls, scan.faultSets + polls);
    this.#tree(0);
  }

  /** The block is polled at: a backward edge goes to it, and a guest instruction begins there. */
  #polls(b: number): boolean {
    const { scan, ops } = this.#e;
    const position = this.#cfg.position;
    if (position[b] < 0) return false;
    let i = scan.start[b] + 1;
    while (i < scan.end[b] && ops[i] === Op.nop) i++;
    return i < scan.end[b] && ops[i] === Op.insn_start && this.#backward(b);
  }

  #backward(b: number): boolean {
    const cfg = this.#cfg;
    if (cfg.header[b] !== 0) return true;
    // An entry of an irreducible loop has the dispatch node as its only predecessor.
    return cfg.dispatch.some((targets) => targets.includes(b));
  }

  /** Emits a node and all it dominates; the code ends with a branch. */
  #tree(root: number): void {
    const e = this.#e;
    const c = e.c;
    const cfg = this.#cfg;
    // Loops instead of recursing where the tree goes on in tail position.
    const level = e.level;
    let node = root;
    while (node >= 0) {
      if (cfg.header[node] !== 0) {
        c.open(W.loop);
        this.#loopLevel[node] = e.level++;
      }
      const before = e.level;
      let merges = 0;
      for (let m = cfg.firstMerge[node]; m >= 0; m = cfg.nextMerge[m]) merges++;
      for (let m = cfg.firstMerge[node], k = merges; m >= 0; m = cfg.nextMerge[m]) {
        this.#blockLevel[m] = before + --k;
        c.open(W.block);
      }
      e.level = before + merges;
      if (merges === 0) {
        node = this.#node(node);
        continue;
      }
      const inner = this.#node(node);
      if (inner >= 0) this.#tree(inner);
      let m = cfg.firstMerge[node];
      while (m >= 0) {
        c.end();
        e.level--;
        const following = cfg.nextMerge[m];
        if (following >= 0) this.#tree(m);
        else break;
        m = following;
      }
      node = m;
    }
    while (e.level > level) {
      c.end();
      e.level--;
    }
  }

  /** Emits a node and its branch; returns the dominated node whose code is to follow, or -1. */
  #node(node: number): number {
    const e = this.#e;
    const { c, scan } = e;
    const cfg = this.#cfg;
    if (node >= cfg.nBlocks) {
      this.#dispatch(node);
      return -1;
    }
    this.#enter(node);
    if (this.#poll && this.#polls(node)) {
      let i = scan.start[node] + 1;
      while (e.ops[i] !== Op.insn_start) i++;
      e.insn = i * STRIDE;
      e.faults.poll();
    }
    this.#body(node);
    const t = cfg.taken[node];
    const f = cfg.next[node];
    if (t < 0) {
      if (f >= 0) return this.#follow(node, f, cfg.nextSel[node]);
      if ((scan.flags[node] & BlockFlag.EXIT) === 0) c.op(W.unreachable);
      return -1;
    }
    const last = scan.end[node] - 1;
    if (e.ops[last] === Op.br) return this.#follow(node, t, cfg.takenSel[node]);
    const simple = cfg.takenSel[node] < 0 && cfg.nextSel[node] < 0;
    if (f < 0 || (f === t && simple)) {
      this.#condition(last, false);
      c.op(W.drop);
      e.locals.settle();
      return this.#follow(node, t, cfg.takenSel[node]);
    }
    if (simple && this.#jumps(node, t)) {
      this.#condition(last, false);
      c.brIf(this.#depth(node, t));
      e.locals.settle();
      return this.#follow(node, f, -1);
    }
    if (simple && this.#jumps(node, f)) {
      this.#condition(last, true);
      c.brIf(this.#depth(node, f));
      e.locals.settle();
      return this.#follow(node, t, -1);
    }
    // The smaller subtree goes into the arm of an `if`, so that nesting and recursion stay shallow.
    const swap = cfg.size[f] < cfg.size[t];
    this.#condition(last, swap);
    e.locals.settle();
    c.open(W.if);
    e.level++;
    const inner = swap ? this.#follow(node, f, cfg.nextSel[node]) : this.#follow(node, t, cfg.takenSel[node]);
    if (inner >= 0) this.#tree(inner);
    c.end();
    e.level--;
    return swap ? this.#follow(node, t, cfg.takenSel[node]) : this.#follow(node, f, cfg.nextSel[node]);
  }

  /** The edge is a `br`: backward, or to a merge node. */
  #jumps(from: number, to: number): boolean {
    const cfg = this.#cfg;
    return cfg.merge[to] !== 0 || cfg.position[to] <= cfg.position[from];
  }

  #depth(from: number, to: number): number {
    const cfg = this.#cfg;
    const target = cfg.position[to] <= cfg.position[from] ? this.#loopLevel[to] : this.#blockLevel[to];
    return this.#e.level - 1 - target;
  }

  /** Takes an edge: emits the `br`, or returns the node to emit in its place. */
  #follow(from: number, to: number, selector: number): number {
    const c = this.#e.c;
    if (selector >= 0) {
      c.i32Const(selector);
      c.localSet(this.#selectors[to - this.#cfg.nBlocks]);
    }
    if (!this.#jumps(from, to)) return to;
    c.br(this.#depth(from, to));
    return -1;
  }

  #dispatch(node: number): void {
    const e = this.#e;
    const c = e.c;
    const cfg = this.#cfg;
    const targets = cfg.dispatch[node - cfg.nBlocks];
    const sel = cfg.dispatchSel[node - cfg.nBlocks];
    for (let k = 0; k < targets.length; k++) c.open(W.block);
    e.level += targets.length;
    c.localGet(this.#selectors[node - cfg.nBlocks]);
    c.byte(W.br_table);
    c.u32(targets.length - 1);
    for (let k = 0; k < targets.length; k++) c.u32(k);
    for (let k = 0; k < targets.length; k++) {
      c.end();
      e.level--;
      const inner = this.#follow(node, targets[k], sel[k]);
      if (inner >= 0) this.#tree(inner);
    }
  }

  #reserve(): void {
    const n = this.#e.scan.nBlocks;
    if (this.#preds.length >= n) return;
    const size = n * 2;
    this.#blockLevel = new Int32Array(size);
    this.#loopLevel = new Int32Array(size);
    this.#validLo = new Int32Array(size);
    this.#validHi = new Int32Array(size);
    this.#dirtyLo = new Int32Array(size);
    this.#dirtyHi = new Int32Array(size);
    this.#preds = new Int32Array(size);
    this.#pred = new Int32Array(size);
    this.#order = new Int32Array(size);
  }
}
