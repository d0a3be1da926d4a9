#!/usr/bin/env node
// Parsed by whatever Node there is: nothing else may be imported before its version is known.
const REQUIRED = [22, 18];

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < REQUIRED[0]! || (major === REQUIRED[0] && minor < REQUIRED[1]!)) {
  process.stderr.write(`mttcg: Node ${process.versions.node} is too old, ${REQUIRED.join('.')} or newer is needed.\n`);
  process.exitCode = 1;
} else {
  const { runCli } = await import('./index.ts');
  process.exitCode = await runCli(process.argv.slice(2));
}

export {};
