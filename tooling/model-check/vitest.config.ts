import { testConfig } from '../build/vitest.ts';

export default testConfig();
