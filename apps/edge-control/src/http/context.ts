import { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { Actor } from '../auth/actor.ts';
import type { ApiEnv } from '../env.ts';
import { malformedInput } from './problem.ts';
import type { TraceContext } from './trace.ts';

export type AppEnv = {
  Bindings: ApiEnv;
  Variables: {
    trace: TraceContext;
    /** For the log line of the request, once it is known. */
    meetingId?: string;
    /** Who makes the request; of the routes behind `withActor`. */
    actor: Actor;
  };
};
export type AppContext = Context<AppEnv>;

/** An app for the routes of one resource. What does not fit their schemas is refused in one form. */
export function router(): OpenAPIHono<AppEnv> {
  return new OpenAPIHono<AppEnv>({
    defaultHook: (result, c) => (result.success ? undefined : malformedInput(c, result.error)),
  });
}

export function random(bytes: Uint8Array): Uint8Array {
  return crypto.getRandomValues(bytes);
}

/** For work that goes on behind the answer. */
export function waitUntilOf(c: AppContext): (work: Promise<unknown>) => void {
  return (work) => c.executionCtx.waitUntil(work);
}
