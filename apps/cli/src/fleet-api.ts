import { Enrolment, FleetNode, FleetNodeList, FleetRegionList, Problem } from '@meridian/protocol';
import { z } from 'zod';

export type Settings = { url: string; apiKey: string };

const Environment = z.object({
  MERIDIAN_URL: z.url({ protocol: /^https?$/, error: 'expected the address of the platform' }),
  MERIDIAN_API_KEY: z.string({ error: 'expected an API key' }).min(1),
});

/** Milliseconds. The API gives up on a part of the platform after three seconds. */
const TIMEOUT = 15_000;

/** Names every variable that is missing or wrong. */
export function settingsFrom(env: Readonly<Record<string, string | undefined>>): Settings {
  const result = Environment.safeParse(env);
  if (!result.success) {
    const lines = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new Error(lines.join('\n'));
  }
  return { url: result.data.MERIDIAN_URL, apiKey: result.data.MERIDIAN_API_KEY };
}

/** The operators' part of the REST API. Every call throws an Error whose message can be shown. */
export class FleetApi {
  readonly #settings: Settings;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  regions(): Promise<FleetRegionList> {
    return this.#ask('GET', 'regions', FleetRegionList);
  }

  nodes(region?: string): Promise<FleetNodeList> {
    const query = region === undefined ? '' : `?${new URLSearchParams({ region })}`;
    return this.#ask('GET', `nodes${query}`, FleetNodeList);
  }

  node(id: string): Promise<FleetNode> {
    return this.#ask('GET', nodePath(id), FleetNode);
  }

  drain(id: string): Promise<FleetNode> {
    return this.#ask('POST', `${nodePath(id)}/drain`, FleetNode);
  }

  undrain(id: string): Promise<FleetNode> {
    return this.#ask('POST', `${nodePath(id)}/undrain`, FleetNode);
  }

  async revoke(id: string): Promise<void> {
    await this.#send('POST', `${nodePath(id)}/revoke`);
  }

  enrol(node_id: string, region: string): Promise<Enrolment> {
    return this.#ask('POST', 'enrolments', Enrolment, { node_id, region });
  }

  async #ask<S extends z.ZodType>(
    method: string,
    path: string,
    schema: S,
    body?: object,
  ): Promise<z.output<S>> {
    const response = await this.#send(method, path, body);
    return schema.parse(await response.json());
  }

  async #send(method: string, path: string, body?: object): Promise<Response> {
    const { url, apiKey } = this.#settings;
    let response: Response;
    try {
      response = await fetch(new URL(`/api/v1/fleet/${path}`, url), {
        method,
        headers: {
          authorization: `Bearer ${apiKey}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(TIMEOUT),
      });
    } catch (error) {
      throw new Error(`${url} cannot be reached`, { cause: error });
    }
    if (!response.ok) throw new Error(await refusal(response));
    return response;
  }
}

function nodePath(id: string): string {
  return `nodes/${encodeURIComponent(id)}`;
}

async function refusal(response: Response): Promise<string> {
  const problem = Problem.safeParse(await response.json().catch(() => null));
  if (!problem.success) return `the platform answered ${response.status}`;
  const { code, detail, errors = [] } = problem.data;
  return [`${detail ?? code} (${code})`, ...errors.map(({ path, message }) => `${path}: ${message}`)].join(
    '\n',
  );
}
