import { Problem } from '@meridian/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { call } from '../../test/support/api.ts';
import { enrolNode, FakeNode, NODE_KEY } from '../../test/support/node.ts';
import { pretendPostgres } from '../../test/support/postgres.ts';
import { ACTOR_NAMES, ACTORS, type ActorName, Scene, sceneRows } from '../../test/support/scene.ts';
import { CONFIG } from '../config.ts';
import { forgetSnapshot } from '../fleet/snapshot-cache.ts';
import { createApp } from './app.ts';

/** What each caller is answered; `else` is for all who are not named. */
type Statuses = { [A in ActorName]?: number } & { else: number };
type Case = {
  path: (scene: Scene) => string | Promise<string>;
  body?: (scene: Scene) => unknown;
  headers?: Record<string, string>;
  expect: Statuses;
};

/** Credentials that are no good are refused wherever anybody looks at them. */
const NO_GOOD = { expired_ticket: 401, revoked_session: 401, revoked_key: 401 };
/** Good keys, for something else. */
const MEETINGLESS = { key_without_scope: 403, operator_key: 403 };
/** To whom a route is open that is for everybody. */
const everybody = (status: number): Statuses => ({ ...NO_GOOD, else: status });
/** What an account may do that has the scope. */
const accounts = (status: number, keysThatMay: ActorName[]): Statuses => ({
  ...NO_GOOD,
  stranger: 401,
  host_key: 401,
  wrong_host_key: 401,
  owner: status,
  other_user: status,
  ...Object.fromEntries(keysThatMay.map((name) => [name, status])),
  else: 403,
});
/** What is the meeting's owner's, by whatever proof. */
const owners = (status: number, more: Partial<Statuses> = {}): Statuses => ({
  ...NO_GOOD,
  stranger: 401,
  owner: status,
  owner_key: status,
  host_key: status,
  ...more,
  else: 403,
});
/** Of a ticket that does not stand for anybody in the meeting, the room says why. */
const NOT_IN = { waiting: 401, left: 401, removed: 403 };
/** What hosts, and perhaps co-hosts, do in a meeting, or its owner from outside. */
const hosts = (status: number, more: Partial<Statuses> = {}): Statuses =>
  owners(status, { ...NOT_IN, host: status, co_host: status, ...more });
/** What everybody in the meeting may see. */
const insiders = (status: number): Statuses =>
  hosts(status, { guest: status, participant: status, reading_key: status });
/** What concerns one's own stay: by ticket alone. */
const ticketHolders = (status: number, more: Partial<Statuses> = {}): Statuses => ({
  ...NO_GOOD,
  stranger: 401,
  host_key: 401,
  wrong_host_key: 401,
  ...NOT_IN,
  guest: status,
  participant: status,
  co_host: status,
  host: status,
  ...more,
  else: 403,
});
const people: Statuses = {
  ...NO_GOOD,
  stranger: 401,
  host_key: 401,
  wrong_host_key: 401,
  owner: 204,
  other_user: 204,
  else: 403,
};
/** What is the operators' alone. */
const operators = (status: number): Statuses => ({
  ...NO_GOOD,
  stranger: 401,
  host_key: 401,
  wrong_host_key: 401,
  operator_key: status,
  else: 403,
});
/** Never looks at who calls. */
const blind = (status: number): Statuses => ({ else: status });

const meeting =
  (rest = '') =>
  (scene: Scene) =>
    `/api/v1/meetings/${scene.meeting.id}${rest}`;
const ben = (rest: string) => (scene: Scene) => meeting(`/participants/${scene.ben.id}${rest}`)(scene);
const atDoor = (verb: string) => async (scene: Scene) =>
  meeting(`/waiting-room/${(await scene.waiter()).id}/${verb}`)(scene);
const own = (body: unknown) => () => body;
const at = (path: string) => () => path;

