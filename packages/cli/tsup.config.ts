import { libraryConfig } from '../../tooling/build/tsup.ts';

export default libraryConfig();
