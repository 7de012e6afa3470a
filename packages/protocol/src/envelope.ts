import { z } from 'zod';
import { ErrorCode, MeridianError } from './errors.ts';
import { PROTOCOL_VERSION, SUPPORTED_VERSIONS } from './version.ts';

/** Chosen by the sender of a request; the answer carries it back. */
export const Ref = z.union([z.number().int().nonnegative(), z.string().max(64)]);
export type Ref = z.infer<typeof Ref>;

/** A message type: the envelope (`v`, `type`, `ref`) around its own fields. */
export function message<const T extends string, S extends z.ZodRawShape>(type: T, shape: S) {
  return z.object({ v: z.literal(PROTOCOL_VERSION), type: z.literal(type), ref: Ref.optional(), ...shape });
}

/** Answers a request that could not be done. Sent on any socket. */
export const ErrorMessage = message('error', {
  code: ErrorCode,
  message: z.string(),
  retry_after_ms: z.number().int().nonnegative().optional(),
});
export type ErrorMessage = z.infer<typeof ErrorMessage>;

export function errorMessage(error: MeridianError, ref?: Ref): ErrorMessage {
  return {
    v: PROTOCOL_VERSION,
    type: 'error',
    ...(ref === undefined ? {} : { ref }),
    code: error.code,
    message: error.message,
    ...(error.retryAfterMs === undefined ? {} : { retry_after_ms: error.retryAfterMs }),
  };
}

/**
 * Keep-alive frames, compared as whole strings: a hibernating Durable Object answers PING_FRAME with
 * PONG_FRAME without waking, which allows no variable part.
 */
export const PING_FRAME = '{"v":1,"type":"ping"}';
export const PONG_FRAME = '{"v":1,"type":"pong"}';
export const Ping = message('ping', {});
export const Pong = message('pong', {});

const Head = z.object({ v: z.unknown(), type: z.unknown(), ref: z.unknown() }).partial();

export type Parsed<T> = { ok: true; message: T } | { ok: false; error: MeridianError; ref?: Ref };

/**
 * Parses one frame against the messages a socket accepts.
 * Never throws: bad input yields a typed error together with the `ref` to answer, where one can be made out.
 */
export function parseFrame<S extends z.ZodType>(
  schema: S,
  frame: string | ArrayBuffer | ArrayBufferView,
  maxBytes: number,
): Parsed<z.output<S>> {
  if (typeof frame !== 'string') return failure('malformed', 'expected a text frame');
  // A UTF-16 unit is at least one byte of UTF-8, so this never refuses a frame the socket layer should have let in.
  if (frame.length > maxBytes) return failure('too_large', `a frame may have ${maxBytes} bytes`);
  let json: unknown;
  try {
    json = JSON.parse(frame);
  } catch {
    return failure('malformed', 'not JSON');
  }
  const head = Head.safeParse(json);
  if (!head.success) return failure('malformed', 'expected an object');
  const parsedRef = Ref.safeParse(head.data.ref);
  const ref = parsedRef.success ? parsedRef.data : undefined;
  if (typeof head.data.v === 'number' && !SUPPORTED_VERSIONS.includes(head.data.v)) {
    return failure('unsupported_version', `supported versions: ${SUPPORTED_VERSIONS.join(', ')}`, ref);
  }
  const result = schema.safeParse(json);
  if (result.success) return { ok: true, message: result.data };
  const issue = result.error.issues[0];
  const where = issue && issue.path.length > 0 ? `${issue.path.join('.')}: ` : '';
  return failure('malformed', `${where}${issue?.message ?? 'invalid message'}`, ref);
}

function failure(
  code: 'malformed' | 'too_large' | 'unsupported_version',
  text: string,
  ref?: Ref,
): { ok: false; error: MeridianError; ref?: Ref } {
  return { ok: false, error: new MeridianError(code, text), ...(ref === undefined ? {} : { ref }) };
}

type WithoutEnvelope<M> = M extends { v: unknown } ? Omit<M, 'v'> : never;

/** Serialises a message, adding the version. The type makes sure it belongs to the wire it is sent on. */
export function encode<M extends { v: typeof PROTOCOL_VERSION; type: string }>(
  body: WithoutEnvelope<M>,
): string {
  return JSON.stringify({ v: PROTOCOL_VERSION, ...body });
}
