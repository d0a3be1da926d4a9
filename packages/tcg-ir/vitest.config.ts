import { testConfig } from '../../tooling/build/vitest.ts';

export default testConfig();
