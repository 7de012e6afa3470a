import { CreateMeetingResponse, JoinResponse, Meeting, Problem } from '@meridian/protocol';
import type { z } from 'zod';

/** The REST API as a client outside the browser uses it. Every answer is parsed against its schema. */
export class Api {
  readonly origin: string;

  constructor(origin: string) {
    this.origin = origin;
  }

  createMeeting(body: Record<string, unknown> = {}): Promise<z.infer<typeof CreateMeetingResponse>> {
    return this.#ok(CreateMeetingResponse, 'POST', '/meetings', { type: 'instant', ...body });
  }

  getMeeting(ref: string): Promise<z.infer<typeof Meeting>> {
    return this.#ok(Meeting, 'GET', `/meetings/${ref}`);
  }

  join(ref: string, body: Record<string, unknown>): Promise<JoinResponse> {
    return this.#ok(JoinResponse, 'POST', `/meetings/${ref}/join`, body);
  }

  /** A request that is to fail: its problem document and headers. */
  async refused(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; problem: Problem; headers: Headers }> {
    const response = await this.request(method, path, body, headers);
    const type = response.headers.get('content-type');
    if (!type?.startsWith('application/problem+json'))
      throw new Error(`not a problem: ${response.status} ${type}`);
    return {
      status: response.status,
      problem: Problem.parse(await response.json()),
      headers: response.headers,
    };
  }

  request(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    return fetch(`${this.origin}/api/v1${path}`, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      signal: AbortSignal.timeout(10_000),
    });
  }

  async #ok<S extends z.ZodType>(
    schema: S,
    method: string,
    path: string,
    body?: unknown,
  ): Promise<z.output<S>> {
    const response = await this.request(method, path, body);
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return schema.parse(await response.json());
  }
}
