import { env } from 'cloudflare:workers';
import { apiKeys, identities, users } from '@meridian/db/schema';
import { type Scope, TOKEN_LIFE } from '@meridian/protocol';
import { hashOfKey, newApiKey } from '../../src/auth/api-keys.ts';
import { denySession } from '../../src/auth/revocations.ts';
import { signSession, signTicket } from '../../src/auth/tokens.ts';
import { TestClient } from '../../src/room/testing/test-client.ts';
import { roomView, type StoredMeeting } from '../../src/storage/stored-meeting.ts';
import { knownMeeting } from './api.ts';
import { meetingRow, type Row } from './postgres.ts';

const COOKIE = '__Host-meridian_session';
const ISSUER = 'https://id.test';
const random = (bytes: Uint8Array) => crypto.getRandomValues(bytes);

type Headers = Record<string, string>;
const bearer = (token: string): Headers => ({ authorization: `Bearer ${token}` });

export const HOST_KEY = 'the host key';
/** Who owns the scenes' meetings, and somebody else. */
export const OWNER_ID = crypto.randomUUID();
export const OTHER_ID = crypto.randomUUID();

/** API keys that Postgres knows, by their hash. */
const keys = new Map<string, Row[]>();

async function apiKey(userId: string, scopes: Scope[]): Promise<Headers> {
  const { key, prefix } = newApiKey(random);
  const at = new Date();
  const times = { createdAt: at, updatedAt: at };
  const keyHash = await hashOfKey(key);
  keys.set(keyHash, [
    {
      table: apiKeys,
      // Just used, so that its use need not be noted.
      values: {
        id: crypto.randomUUID(),
        userId,
        name: 'k',
        prefix,
        keyHash,
        scopes,
        lastUsedAt: at,
        ...times,
      },
    },
    { table: users, values: { id: userId, name: 'Somebody', emailVerified: false, ...times } },
    {
      table: identities,
      values: { id: crypto.randomUUID(), userId, issuer: ISSUER, subject: userId, ...times },
    },
  ]);
  return bearer(key);
}

export async function cookie(userId: string, { revoked = false } = {}): Promise<Headers> {
  const sid = crypto.randomUUID();
  const since = Date.now();
  const person = { issuer: ISSUER, subject: userId, name: 'Somebody', email_verified: false };
  const jwt = await signSession(env, { sub: userId, sid, since, ...person }, since);
  if (revoked) await denySession(env.REVOCATIONS, sid);
  return { cookie: `${COOKIE}=${jwt}`, origin: env.PUBLIC_ORIGIN };
}

const REVOKED_COOKIE = await cookie(OWNER_ID, { revoked: true });
const OWNER_KEY = await apiKey(OWNER_ID, ['meetings:read', 'meetings:write', 'api_keys']);
const READING_KEY = await apiKey(OWNER_ID, ['meetings:read']);
const WEBHOOK_KEY = await apiKey(OWNER_ID, ['webhooks']);
const OTHER_KEY = await apiKey(OTHER_ID, ['meetings:read', 'meetings:write', 'api_keys']);

/** Everybody who may come by, with what they show for themselves. */
const PROOFS = {
  stranger: async () => ({}),
  guest: async (scene: Scene) => bearer((await scene.somebody()).admission.ticket),
  participant: async (scene: Scene) => bearer((await scene.somebody({ user_id: OTHER_ID })).admission.ticket),
  co_host: async (scene: Scene) => {
    const client = await scene.somebody();
    await scene.command({ type: 'set_role', target_user: client.id, role: 'co_host' });
    return bearer(client.admission.ticket);
  },
  host: async (scene: Scene) => bearer(scene.host.admission.ticket),
  owner: () => cookie(OWNER_ID),
  other_user: () => cookie(OTHER_ID),
  owner_key: async () => OWNER_KEY,
  reading_key: async () => READING_KEY,
  key_without_scope: async () => WEBHOOK_KEY,
  other_key: async () => OTHER_KEY,
  operator_key: async () => bearer(env.OPERATOR_KEY ?? ''),
  host_key: async () => ({ 'x-host-key': HOST_KEY }),
  wrong_host_key: async () => ({ 'x-host-key': 'another' }),
  foreign_ticket: async () => bearer(await ticketFor(crypto.randomUUID())),
  expired_ticket: async (scene: Scene) => bearer(await ticketFor(scene.meeting.id, TOKEN_LIFE.ticket + 60)),
  left: async (scene: Scene) => {
    const client = await scene.somebody();
    await client.ask({ type: 'leave' });
    return bearer(client.admission.ticket);
  },
  removed: async (scene: Scene) => {
    const client = await scene.somebody();
    await scene.command({ type: 'remove', target_user: client.id });
    return bearer(client.admission.ticket);
  },
  // After those who had to get in.
  waiting: async (scene: Scene) => bearer((await scene.waiter()).admission.ticket),
  revoked_session: async () => REVOKED_COOKIE,
  revoked_key: async () => bearer(newApiKey(random).key),
} satisfies Record<string, (scene: Scene) => Promise<Headers>>;
export type ActorName = keyof typeof PROOFS;
export const ACTORS: Readonly<Record<ActorName, (scene: Scene) => Promise<Headers>>> = PROOFS;
export const ACTOR_NAMES = Object.keys(PROOFS) as ActorName[];

