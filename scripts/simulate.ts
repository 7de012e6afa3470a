// npm run simulate -- --meetings 10000000 --participants 50000000: runs test/simulate/main.ts with what it is given.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { ROOT } from './stack/paths.ts';

const simulation = path.join(ROOT, 'test', 'simulate', 'main.ts');
const run = spawnSync(process.execPath, [simulation, ...process.argv.slice(2)], { stdio: 'inherit' });
process.exitCode = run.status ?? 1;
