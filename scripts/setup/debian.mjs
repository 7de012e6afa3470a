// Debian packages: checked in milliseconds, installed only when something is missing.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { SetupError } from './report.mjs';
import { exitStatus, run } from './run.mjs';

/** To build mediasoup-worker (see infra/mediasoup-worker/README.md); openssl is for its self-test. */
export const workerBuildPackages = [
  'g++',
  'meson',
  'ninja-build',
  'patch',
  'pkg-config',
  'libuv1-dev',
  'libssl-dev',
  'libsrtp2-dev',
  'libflatbuffers-dev',
  'flatbuffers-compiler',
  'openssl',
];

/** For the tests in real browsers. Without a font Chromium lays text out in boxes of no width. */
export const testPackages = ['chromium', 'fonts-liberation'];

/** On other distributions we cannot install, but can look for the programs. */
const programOf = {
  'g++': 'g++',
  meson: 'meson',
  'ninja-build': 'ninja',
  patch: 'patch',
  'pkg-config': 'pkg-config',
  'flatbuffers-compiler': 'flatc',
  openssl: 'openssl',
  chromium: 'chromium',
};

export function isDebian() {
  return existsSync('/usr/bin/dpkg-query') && existsSync('/usr/bin/apt-get');
}

/** Installs those of `packages` that are missing, or throws with the command that would. */
export async function ensureDebianPackages(packages, report) {
  if (!isDebian()) {
    requirePrograms(packages);
    return;
  }
  const missing = missingPackages(packages);
  if (missing.length === 0) return;

  const apt = (...args) => ['apt-get', '-o', 'DPkg::Lock::Timeout=300', ...args];
  const prefix = privilege();
  if (prefix === undefined) {
    throw new SetupError(
      `Debian packages are missing and cannot be installed without root or passwordless sudo. Run:\n\n` +
        `  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing.join(' ')}\n`,
    );
  }
  const command = async (args) => {
    const [program, ...rest] = [...prefix, ...args];
    await run(program, rest, {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      onLine: (line) => report.progress(line.slice(0, 80)),
    });
  };
  report.say(`installing ${missing.join(' ')}`);
  await command(apt('update', '-q'));
  await command(apt('install', '-y', '-q', '--no-install-recommends', ...missing));
}

// biome-ignore lint/suspicious/noTemplateCurlyInString: the placeholders are dpkg-query's.
const queryFormat = '${Package} ${db:Status-Status}\\n';

export function missingPackages(packages) {
  const query = spawnSync('dpkg-query', ['-W', '-f', queryFormat, ...packages], {
    encoding: 'utf8',
  });
  const installed = new Set();
  for (const line of (query.stdout ?? '').split('\n')) {
    const [name, status] = line.split(' ');
    if (status === 'installed') installed.add(name);
  }
  return packages.filter((name) => !installed.has(name));
}

/** What to put before apt-get; undefined when we may not run it. */
function privilege() {
  if (process.getuid?.() === 0) return [];
  // env carries DEBIAN_FRONTEND through sudo, which clears the environment.
  if (exitStatus('sudo', ['-n', 'true']) === 0)
    return ['sudo', '-n', 'env', 'DEBIAN_FRONTEND=noninteractive'];
  return undefined;
}

function requirePrograms(packages) {
  const directories = (process.env.PATH ?? '').split(':');
  const missing = packages
    .map((name) => programOf[name])
    .filter((program) => program !== undefined)
    .filter((program) => !directories.some((directory) => existsSync(path.join(directory, program))));
  if (missing.length > 0) {
    throw new SetupError(
      `Not a Debian system, so nothing can be installed for you. These programs are needed: ${missing.join(', ')}\n` +
        `(on Debian: ${packages.join(' ')})`,
    );
  }
}
