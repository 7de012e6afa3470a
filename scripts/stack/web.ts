import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import type { Logger } from './logs.ts';
import { DATA_DIR, NODE_MODULES, ROOT } from './paths.ts';
import { runToEnd } from './process.ts';

/** What the web app is made of. */
const SOURCES = ['apps/web', 'packages/client', 'packages/protocol', 'package-lock.json'];
const NOT_SOURCES = new Set(['node_modules', 'dist', '.tsbuild']);
const OUTPUT = path.join(ROOT, 'apps', 'web', 'dist');
const STAMP = path.join(DATA_DIR, 'web-build');

/** Builds the web app if its sources are not those of the last build. */
export async function buildWeb(log: Logger): Promise<void> {
  const hash = hashOfSources();
  if (
    existsSync(path.join(OUTPUT, 'index.html')) &&
    existsSync(STAMP) &&
    readFileSync(STAMP, 'utf8') === hash
  ) {
    return;
  }
  log('web', 'building');
  const started = performance.now();
  // Elsewhere, and swapped when it is whole: another stack may be serving the last build.
  const fresh = path.join(DATA_DIR, `web-${process.pid}`);
  const old = `${fresh}.old`;
  try {
    await runToEnd({
      name: 'web',
      command: process.execPath,
      args: [
        path.join(NODE_MODULES, 'vite', 'bin', 'vite.js'),
        'build',
        'apps/web',
        '--outDir',
        fresh,
        '--emptyOutDir',
      ],
      cwd: ROOT,
      log: () => {},
    });
    if (existsSync(OUTPUT)) renameSync(OUTPUT, old);
    renameSync(fresh, OUTPUT);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
    rmSync(old, { recursive: true, force: true });
  }
  mkdirSync(DATA_DIR, { recursive: true });
  writeFileSync(STAMP, hash);
  log('web', `built in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

function hashOfSources(): string {
  const hash = createHash('sha256');
  for (const source of SOURCES) {
    for (const file of filesUnder(path.join(ROOT, source))) {
      hash.update(`${path.relative(ROOT, file)}\0`).update(readFileSync(file));
    }
  }
  return hash.digest('hex');
}

function filesUnder(place: string): string[] {
  if (!statSync(place).isDirectory()) return [place];
  return readdirSync(place)
    .filter((name) => !NOT_SOURCES.has(name) && !name.endsWith('.test.ts'))
    .sort()
    .flatMap((name) => filesUnder(path.join(place, name)));
}
