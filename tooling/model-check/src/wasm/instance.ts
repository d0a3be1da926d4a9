/**
 * `WebAssembly` for bodies that make instances themselves: a module that works on the model's memory (or on none) is
 * interpreted; all others are the engine's.
 */
import { CONSTRUCTORS } from '../element.ts';
import { ModelError } from '../error.ts';
import type { Host } from '../views.ts';
import { type Imports, Interpreter } from './interpreter.ts';

const Real = WebAssembly;

export function modelWebAssembly(host: Host): typeof WebAssembly {
  const encoded = new WeakMap<WebAssembly.Module, Uint8Array>();
  /** By their bytes: bodies are run again and again. */
  const compiled = new Map<string, WebAssembly.Module>();

  function interpreted(module: WebAssembly.Module, imports: Imports): Interpreter | undefined {
    const memory = Real.Module.imports(module).find(({ kind }) => kind === 'memory');
    const given = memory === undefined ? undefined : (imports[memory.module]?.[memory.name] as { buffer?: unknown } | undefined);
    if (memory !== undefined && given?.buffer !== host.buffer) return undefined;
    const bytes = encoded.get(module);
    if (bytes === undefined) {
      if (memory === undefined) return undefined;
      throw new ModelError('ERR_UNSUPPORTED', 'wasm: the module was compiled before the exploration, so its bytes are not known: compile it in the body, or use wasmBody()');
    }
    try {
      return new Interpreter(bytes, host, imports);
    } catch (error) {
      // without the model's memory it can be left to the engine
      if (memory === undefined && error instanceof ModelError) return undefined;
      throw error;
    }
  }

  const Module = new Proxy(Real.Module, {
    construct(target, [source]: [BufferSource], newTarget) {
      const bytes = (ArrayBuffer.isView(source) ? new CONSTRUCTORS.Uint8Array(source.buffer, source.byteOffset, source.byteLength) : new CONSTRUCTORS.Uint8Array(source)).slice();
      const key = bytes.join();
      let module = compiled.get(key);
      if (module === undefined) {
        module = Reflect.construct(target, [bytes], newTarget) as WebAssembly.Module;
        compiled.set(key, module);
        encoded.set(module, bytes);
      }
      return module;
    },
  });
  const Instance = new Proxy(Real.Instance, {
    construct(target, [module, imports = {}]: [WebAssembly.Module, Imports?], newTarget) {
      const interpreter = interpreted(module, imports);
      if (interpreter === undefined) return Reflect.construct(target, [module, imports], newTarget) as WebAssembly.Instance;
      const exports = Object.fromEntries([...interpreter.module.exports.keys()].map((name) => [name, (...args: (number | bigint)[]) => interpreter.call(name, args)]));
      return Object.create(Real.Instance.prototype as object, { exports: { value: Object.freeze(exports), enumerable: true } }) as WebAssembly.Instance;
    },
  });
  return Object.create(Real, { Module: { value: Module }, Instance: { value: Instance } }) as typeof WebAssembly;
}
