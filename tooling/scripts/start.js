// `npm start`: from a fresh clone to a shell in a Debian arm64 guest.
import { mttcg, prepare } from './steps.js';

const IMAGE = 'debian-arm64';

await prepare();
console.error(`\n== Fetching the guest image ${IMAGE}`);
if ((await mttcg('images', 'pull', IMAGE)) === 0) {
  console.error('\n== Booting it on two virtual CPUs (Ctrl-A x quits, Ctrl-A h lists the keys)');
  process.exit(await mttcg('run', '-image', IMAGE, '-smp', '2', '-m', '512'));
}
console.error('\nThe image could not be fetched (see above), so this is the built-in bare-metal guest instead:');
process.exit(await mttcg('demo'));
