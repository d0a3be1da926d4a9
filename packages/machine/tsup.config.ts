import { libraryConfig } from '../../tooling/build/tsup.ts';

// keys keep the folder: host/node.js finds host/node-worker.js beside itself
export default libraryConfig({
  entry: {
    index: 'src/index.ts',
    'host/node': 'src/host/node.ts',
    'host/node-worker': 'src/host/node-worker.ts',
    'host/node-litmus-worker': 'src/host/node-litmus-worker.ts',
    'demo/index': 'src/demo/index.ts',
  },
});
