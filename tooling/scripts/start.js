// `npm start`: from a fresh clone to a shell in a Debian arm64 guest.
import { mttcg, prepare, step } from './steps.js';

const IMAGE = 'debian-arm64';

prepare();
console.error(`\n== Fetching the guest image ${IMAGE}`);
if (mttcg('images', 'pull', IMAGE) === 0) {
  console.error('\n== Booting it on two virtual CPUs (Ctrl-A x quits, Ctrl-A h lists the keys)');
  process.exit(mttcg('run', '--image', IMAGE, '-smp', '2', '-m', '512'));
}
console.error('\nThe image could not be fetched (see above), so this is the built-in bare-metal guest instead:');
step('Running the demo guest', () => mttcg('demo'));
