import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { retargetAddon, uws, verifiedAddon } from './uws.ts';

const packageDirectory = path.dirname(createRequire(import.meta.url).resolve('uWebSockets.js'));
const addonFor = (arch: string) => path.join(packageDirectory, `uws_linux_${arch}_137.node`);

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'uws-test-'));
});
afterAll(() => rm(directory, { recursive: true }));

describe('uWebSockets.js', () => {
  it('is loaded whole, with what its wrapper adds', () => {
    expect(uws.App).toBeTypeOf('function');
    // The wrapper's class is missing from the package's types.
    expect(Reflect.get(uws, 'DeclarativeResponse')).toBeTypeOf('function');
  });

  it('listens and answers', async () => {
    const app = uws.App().get('/', (response) => {
      response.end('hello');
    });
    const port = await new Promise<number>((resolve, reject) => {
      app.listen('127.0.0.1', 0, (socket) => {
        if (socket) resolve(uws.us_socket_local_port(socket));
        else reject(new Error('cannot listen'));
      });
    });
    const response = await fetch(`http://127.0.0.1:${port}/`);
    expect(await response.text()).toBe('hello');
    app.close();
  });
});

describe('the retargeted addon', () => {
  it.each([
    ['x64', 3],
    ['arm64', 2],
  ])('asks for older symbols and for no newer glibc (%s: %i)', async (arch, symbols) => {
    const addon = await readFile(addonFor(arch));
    expect(retargetAddon(addon)).toBe(symbols);
    // Nothing is left to do on the result.
    expect(retargetAddon(addon)).toBe(0);
  });

  it('loads', async () => {
    const addon = await readFile(addonFor(process.arch));
    retargetAddon(addon);
    const copy = path.join(directory, 'copy.node');
    writeFileSync(copy, addon);
    // In a process of its own: this one has the addon loaded already.
    const script = `console.log(typeof require(${JSON.stringify(copy)}).App)`;
    expect(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' }).trim()).toBe('function');
  });
});

describe('what is not patched', () => {
  it('refuses what is no ELF file', () => {
    expect(() => retargetAddon(Buffer.alloc(100))).toThrow('not a 64-bit little-endian ELF');
    expect(() => retargetAddon(Buffer.from('short'))).toThrow('not a 64-bit little-endian ELF');
  });

  it('refuses a file that is not the known one', () => {
    const forged = path.join(directory, `uws_linux_x64_137.node`);
    writeFileSync(forged, 'something else');
    expect(() => verifiedAddon(forged)).toThrow('is not the file its patch was written for');
  });

  it('says so when the platform is unknown', () => {
    expect(() => verifiedAddon(path.join(directory, 'uws_linux_riscv64_137.node'))).toThrow(
      'needs glibc 2.38',
    );
  });
});
