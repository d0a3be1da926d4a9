export { ModelError, type ModelErrorCode } from './error.ts';
export { type Body, type Exploration, explore, replay, type Replayed, type Scenario } from './explore.ts';
export type { Model } from './model.ts';
