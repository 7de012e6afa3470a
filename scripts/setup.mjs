// The first and only command: makes a fresh checkout ready, then runs what was asked for.
//
//   node scripts/setup.mjs            only set up
//   node scripts/setup.mjs start      … then bring everything up (npm start)
//   node scripts/setup.mjs demo       … with three synthetic participants (npm run demo)
//   node scripts/setup.mjs test       … then run all tests       (npm test)
//   node scripts/setup.mjs check      … then the quick checks    (npm run check)
//   node scripts/setup.mjs bench join … then a bench             (npm run bench:join)
//   node scripts/setup.mjs chaos      … then a fleet with faults (npm run chaos)
//   node scripts/setup.mjs simulate   … then a day of the whole world (npm run simulate)
//   node scripts/setup.mjs node       … then a media node, configured by its environment (docs/deploying.md)
//
// Runs on any Node from 18 on and imports nothing that has to be installed.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import {
  benchPackages,
  demoPackages,
  ensureDebianPackages,
  offerDebianPackages,
  speechPackages,
  testPackages,
  turnPackages,
} from './setup/debian.mjs';
import { ensureNpmPackages } from './setup/npm.mjs';
import { projectEnvironment, projectNode, root } from './setup/paths.mjs';
import { SetupError, seconds, step } from './setup/report.mjs';
import { stopEverything } from './setup/run.mjs';
import { ensureUwsLoads } from './setup/uws.mjs';
import { ensureMediasoupWorker, mediasoupWorkerPath } from './setup/worker.mjs';

const goals = ['start', 'demo', 'test', 'check', 'bench', 'simulate', 'node', 'chaos'];
const [goal, ...goalArguments] = process.argv.slice(2);

const needed = (packages) => (report) => ensureDebianPackages(packages, report);
const offered = (packages, without) => (report) => offerDebianPackages(packages, without, report);
const turnServer = ['TURN server', offered(turnPackages, 'going on without TURN')];

/** Programs that are not npm packages, by goal. */
const programSteps = {
  start: [turnServer],
  demo: [
    ['programs for the demo', needed(demoPackages)],
    ['speech', offered(speechPackages, 'the demo will babble instead')],
    turnServer,
  ],
  test: [['programs for tests', needed(testPackages)]],
  bench: [['programs for benches', needed(benchPackages)]],
  chaos: [['programs for chaos', needed(benchPackages)]],
};

async function setUp() {
  const started = performance.now();
  const worked = [
    await step('npm packages', ensureNpmPackages),
    await step('mediasoup-worker', ensureMediasoupWorker),
    await step('uWebSockets.js', ensureUwsLoads),
  ];
  for (const [title, work] of programSteps[goal] ?? []) worked.push(await step(title, work));
  const summary = worked.includes(true) ? 'ready' : 'nothing to do';
  console.log(`[set-up] ${summary} (${seconds(started)})`);
}

/** Runs the goal's script on the project's Node; answers its exit code. */
function runGoal() {
  const script = path.join(root, goal === 'node' ? 'apps/media-node/src/main.ts' : `scripts/${goal}.ts`);
  const [program, ...programArguments] = [...withParentDeathSignal(), projectNode, script, ...goalArguments];
  const child = spawn(program, programArguments, {
    cwd: root,
    env: { ...projectEnvironment(), MEDIASOUP_WORKER_BIN: mediasoupWorkerPath() },
    stdio: 'inherit',
  });
  // A Ctrl-C reaches the child from the terminal as well, a plain kill does not: pass everything on, the
  // child takes a second signal for the first. We stay until it is gone.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 143)));
  });
}

/** Where the system can: has the kernel end the goal when we are killed without a chance to do so. */
function withParentDeathSignal() {
  const setpriv = '/usr/bin/setpriv';
  return existsSync(setpriv) ? [setpriv, '--pdeathsig', 'TERM', '--'] : [];
}

function interrupted(exitCode) {
  stopEverything();
  process.exit(exitCode);
}

async function main() {
  if (process.platform !== 'linux') throw new SetupError('Meridian is developed on Linux');
  if (goal !== undefined && !goals.includes(goal)) {
    throw new SetupError(`usage: node scripts/setup.mjs [${goals.join('|')}]`);
  }
  const handlers = {
    SIGINT: () => interrupted(130),
    SIGTERM: () => interrupted(143),
    SIGHUP: () => interrupted(129),
  };
  for (const [signal, handler] of Object.entries(handlers)) process.on(signal, handler);
  await setUp();
  for (const [signal, handler] of Object.entries(handlers)) process.off(signal, handler);
  if (goal !== undefined) process.exitCode = await runGoal();
}

main().catch((error) => {
  console.error(error instanceof SetupError ? `[set-up] ${error.message}` : error);
  process.exitCode = 1;
});
