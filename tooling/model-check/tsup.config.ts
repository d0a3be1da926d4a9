import { libraryConfig } from '../build/tsup.ts';

export default libraryConfig({ entry: { index: 'src/index.ts', mutate: 'src/mutate.ts', 'wasm/index': 'src/wasm/index.ts' } });
