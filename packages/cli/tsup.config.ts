import { libraryConfig } from '../../tooling/build/tsup.ts';

export default libraryConfig({ entry: ['src/index.ts', 'src/main.ts'] });
