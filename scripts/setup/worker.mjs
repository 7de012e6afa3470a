// mediasoup-worker: built once per user, version and build recipe, and tested before it is used.
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { ensureDebianPackages, workerBuildPackages } from './debian.mjs';
import { withLock } from './lock.mjs';
import { nodeModules, projectEnvironment, projectNode, root, userCache } from './paths.mjs';
import { exitStatus, run } from './run.mjs';

const recipe = path.join(root, 'infra', 'mediasoup-worker');
const mediasoup = path.join(nodeModules, 'mediasoup');
const binaryInputs = ['build.sh', 'patches', 'subprojects'];
const testInputs = ['self-test.ts', 'self-test'];

/** Where the worker of the installed mediasoup version is, whether it has been made yet or not. */
export function mediasoupWorkerPath() {
  // An operator's own binary goes before ours, as mediasoup itself has it.
  return process.env.MEDIASOUP_WORKER_BIN || path.join(cacheDirectory(), 'mediasoup-worker');
}

export async function ensureMediasoupWorker(report) {
  if (process.env.MEDIASOUP_WORKER_BIN) return;
  const binary = mediasoupWorkerPath();
  const testStamp = path.join(cacheDirectory(), `self-test-${hashOf(testInputs)}`);
  const ready = () => existsSync(testStamp) && starts(binary);
  if (ready()) return;

  await withLock(
    path.join(cacheDirectory(), 'lock'),
    async () => {
      if (ready()) return;
      if (!starts(binary)) await provide(binary, report);
      await selfTest(binary, testStamp, report);
    },
    () => report.say('waiting for another set-up that is at it'),
  );
}

async function provide(binary, report) {
  // A binary that is there but does not start lacks its shared libraries (a home directory that moved
  // to another machine, say); the packages that build it bring them.
  report.say('building from the source in the npm package');
  await ensureDebianPackages(workerBuildPackages, report);
  if (starts(binary)) return;
  await build(binary, report);
}

async function build(binary, report) {
  const directory = path.dirname(binary);
  for (const name of readdirSync(directory)) {
    // What a set-up that was killed left behind. We hold the lock, so it is nobody's.
    if (name.startsWith('build-')) rmSync(path.join(directory, name), { recursive: true, force: true });
  }
  const workshop = mkdtempSync(path.join(directory, 'build-'));
  const product = path.join(workshop, 'mediasoup-worker');
  try {
    report.say('compiling (some minutes)');
    await run('bash', [path.join(recipe, 'build.sh'), mediasoup, path.join(workshop, 'work'), product], {
      onLine: (line) => {
        const [, done, total] = /^\[(\d+)\/(\d+)\]/.exec(line) ?? [];
        if (done) report.progress(`compiling, step ${done} of ${total}`);
      },
    });
    install(product, binary);
  } finally {
    rmSync(workshop, { recursive: true, force: true });
  }
}

/** Under its final name there is only ever a whole binary. */
function install(file, binary) {
  const beside = `${binary}.${process.pid}`;
  copyFileSync(file, beside);
  chmodSync(beside, 0o755);
  renameSync(beside, binary);
}

async function selfTest(binary, testStamp, report) {
  report.say('self-test (DTLS handshake, SRTP)');
  await ensureDebianPackages(['openssl'], report);
  await run(projectNode, [path.join(recipe, 'self-test.ts')], {
    cwd: root,
    env: { ...projectEnvironment(), MEDIASOUP_WORKER_BIN: binary },
    onLine: (line) => report.progress(line),
    timeout: 60_000,
  });
  writeFileSync(testStamp, '');
}

/** Run without a parent process, a worker that loads complains and exits with 41. */
function starts(binary) {
  return existsSync(binary) && exitStatus(binary, [], { env: {} }) === 41;
}

function cacheDirectory() {
  const { version } = JSON.parse(readFileSync(path.join(mediasoup, 'package.json'), 'utf8'));
  const directory = path.join(
    userCache,
    'mediasoup-worker',
    `${version}-${hashOf(binaryInputs)}-${process.arch}`,
  );
  mkdirSync(directory, { recursive: true });
  return directory;
}

function hashOf(inputs) {
  const hash = createHash('sha256');
  for (const input of inputs) {
    for (const file of filesUnder(path.join(recipe, input))) {
      hash.update(`${path.relative(recipe, file)}\0`).update(readFileSync(file));
    }
  }
  return hash.digest('hex').slice(0, 12);
}

function filesUnder(place) {
  if (!existsSync(place)) return [];
  try {
    return readdirSync(place)
      .sort()
      .flatMap((name) => filesUnder(path.join(place, name)));
  } catch (error) {
    if (error.code === 'ENOTDIR') return [place];
    throw error;
  }
}
