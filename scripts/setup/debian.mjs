// Debian packages: checked in milliseconds, installed only when something is missing.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './paths.mjs';
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

/** Without a font Chromium lays text out in boxes of no width. */
const chromiumPackages = ['chromium', 'fonts-liberation'];

export const benchPackages = chromiumPackages;

/** iproute2 makes the network without UDP; the server of postgresql is the second one that storage is tried on. */
export const testPackages = [...chromiumPackages, 'firefox-esr', 'coturn', 'postgresql', 'iproute2'];

/** The synthetic participants are pages in Chromium. */
export const demoPackages = chromiumPackages;

/** What the stack goes without if it has to, in words for who has to go without. */
export const turnPackages = ['coturn'];
export const speechPackages = ['espeak-ng'];

const dayInMilliseconds = 24 * 3_600_000;

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
  'firefox-esr': 'firefox-esr',
  coturn: 'turnserver',
  postgresql: 'pg_ctlcluster',
  iproute2: 'ip',
  'espeak-ng': 'espeak-ng',
};

/** Packages that bring a service of the same name. We run these servers ourselves, when they are wanted. */
const servicePackages = new Set(['coturn', 'postgresql']);

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
  const install = apt('install', '-y', '-q', '--no-install-recommends', ...missing);
  const services = missing.filter((name) => servicePackages.has(name));
  await command(services.length === 0 ? install : withoutServices(services, install));
}

/**
 * Packages that are nice to have: when they cannot be installed, says what that means and answers normally. An
 * attempt takes its time where there is no network, so the next one is tomorrow's.
 */
export async function offerDebianPackages(packages, without, report) {
  if (isDebian() && missingPackages(packages).length === 0) return;
  const attempt = path.join(root, '.meridian', `no-${packages.join('-')}`);
  if (existsSync(attempt) && Date.now() - statSync(attempt).mtimeMs < dayInMilliseconds) return;
  try {
    await ensureDebianPackages(packages, report);
    rmSync(attempt, { force: true });
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    mkdirSync(path.dirname(attempt), { recursive: true });
    writeFileSync(attempt, `${error.message}\n`);
    report.say(`${packages.join(', ')} cannot be installed (why: ${attempt}): ${without}`);
  }
}

/**
 * Debian starts what it installs, now and at each boot. The first is prevented as Debian's policy has it
 * (policy-rc.d, /usr/share/doc/init-system-helpers/README.policy-rc.d.gz), the second by disabling the units.
 */
function withoutServices(services, install) {
  const script = `
    policy=/usr/sbin/policy-rc.d
    if [ ! -e $policy ]; then
      trap "rm -f $policy" EXIT
      trap 'exit 1' INT TERM HUP
      printf '#!/bin/sh\\nexit 101\\n' >$policy
      chmod 755 $policy
    fi
    "$@" || exit
    if [ -d /run/systemd/system ]; then systemctl disable --quiet ${services.join(' ')}; fi`;
  return ['sh', '-c', script, 'sh', ...install];
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