function ticketFor(meeting: string, ageSeconds = 0): Promise<string> {
  const claims = { sub: crypto.randomUUID(), sid: crypto.randomUUID(), meeting, role: 'host' } as const;
  return signTicket(env, claims, Date.now() - ageSeconds * 1000);
}

/** A running meeting of the owner's: a host, somebody who has written something, and somebody at the door. */
export class Scene {
  readonly meeting: StoredMeeting;
  readonly host: TestClient;
  readonly ben: TestClient;
  readonly #clients: TestClient[];

  private constructor(meeting: StoredMeeting, host: TestClient, ben: TestClient) {
    this.meeting = meeting;
    this.host = host;
    this.ben = ben;
    this.#clients = [host, ben];
  }

  static async make(): Promise<Scene> {
    const meeting = await knownMeeting({ owner_id: OWNER_ID, host_key: HOST_KEY });
    meetingRows.set(meeting.id, meetingRow(meeting));
    const record = roomView(meeting);
    const room = roomOf(meeting);
    const host = await TestClient.join(room, record, { role: 'host', user_id: OWNER_ID });
    const ben = await TestClient.join(room, record, { display_name: 'Ben' });
    await ben.ask({ type: 'chat', text: 'hello', client_id: crypto.randomUUID() });
    return new Scene(meeting, host, ben);
  }

  async somebody(more: { user_id?: string } = {}): Promise<TestClient> {
    await this.command({ type: 'update_settings', settings: { waiting_room: false } });
    return this.#kept(await TestClient.join(roomOf(this.meeting), roomView(this.meeting), more));
  }

  async waiter(): Promise<TestClient> {
    await this.command({ type: 'update_settings', settings: { waiting_room: true } });
    return this.#kept(await TestClient.wait(roomOf(this.meeting), roomView(this.meeting)));
  }

  async command(command: Parameters<ReturnType<typeof roomOf>['command']>[1]): Promise<void> {
    const result = await roomOf(this.meeting).command({ kind: 'owner' }, command);
    if (!result.ok) throw new Error(JSON.stringify(result));
  }

  close(): void {
    for (const client of this.#clients) client.drop();
  }

  #kept(client: TestClient): TestClient {
    this.#clients.push(client);
    return client;
  }
}

function roomOf({ id }: StoredMeeting) {
  return env.ROOMS.get(env.ROOMS.idFromName(id));
}

const meetingRows = new Map<string, Row>();

/** What Postgres has of all scenes. */
export function sceneRows(statement: string, params: readonly unknown[]): { rows: Row[][] } | undefined {
  if (statement.includes('from "api_keys"') && statement.includes('"key_hash" =')) {
    const row = keys.get(String(params[0]));
    return row && { rows: [row] };
  }
  if (statement.startsWith('insert into "api_keys"'))
    return { rows: [...keys.values()].slice(0, 1).map((row) => row.slice(0, 1)) };
  if (/(from|update) "meetings"/.test(statement)) {
    const rows = params.flatMap((param) => meetingRows.get(String(param)) ?? []);
    return { rows: rows.map((row) => [row]) };
  }
  return undefined;
}
