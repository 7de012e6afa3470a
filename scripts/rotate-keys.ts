// The next SIGNING_KEYS of the Workers, from the current ones on standard input (docs/apps/identity.md):
//
//   node scripts/rotate-keys.ts add|promote|drop < current.json > next.json
//
// Begin with `echo '[]'` for the first key of a deployment.
import { text } from 'node:stream/consumers';
import { rotated, SigningKeys, STEPS } from './keys/rotation.ts';

const step = STEPS.find((one) => one === process.argv[2]);
if (!step) {
  console.error(`usage: node scripts/rotate-keys.ts ${STEPS.join('|')} < current.json > next.json`);
  process.exit(2);
}
try {
  const current = SigningKeys.parse(JSON.parse(await text(process.stdin)));
  const next = rotated(current, step);
  console.log(JSON.stringify(next));
  console.error(`signs: ${next[0]?.kid}; verify: ${next.map(({ kid }) => kid).join(', ')}`);
} catch (error) {
  // Without the input, which is secret.
  console.error(error instanceof SyntaxError ? 'standard input is not JSON' : String(error));
  process.exit(1);
}
