import { afterAll, beforeAll, expect, it } from 'vitest';
import { REGIONS } from '../../scripts/stack/defaults.ts';
import { type Stack, startStack } from '../../scripts/stack/stack.ts';
import { BrowserParticipant } from '../browser/participant.ts';
import { type DelayProxy, tcpDelayProxy } from '../net/delay-proxy.ts';
import { until } from '../poll.ts';
import { MEDIA_DIRECTORY, PLACES } from './fixture.ts';

const [NEAR, FAR] = REGIONS;
/** Across an ocean and back, milliseconds. */
const DETOUR = 300;
const ADDRESS = '127.0.0.1';

let stack: Stack;
let detour: DelayProxy;
let person: BrowserParticipant | undefined;

/** A region's node, reached by a name: what is on a loopback address is not measured. */
const place = (region: (typeof REGIONS)[number], portOf: (port: number) => number) => ({
  id: `${region.id}-1`,
  region,
  address: ADDRESS,
  env: ({ port }: { port: number }) => ({ PUBLIC_URL: `ws://${region.id}.localhost:${portOf(port)}` }),
});

beforeAll(async () => {
  const target = { address: ADDRESS, port: 0 };
  const listen = { address: ADDRESS, port: 0 };
  detour = await tcpDelayProxy({ listen, target, oneWayMs: DETOUR / 2, handshakes: 1 });
  const proxied = (port: number) => {
    target.port = port;
    return detour.port;
  };
  stack = await startStack({ ports: 'free', nodes: [place(NEAR, proxied), place(FAR, (port) => port)] });
});
afterAll(async () => {
  await person?.close();
  await stack?.close();
  await detour?.close();
});

it('who has a long way to the nearest region is placed where the way is short', async () => {
  const ada = await BrowserParticipant.open({
    number: 1,
    origin: stack.url,
    mediaDirectory: MEDIA_DIRECTORY,
    location: PLACES.amsterdam,
    plainSocketsAnywhere: true,
  });
  person = ada;
  const answers = new Map<string, number>();
  ada.page.on('requestfinished', (request) => {
    const { hostname, pathname } = new URL(request.url());
    if (pathname === '/healthz') answers.set(hostname, (answers.get(hostname) ?? 0) + 1);
  });
  const code = await ada.createMeeting();
  await until('both ways to be measured', 20_000, async () =>
    REGIONS.every(({ id }) => answers.get(`${id}.localhost`) === 4),
  );
  const [request] = await Promise.all([
    ada.page.waitForRequest((one) => one.url().endsWith('/join')),
    ada.join(code),
  ]);
  const { round_trips: measured } = request.postDataJSON();
  // On an open connection it is one round trip, and not those that open one as well.
  expect(measured[NEAR.id]).toBeGreaterThanOrEqual(DETOUR);
  expect(measured[NEAR.id]).toBeLessThan(2 * DETOUR);
  expect(measured[FAR.id]).toBeLessThan(DETOUR);
  expect(await ada.region()).toBe(FAR.id);
});
