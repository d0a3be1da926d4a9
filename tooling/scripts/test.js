// `npm test`: installs, builds, and runs every package's tests.
import { pnpm, prepare, step } from './steps.js';

prepare();
step('Checking the layers and the style', () => pnpm('run', 'lint'));
step('Checking the types', () => pnpm('run', 'typecheck'));
step('Running every package\'s tests', () => pnpm('exec', 'turbo', 'run', 'test', '--concurrency=1', '--continue', '--output-logs=full'));
