import type { Jwks } from '@meridian/protocol';
import type { Health, Readiness } from '../platform-schemas.ts';
import { ACCOUNT_EXAMPLES } from './account.ts';
import { FLEET_EXAMPLES } from './fleet.ts';
import { MEETING_EXAMPLES } from './meeting.ts';
import { PROBLEM_EXAMPLES } from './problems.ts';

export { PROBLEM_EXAMPLES } from './problems.ts';

/** An example for every schema that has a name in the document. */
export const EXAMPLES = {
  Problem: PROBLEM_EXAMPLES[404],
  Jwks: {
    keys: [
      {
        kty: 'EC',
        crv: 'P-256',
        x: 'BqIpb_ppNH6B1UXjDN4VKcTdtAlMMAZO2LWDPIRmzA4',
        y: 'dFk6gblx6KoFE2XnhneA7ZjoGfwuAh5b0ejQQTOm-88',
        kid: '2027-02',
        alg: 'ES256',
        use: 'sig',
      },
    ],
  } satisfies Jwks,
  Health: { status: 'ok' } satisfies Health,
  Readiness: { status: 'ready', regions: 2 } satisfies Readiness,

  ...ACCOUNT_EXAMPLES,
  ...MEETING_EXAMPLES,
  ...FLEET_EXAMPLES,
} as const;
export type ExampleName = keyof typeof EXAMPLES;
