// node scripts/docs.ts: writes the pages of docs/protocol from the schemas of packages/protocol.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { PAGES, protocolPages } from './docs/protocol-pages.ts';

mkdirSync(PAGES, { recursive: true });
for (const [file, text] of protocolPages()) writeFileSync(path.join(PAGES, file), text);
