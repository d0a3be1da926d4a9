import { CodeWriter } from './code-writer.ts';
import { ModuleWriter } from './module-writer.ts';
import { W } from './opcode.ts';
import { TbExit, tbExitWord, type WasmTarget } from './target.ts';

/**
 * The loop that runs TB functions: exports `run(env, tb) -> i32`. It polls `env.exitRequest` before each TB, follows
 * positive results, and otherwise stores the index of the TB that ran last (or, for REQUEST and NOT_COMPILED, was to
 * run) at `env.currentTb` and returns the result: 0 or an exit word. Imports env.memory and env.table.
 */
export function compileDispatcher(target: WasmTarget): Uint8Array {
  const env = 0;
  const tb = 1;
  const result = 2;
  const m = new ModuleWriter();
  m.importMemory('env', 'memory');
  m.importTable('env', 'table');
  const tbType = m.type('i', 'i');
  const c = new CodeWriter(128);
  const storeCurrent = (): void => {
    c.localGet(env);
    c.localGet(tb);
    c.mem(W.i32_store, target.env.currentTb, 2);
  };
  c.open(W.loop);
  c.localGet(env);
  c.mem(W.i32_atomic_load, target.env.exitRequest, 2);
  c.open(W.if);
  storeCurrent();
  // -((tb << 3) | REQUEST)
  c.i32Const(0);
  c.localGet(tb);
  c.i32Const(3);
  c.op(W.i32_shl);
  c.i32Const(TbExit.REQUEST);
  c.op(W.i32_or);
  c.op(W.i32_sub);
  c.op(W.return);
  c.end();
  c.localGet(env);
  c.localGet(tb);
  c.byte(W.call_indirect);
  c.u32(tbType);
  c.u32(0);
  c.localTee(result);
  c.i32Const(0);
  c.op(W.i32_gt_s);
  c.open(W.if);
  c.localGet(result);
  c.localSet(tb);
  c.br(1);
  c.end();
  storeCurrent();
  c.localGet(result);
  c.op(W.return);
  c.end();
  c.op(W.unreachable);
  m.exportFunc('run', m.addFunc('ii', 'i', 'i', c));
  return m.finish();
}

/** Exports `stub`, the function that fills empty table slots: returns tbExitWord(0, NOT_COMPILED). No imports. */
export function compileStub(): Uint8Array {
  const m = new ModuleWriter();
  const c = new CodeWriter(16);
  c.i32Const(tbExitWord(0, TbExit.NOT_COMPILED));
  m.exportFunc('stub', m.addFunc('i', 'i', '', c));
  return m.finish();
}
