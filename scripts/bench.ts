// npm run bench:NAME: runs test/bench/NAME/bench.ts. Its last line is the result as one JSON object.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './stack/paths.ts';

const [name = '', ...options] = process.argv.slice(2);
const bench = path.join(ROOT, 'test', 'bench', name, 'bench.ts');
if (!/^[a-z]+$/.test(name) || !existsSync(bench)) {
  console.error(`there is no bench ${name}`);
  process.exitCode = 1;
} else {
  process.exitCode = spawnSync(process.execPath, [bench, ...options], { stdio: 'inherit' }).status ?? 1;
}
