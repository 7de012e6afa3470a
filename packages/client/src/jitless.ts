import { config } from 'zod';

// zod compiles object schemas with `new Function` unless told otherwise before they are constructed. A page under
// a strict Content-Security-Policy forbids that, and even the probe for it is reported as a violation. This module
// is therefore the first import of index.ts.
config({ jitless: true });
