import path from 'node:path';

/** For `node --import`: gives a process an address that its connections come from, which the variable names. */
export const OUTGOING_ADDRESS = path.join(import.meta.dirname, 'outgoing-address.mjs');
