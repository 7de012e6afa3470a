// uWebSockets.js: proves that it loads here, so that a media node does not have to find out.
// The loading itself, with its answer to an older glibc, is the media node's own code.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { nodeModules, projectEnvironment, projectNode, root } from './paths.mjs';
import { run } from './run.mjs';

const loader = path.join(root, 'apps', 'media-node', 'src', 'server', 'uws.ts');

export async function ensureUwsLoads(report) {
  const stamp = path.join(nodeModules, '.cache', 'meridian', `uws-loads-${hash()}`);
  if (existsSync(stamp)) return;
  report.say('checking that it loads');
  await run(projectNode, ['-e', `import(${JSON.stringify(loader)}).then(({ uws }) => uws.App())`], {
    cwd: root,
    env: projectEnvironment(),
  });
  mkdirSync(path.dirname(stamp), { recursive: true });
  writeFileSync(stamp, '');
}

function hash() {
  return createHash('sha256').update(readFileSync(loader)).digest('hex').slice(0, 12);
}
