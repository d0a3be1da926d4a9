export * from './primitive.ts';
export { AtomicError, type AtomicErrorCode } from './error.ts';
export { Heap } from './heap.ts';
export {
  alignUp,
  defineLayout,
  type AnyLayout,
  type FieldType,
  type Layout,
  type LayoutAssertions,
  type LayoutSpec,
  type ScalarType,
} from './layout.ts';
export { Arena, ArenaFullError } from './arena.ts';
