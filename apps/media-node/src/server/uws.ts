import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire, Module } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';

/**
 * uWebSockets.js, on the glibc of this machine.
 *
 * Its addon was linked on glibc 2.38, whose headers rename strtol, strtoul and sscanf to __isoc23_*. These
 * are all it takes from 2.38, and they differ from the older ones only in accepting a "0b" prefix. Where the
 * glibc is older (Debian 12 has 2.36), a copy of the addon that asks for the older names is loaded.
 */

const require = createRequire(import.meta.url);
const renamedSince = 'GLIBC_2.38';
const renamedPrefix = '__isoc23_';

/** SHA-256 of the addons this was written for and tried with; what else might come is not patched blindly. */
const knownAddons: Readonly<Record<string, string>> = {
  'uws_linux_x64_137.node': '98128405dba2fb608448e921a979530f70c946a2cc9889c15f2fa70c2d00ab05',
  'uws_linux_arm64_137.node': '88618b30ddf6b2b62310db89f40a701616676352aac5e0f6184dd8ef876199ce',
};

/** Offsets in the ELF-64 structures that are read or written here. */
const elf = {
  sectionTable: 0x28,
  sectionSize: 0x3a,
  sectionCount: 0x3c,
  section: { type: 0x04, offset: 0x18, size: 0x20, link: 0x28 },
  symbolLength: 24,
  need: { auxCount: 2, file: 4, firstAux: 8, next: 12 },
  aux: { hash: 0, index: 6, name: 8, next: 12 },
} as const;

const sectionTypes = { dynamicSymbols: 11, symbolVersions: 0x6fffffff, neededVersions: 0x6ffffffe } as const;

interface Section {
  readonly offset: number;
  readonly size: number;
  readonly link: number;
}

/** A version of a library that the addon wants: its name, its number in the symbol table, its record. */
interface NeededVersion {
  readonly library: string;
  readonly name: string;
  readonly index: number;
  readonly record: number;
}

/**
 * Rewrites, in place, every symbol wanted from GLIBC_2.38 to its older twin; answers how many there were.
 * The old name is the end of the new one, so only fields of fixed size change and nothing moves.
 */
export function retargetAddon(file: Buffer): number {
  if (file.length < 64 || file.readUInt32BE(0) !== 0x7f454c46 || file[4] !== 2 || file[5] !== 1) {
    throw new Error('not a 64-bit little-endian ELF file');
  }
  const symbols = findSection(file, sectionTypes.dynamicSymbols);
  const versions = findSection(file, sectionTypes.symbolVersions);
  const names = sectionAt(file, symbols.link);
  const text = (at: number) => file.toString('latin1', names.offset + at, file.indexOf(0, names.offset + at));

  const needed = neededVersions(file, findSection(file, sectionTypes.neededVersions).offset, text);
  const newer = needed.find(
    (version) => version.name === renamedSince && version.library.startsWith('libc.'),
  );
  if (newer === undefined) return 0;

  const renamed: { symbol: number; version: number }[] = [];
  let baseIndex: number | undefined;
  for (let i = 0; i < symbols.size / elf.symbolLength; i++) {
    const symbol = symbols.offset + i * elf.symbolLength;
    const version = versions.offset + i * 2;
    const name = text(file.readUInt32LE(symbol));
    // malloc is as old as the platform, so its version is one that every glibc has.
    if (name === 'malloc') baseIndex = file.readUInt16LE(version);
    if (file.readUInt16LE(version) !== newer.index) continue;
    if (!name.startsWith(renamedPrefix)) throw new Error(`${name} of ${renamedSince} has no older twin`);
    renamed.push({ symbol, version });
  }
  const base = needed.find((version) => version.index === baseIndex);
  if (base === undefined) throw new Error('the base version of libc is not among the versions it needs');

  for (const { symbol, version } of renamed) {
    file.writeUInt32LE(file.readUInt32LE(symbol) + renamedPrefix.length, symbol);
    file.writeUInt16LE(base.index, version);
  }
  // The loader checks every version in the list, used or not: let this record ask for the base version too.
  for (const field of [elf.aux.hash, elf.aux.name]) {
    file.writeUInt32LE(file.readUInt32LE(base.record + field), newer.record + field);
  }
  return renamed.length;
}

