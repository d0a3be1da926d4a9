import { isBuiltin } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import { isTestFile, LAYERS, mayUseNode, packageOf, TEST_TOOLS } from './layers.js';

/**
 * One rule for every import, export-from and import() with a constant string: no higher layer, no Node module in core
 * packages, no relative path into another package (tests may use a lower one's test tools). Option: the workspace root.
 */
export const boundaries = {
  meta: {
    type: 'problem',
    docs: { description: 'lower packages never import higher ones, and core packages never import Node modules' },
    schema: [{ type: 'object', properties: { root: { type: 'string' } }, required: ['root'], additionalProperties: false }],
    messages: {
      layer: '{{from}} may not import {{to}}: it is no lower layer (docs/ARCHITECTURE.md).',
      node: 'Core packages run in browsers too: no Node modules here ({{to}}).',
      inside: '{{to}} lies inside another package: import what its index exports.',
    },
  },
  create(context) {
    const { root } = context.options[0];
    const file = relative(root, context.filename).split(sep).join('/');
    const from = packageOf(file);
    if (from === null) return {};

    function check(source) {
      if (source?.type !== 'Literal' || typeof source.value !== 'string') return;
      const to = source.value;
      const report = (messageId) => context.report({ node: source, messageId, data: { from, to } });
      if (to.startsWith('.')) {
        const path = join(dirname(file), to).split(sep).join('/');
        const target = packageOf(path);
        if (target === null || target === from) return;
        if (!LAYERS[from]?.includes(target)) report('layer');
        // tests may share a lower package's test tools, which it has no reason to export
        else if (!(isTestFile(file) && isTestFile(path))) report('inside');
      } else if (to.startsWith('@mttcg/')) {
        const name = to.split('/')[1];
        if (TEST_TOOLS.includes(name) && isTestFile(file)) return;
        if (name !== from && !LAYERS[from]?.includes(name)) report('layer');
      } else if (isBuiltin(to) && !mayUseNode(file)) report('node');
    }

    return {
      ImportDeclaration: (node) => check(node.source),
      ExportNamedDeclaration: (node) => check(node.source),
      ExportAllDeclaration: (node) => check(node.source),
      ImportExpression: (node) => check(node.source),
    };
  },
};