/** Every route there is. A route that is not in here fails the test below. */
const TABLE: Record<string, Case> = {
  'post /api/v1/meetings': {
    path: at('/api/v1/meetings'),
    body: own({ type: 'instant' }),
    expect: { ...everybody(201), reading_key: 403, ...MEETINGLESS },
  },
  'get /api/v1/meetings': {
    path: at('/api/v1/meetings'),
    expect: accounts(200, ['owner_key', 'reading_key', 'other_key']),
  },
  'get /api/v1/meetings/{id}': {
    path: meeting(),
    expect: { ...everybody(200), ...MEETINGLESS },
  },
  'patch /api/v1/meetings/{id}': { path: meeting(), body: own({ title: 'x' }), expect: owners(200) },
  'delete /api/v1/meetings/{id}': { path: meeting(), expect: owners(204) },
  'get /api/v1/meetings/{id}/invite.ics': { path: meeting('/invite.ics'), expect: everybody(200) },
  'get /api/v1/regions': { path: at('/api/v1/regions'), expect: everybody(200) },
  'post /api/v1/meetings/{id}/join': {
    path: meeting('/join'),
    body: own({ display_name: 'Cho' }),
    expect: { ...everybody(200), reading_key: 403, ...MEETINGLESS },
  },
  'post /api/v1/meetings/{id}/leave': {
    path: meeting('/leave'),
    // Gone already is what was asked for.
    expect: ticketHolders(204, { waiting: 204, left: 204, removed: 204 }),
  },
  'get /api/v1/meetings/{id}/sfu': { path: meeting('/sfu'), expect: ticketHolders(200) },
  'get /api/v1/meetings/{id}/placement': {
    path: meeting('/placement'),
    expect: owners(200, { ...NOT_IN, host: 200, reading_key: 200, operator_key: 200 }),
  },
  'get /api/v1/meetings/{id}/participants': { path: meeting('/participants'), expect: insiders(200) },
  'put /api/v1/meetings/{id}/participants/{pid}/media': {
    path: ben('/media'),
    body: own({ audio: false }),
    expect: hosts(204),
  },
  'post /api/v1/meetings/{id}/mute-all': { path: meeting('/mute-all'), expect: hosts(204) },
  'post /api/v1/meetings/{id}/lock': { path: meeting('/lock'), expect: hosts(204) },
  'post /api/v1/meetings/{id}/unlock': { path: meeting('/unlock'), expect: hosts(204) },
  'post /api/v1/meetings/{id}/end': { path: meeting('/end'), expect: hosts(204, { co_host: 403 }) },
  'get /api/v1/meetings/{id}/waiting-room': {
    path: meeting('/waiting-room'),
    expect: hosts(200, { reading_key: 200 }),
  },
  'post /api/v1/meetings/{id}/waiting-room/{pid}/admit': { path: atDoor('admit'), expect: hosts(204) },
  'post /api/v1/meetings/{id}/waiting-room/{pid}/deny': { path: atDoor('deny'), expect: hosts(204) },
  'post /api/v1/meetings/{id}/waiting-room/admit-all': {
    path: meeting('/waiting-room/admit-all'),
    expect: hosts(204),
  },
  'post /api/v1/meetings/{id}/chat': {
    path: meeting('/chat'),
    body: () => ({ text: 'x', client_id: crypto.randomUUID() }),
    expect: ticketHolders(201),
  },
  'get /api/v1/meetings/{id}/chat': {
    path: meeting('/chat'),
    // Who has left may read what was said until then; for who waits there is nothing yet.
    expect: { ...insiders(200), left: 200, waiting: 200 },
  },

  'get /api/v1/me': {
    path: at('/api/v1/me'),
    expect: accounts(200, ['owner_key', 'reading_key', 'key_without_scope', 'other_key', 'operator_key']),
  },
  'get /api/v1/api-keys': { path: at('/api/v1/api-keys'), expect: accounts(200, ['owner_key', 'other_key']) },
  'post /api/v1/api-keys': {
    path: at('/api/v1/api-keys'),
    body: own({ name: 'x', scopes: ['api_keys'] }),
    expect: accounts(201, ['owner_key', 'other_key']),
  },
  'delete /api/v1/api-keys/{id}': {
    path: () => `/api/v1/api-keys/${crypto.randomUUID()}`,
    expect: accounts(404, ['owner_key', 'other_key']),
  },
  'get /api/v1/auth/session': { path: at('/api/v1/auth/session'), expect: blind(200) },
  // Nobody can sign in here: there is no provider.
  'get /api/v1/auth/sign-in': { path: at('/api/v1/auth/sign-in'), expect: blind(503) },
  'get /api/v1/auth/callback': { path: at('/api/v1/auth/callback'), expect: blind(503) },

  // Sockets: nothing that is good for requests is good for them.
  'get /api/v1/meetings/{id}/signal': {
    path: meeting('/signal'),
    headers: { upgrade: 'websocket' },
    expect: blind(401),
  },
  'get /api/v1/meetings/{id}/room-link': {
    path: meeting('/room-link'),
    headers: { upgrade: 'websocket' },
    expect: blind(401),
  },
  'get /api/v1/fleet/regions/{region}/link': {
    path: at('/api/v1/fleet/regions/eu-1/link'),
    headers: { upgrade: 'websocket' },
    expect: blind(401),
  },

  'get /api/v1/fleet/regions': { path: at('/api/v1/fleet/regions'), expect: operators(200) },
  'get /api/v1/fleet/metrics': { path: at('/api/v1/fleet/metrics'), expect: operators(200) },
  'get /api/v1/fleet/nodes': { path: at('/api/v1/fleet/nodes'), expect: operators(200) },
  'get /api/v1/fleet/nodes/{id}': { path: at('/api/v1/fleet/nodes/eu-roles-node'), expect: operators(200) },
  'post /api/v1/fleet/nodes/{id}/drain': {
    path: at('/api/v1/fleet/nodes/eu-roles-other/drain'),
    expect: operators(200),
  },
  'post /api/v1/fleet/nodes/{id}/undrain': {
    path: at('/api/v1/fleet/nodes/eu-roles-other/undrain'),
    expect: operators(200),
  },
  'post /api/v1/fleet/nodes/{id}/revoke': {
    path: at('/api/v1/fleet/nodes/eu-roles-other/revoke'),
    expect: operators(204),
  },
  'post /api/v1/fleet/enrolments': {
    path: at('/api/v1/fleet/enrolments'),
    body: own({ node_id: 'eu-roles-new', region: 'eu-roles' }),
    expect: operators(201),
  },
  // The secret counts, not who brings it.
  'post /api/v1/fleet/enrol': {
    path: at('/api/v1/fleet/enrol'),
    body: own({ node_id: 'eu-roles-new', region: 'eu-roles', secret: 'me_wrong', public_key: NODE_KEY }),
    expect: everybody(401),
  },

  'get /api/v1/openapi.json': { path: at('/api/v1/openapi.json'), expect: blind(200) },
  'get /api/v1/docs': { path: at('/api/v1/docs'), expect: blind(200) },
  'get /.well-known/jwks.json': { path: at('/.well-known/jwks.json'), expect: blind(200) },
  'get /healthz': { path: at('/healthz'), expect: blind(200) },
  'get /readyz': { path: at('/readyz'), expect: blind(200) },

  // Last, because nobody is signed in afterwards.
  'post /api/v1/auth/sign-out': { path: at('/api/v1/auth/sign-out'), expect: people },
  'post /api/v1/auth/sign-out-everywhere': { path: at('/api/v1/auth/sign-out-everywhere'), expect: people },
};

