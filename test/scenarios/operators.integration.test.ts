import { FleetNode } from '@meridian/protocol';
import { describe, expect, it } from 'vitest';
import { until } from '../poll.ts';
import { expectAllToHear, expectNone, useCall } from './fixture.ts';

const SOON = 40_000;

describe('operators at work during a call of nine on six nodes', () => {
  const call = useCall({ people: 9, speakers: 3, cameras: 2 });

  async function fleetApi(path: string, method = 'GET'): Promise<Response> {
    const { url, operatorKey } = call.fleet().stack;
    return fetch(new URL(`/api/v1/fleet/${path}`, url), {
      method,
      headers: { authorization: `Bearer ${operatorKey}` },
    });
  }
  const shown = async (id: string) => FleetNode.parse(await (await fleetApi(`nodes/${id}`)).json());
  const homeOf = async (number: number) => {
    const reports = await call.crowd().reports();
    return reports.find((report) => report.number === number)?.nodes.at(-1) ?? '';
  };
  const interrupted = async () =>
    (await call.crowd().reports()).filter(({ interruptions }) => interruptions > 0).map(({ name }) => name);

  it('a node is emptied without anybody noticing, stays, and is used again', async () => {
    const id = await homeOf(1);
    expect((await shown(id)).load?.participants).toBeGreaterThan(0);
    await fleetApi(`nodes/${id}/drain`, 'POST');
    await until('an empty node', SOON, async () => (await shown(id)).load?.participants === 0);
    expect(await shown(id)).toMatchObject({ verdict: 'draining', linked: true });
    expect(call.fleet().node(id).running).toBe(true);
    await expectAllToHear(call.crowd(), call.speakers, SOON);
    expectNone(await interrupted());

    await fleetApi(`nodes/${id}/undrain`, 'POST');
    await until('a node that is up', SOON, async () => (await shown(id)).verdict === 'up');
  });

  it('a node that is revoked loses its people to others, who go on talking', async () => {
    const id = await homeOf(1);
    expect((await fleetApi(`nodes/${id}/revoke`, 'POST')).status).toBe(204);
    await until('everybody elsewhere', SOON, async () =>
      (await call.crowd().reports()).every(({ nodes }) => nodes.at(-1) !== id),
    );
    await expectAllToHear(call.crowd(), call.speakers, SOON);
    expectNone(await interrupted());
    expect((await fleetApi(`nodes/${id}`)).status).toBe(404);
  });
});
