import path from 'node:path';

export const ROOT = path.resolve(import.meta.dirname, '../..');
export const NODE_MODULES = path.join(ROOT, 'node_modules');
/** What development keeps between runs: database, Durable Objects, secrets. */
export const DATA_DIR = path.join(ROOT, '.meridian');
