// npm run chaos: a fleet on this machine, a meeting of forty on it, and faults of all kinds. See docs/development.md.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { ROOT } from './stack/paths.ts';

const main = path.join(ROOT, 'test', 'chaos', 'main.ts');
const { status } = spawnSync(process.execPath, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
process.exitCode = status ?? 1;
