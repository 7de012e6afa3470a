import type { OpenAPIHono } from '@hono/zod-openapi';
import type { AppEnv } from '../context.ts';

type Security = Record<string, string[]>[];

/** How a route's caller may prove who they are, for the document. */
export const SESSION: Security = [{ session: [] }];
export const ACCOUNT: Security = [{ session: [] }, { api_key: [] }];
/** Also without any. */
export const ANYBODY: Security = [{}, ...ACCOUNT];
export const TICKET: Security = [{ ticket: [] }];
/** Of a meeting. */
export const OWNER: Security = [...ACCOUNT, { host_key: [] }];
/** Somebody in the meeting, or its owner. */
export const IN_MEETING: Security = [...TICKET, ...OWNER];

export function describeSecurity(app: OpenAPIHono<AppEnv>): void {
  const bearer = { type: 'http', scheme: 'bearer' } as const;
  const schemes = {
    session: {
      type: 'apiKey',
      in: 'cookie',
      name: '__Host-meridian_session',
      description:
        'Of a browser that has signed in. What changes something must come from a page of this origin.',
    },
    api_key: { ...bearer, description: 'An API key, `mk_…`.' },
    ticket: { ...bearer, bearerFormat: 'JWT', description: 'The ticket of a participant, from `join`.' },
    host_key: {
      type: 'apiKey',
      in: 'header',
      name: 'X-Host-Key',
      description: 'The host key of the meeting, from its creation: the rights of its owner from any device.',
    },
    node: { ...bearer, bearerFormat: 'JWT', description: 'The token a media node signs for itself.' },
  } as const;
  for (const [name, scheme] of Object.entries(schemes)) {
    app.openAPIRegistry.registerComponent('securitySchemes', name, scheme);
  }
}