function sectionAt(file: Buffer, index: number): Section {
  const start = Number(file.readBigUInt64LE(elf.sectionTable)) + index * file.readUInt16LE(elf.sectionSize);
  return {
    offset: Number(file.readBigUInt64LE(start + elf.section.offset)),
    size: Number(file.readBigUInt64LE(start + elf.section.size)),
    link: file.readUInt32LE(start + elf.section.link),
  };
}

function findSection(file: Buffer, type: number): Section {
  const table = Number(file.readBigUInt64LE(elf.sectionTable));
  const length = file.readUInt16LE(elf.sectionSize);
  for (let i = 0; i < file.readUInt16LE(elf.sectionCount); i++) {
    if (file.readUInt32LE(table + i * length + elf.section.type) === type) return sectionAt(file, i);
  }
  throw new Error(`ELF section of type ${type.toString(16)} is missing`);
}

function neededVersions(file: Buffer, first: number, text: (at: number) => string): NeededVersion[] {
  const found: NeededVersion[] = [];
  for (let need = first; ; need += file.readUInt32LE(need + elf.need.next)) {
    const library = text(file.readUInt32LE(need + elf.need.file));
    let record = need + file.readUInt32LE(need + elf.need.firstAux);
    for (let left = file.readUInt16LE(need + elf.need.auxCount); left > 0; left--) {
      const name = text(file.readUInt32LE(record + elf.aux.name));
      found.push({ library, name, index: file.readUInt16LE(record + elf.aux.index), record });
      record += file.readUInt32LE(record + elf.aux.next);
    }
    if (file.readUInt32LE(need + elf.need.next) === 0) return found;
  }
}

/** The addon's bytes, if they are those that the retargeting is known to be right for. */
export function verifiedAddon(file: string): Buffer {
  const name = path.basename(file);
  const known = knownAddons[name];
  if (known === undefined) {
    throw new Error(`uWebSockets.js needs glibc 2.38 or newer on this platform: no known patch for ${name}`);
  }
  const bytes = readFileSync(file);
  const hash = createHash('sha256').update(bytes).digest('hex');
  if (hash !== known) throw new Error(`${name} is not the file its patch was written for (SHA-256 ${hash})`);
  return bytes;
}

/** Loads a retargeted copy. The copy lives for the moment of loading, in a directory nobody else can write to. */
export function loadRetargeted(file: string): unknown {
  const bytes = verifiedAddon(file);
  retargetAddon(bytes);
  const directory = privateDirectory();
  try {
    const copy = path.join(directory, path.basename(file));
    writeFileSync(copy, bytes, { mode: 0o600 });
    return require(copy);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function privateDirectory(): string {
  const packageDirectory = path.dirname(require.resolve('uWebSockets.js'));
  const cache = path.join(packageDirectory, '..', '.cache', 'meridian');
  try {
    mkdirSync(cache, { recursive: true });
    return mkdtempSync(path.join(cache, 'uws-'));
  } catch {
    // In production node_modules belongs to root and the process does not run as root.
    return mkdtempSync(path.join(tmpdir(), 'uws-'));
  }
}

function load(): typeof import('uWebSockets.js') {
  try {
    return require('uWebSockets.js');
  } catch (error) {
    if (process.platform !== 'linux' || !String(error).includes(renamedSince)) throw error;
  }
  const name = `uws_${process.platform}_${process.arch}_${process.versions.modules}.node`;
  const addon = path.join(path.dirname(require.resolve('uWebSockets.js')), name);
  // The package's own wrapper adds to what the addon exports, so it is given our copy under the addon's name.
  const entry = new Module(addon);
  entry.exports = loadRetargeted(addon);
  entry.loaded = true;
  require.cache[addon] = entry;
  return require('uWebSockets.js');
}

export const uws = load();