describe('who may do what', () => {
  let node: FakeNode;
  let beating: ReturnType<typeof setInterval>;
  let shared: Scene;
  /** Proofs of the shared scene, made once. */
  const proofs = new Map<ActorName, Record<string, string>>();

  beforeAll(async () => {
    pretendPostgres(sceneRows);
    for (const id of ['eu-roles-node', 'eu-roles-other']) await enrolNode(id, 'eu-roles');
    node = await FakeNode.registered('eu-roles', 'eu-roles-node', 1_000);
    await FakeNode.registered('eu-roles', 'eu-roles-other', 1);
    beating = setInterval(() => node.heartbeat(0), CONFIG.cell.heartbeatMs);
    forgetSnapshot();
    shared = await Scene.make();
    for (const name of ACTOR_NAMES) proofs.set(name, await ACTORS[name](shared));
  }, 60_000);
  // A machine that is busy with other tests may have kept the node from being heard.
  beforeEach(
    () => expect.poll(() => call('/readyz'), { timeout: 20_000 }).toMatchObject({ status: 200 }),
    30_000,
  );
  afterAll(() => {
    shared.close();
    clearInterval(beating);
    node.frames.close();
    vi.restoreAllMocks();
  });

  it('is said here for every route', () => {
    const routes = createApp()
      .routes.filter(({ method }) => method !== 'ALL')
      .map(({ method, path }) => `${method.toLowerCase()} ${path.replace(/:(\w+)/g, '{$1}')}`);
    expect(Object.keys(TABLE).sort()).toEqual([...new Set(routes)].sort());
  });

  /** Whoever is refused leaves everything as it is; who is not gets a meeting of their own to do it to. */
  async function sceneFor(name: ActorName, route: string, expected: number) {
    const changes = !route.startsWith('get ') && route.includes('/meetings/{id}') && expected < 300;
    if (changes) {
      const scene = await Scene.make();
      return { scene, proof: await ACTORS[name](scene), close: () => scene.close() };
    }
    // A session can be ended, and is made in no time.
    const anew = name === 'owner' || name === 'other_user';
    const proof = anew ? await ACTORS[name](shared) : (proofs.get(name) ?? {});
    return { scene: shared, proof, close: () => {} };
  }

  it.for(Object.entries(TABLE))(
    '%s',
    { timeout: 60_000 },
    async ([route, { path, body, headers, expect: statuses }]) => {
      const method = (route.split(' ')[0] ?? '').toUpperCase();
      const answered: Partial<Record<ActorName, number>> = {};
      node.heartbeat(0);
      for (const name of ACTOR_NAMES) {
        const { scene, proof, close } = await sceneFor(name, route, statuses[name] ?? statuses.else);
        const response = await call(await path(scene), {
          method,
          headers: { ...headers, ...proof },
          ...(body ? { body: body(scene) } : {}),
        });
        answered[name] = response.status;
        if (response.status >= 400) expect(Problem.parse(await response.json()).status).toBe(response.status);
        else await response.body?.cancel();
        close();
      }
      const expected = ACTOR_NAMES.map((name) => [name, statuses[name] ?? statuses.else]);
      expect(answered).toEqual(Object.fromEntries(expected));
    },
  );

  it('is not a matter of pages of other sites', async () => {
    const owner = proofs.get('owner') ?? {};
    const response = await call(`/api/v1/meetings/${shared.meeting.id}/lock`, {
      method: 'POST',
      headers: { ...owner, origin: 'https://evil.test' },
    });
    expect(response.status).toBe(403);
  });
});
