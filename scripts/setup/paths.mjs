// Where things are. Everything that set-up writes is in node_modules, .meridian or the user's cache.
import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const nodeModules = path.join(root, 'node_modules');

/** Outlives checkouts: what takes minutes to build is kept here. */
export const userCache = path.join(process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'meridian');

/** The Node that everything after set-up runs on: the system's may be too old for wrangler and mediasoup. */
export const projectNode = path.join(nodeModules, `node-linux-${process.arch}`, 'bin', 'node');

/** The environment of whatever set-up starts: the project's Node and tools are found before the system's. */
export function projectEnvironment() {
  const tools = [path.dirname(projectNode), path.join(nodeModules, '.bin')];
  return { ...process.env, PATH: [...tools, process.env.PATH ?? '/usr/bin:/bin'].join(':') };
}
