/** Puts the model in the place of the global names that code for shared memory uses, and the real things back. */
export type Globals = Readonly<Record<string, unknown>>;

/** Runs `body` with the globals replaced; they are put back however it ends. */
export function withGlobals<T>(globals: Globals, body: () => T): T {
  const target = globalThis as unknown as Record<string, unknown>;
  const before = new Map<string, PropertyDescriptor | undefined>();
  try {
    for (const [name, value] of Object.entries(globals)) {
      before.set(name, Object.getOwnPropertyDescriptor(target, name));
      Object.defineProperty(target, name, { value, configurable: true, writable: true, enumerable: false });
    }
    return body();
  } finally {
    for (const [name, descriptor] of before) {
      if (descriptor === undefined) Reflect.deleteProperty(target, name);
      else Object.defineProperty(target, name, descriptor);
    }
  }
}
