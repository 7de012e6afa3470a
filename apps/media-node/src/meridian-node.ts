#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { enrolNode } from './fleet/enrol-node.ts';

const USAGE = `meridian-node: a machine of the media fleet

  meridian-node enroll --secret S    makes a key for this machine and has it accepted, with a secret from
                                     "meridian fleet enrol"; reads NODE_ID, REGION, CONTROL_URL, NODE_KEY_FILE

The node itself is started with "node scripts/setup.mjs node".
`;

try {
  const { values, positionals } = parseArgs({
    options: { secret: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    allowPositionals: true,
  });
  const [command, ...rest] = positionals;
  if (values.help || command === undefined) process.stdout.write(USAGE);
  else if (command !== 'enroll' || rest.length > 0)
    throw new Error(`"${positionals.join(' ')}" is no command`);
  else if (values.secret === undefined) throw new Error('enroll needs --secret');
  else process.stdout.write(`${await enrolNode(process.env, values.secret)}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
