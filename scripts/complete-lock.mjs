// For maintainers, after `npm install` has changed package-lock.json:
//
//   node scripts/complete-lock.mjs
//
// A registry or mirror may not serve the builds of a package for other platforms (workerd for macOS, biome for
// Windows). `npm install` then leaves them out of the lock file without a word, and `npm ci` refuses the file as
// incomplete ("Missing: … from lock file"). This puts them back. They need no integrity here: a package whose
// os and cpu are not those of the machine is never fetched, only its place in the tree is looked at. On a
// machine that does fetch them, the next `npm install` completes their entries.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const lockFile = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', 'package-lock.json');

/** The words with which package names tell platforms, and what npm calls those. */
const systems = {
  aix: 'aix',
  android: 'android',
  darwin: 'darwin',
  freebsd: 'freebsd',
  linux: 'linux',
  netbsd: 'netbsd',
  openbsd: 'openbsd',
  openharmony: 'openharmony',
  sunos: 'sunos',
  win32: 'win32',
  windows: 'win32',
};
const processors = {
  64: 'x64',
  arm: 'arm',
  arm64: 'arm64',
  ia32: 'ia32',
  loong64: 'loong64',
  ppc64: 'ppc64',
  riscv64: 'riscv64',
  s390x: 's390x',
  x64: 'x64',
};

/** Where npm finds `name` for the package at `place`: beside it, or in a node_modules further up. */
function isPresent(packages, place, name) {
  for (let directory = place; ; directory = parentOf(directory)) {
    const prefix = directory === '' ? '' : `${directory}/`;
    if (packages[`${prefix}node_modules/${name}`]) return true;
    if (directory === '') return false;
  }
}

function parentOf(place) {
  const end = place.lastIndexOf('/node_modules/');
  return end < 0 ? '' : place.slice(0, end);
}

function platformEntry(name, version, dev) {
  const words = name.split(/[-/]/);
  const system = words.map((word) => systems[word]).find(Boolean);
  const processor = words.map((word) => processors[word]).find(Boolean);
  if (!system || !processor) return undefined;
  return {
    version,
    cpu: [processor],
    ...(words.includes('musl') ? { libc: ['musl'] } : {}),
    ...(dev ? { dev: true } : {}),
    optional: true,
    os: [system],
  };
}

const lock = JSON.parse(readFileSync(lockFile, 'utf8'));
const { packages } = lock;
let added = 0;
for (const [place, entry] of Object.entries(packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    // Platform builds are pinned to one version; a range is an ordinary optional dependency.
    if (!/^\d/.test(version) || isPresent(packages, place, name)) continue;
    const missing = platformEntry(name, version, entry.dev);
    if (!missing) {
      console.error(`${name}: its name does not tell for which platform it is; add it by hand`);
      process.exitCode = 1;
      continue;
    }
    const level = place.includes('/node_modules/') ? `${parentOf(place)}/` : '';
    packages[`${level}node_modules/${name}`] = missing;
    added++;
  }
}
lock.packages = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(lockFile, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${added} added`);
