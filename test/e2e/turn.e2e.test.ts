import { describe, expect, it } from 'vitest';
import { until } from '../poll.ts';
import { expectFullMesh, useStack } from './fixture.ts';

describe('a call through the TURN server', () => {
  const { person } = useStack({ turn: true, regions: ['eu-west'] });

  it('of somebody who may only use relays, and somebody connected directly', async () => {
    const [ada, ben] = await Promise.all([person(1), person(2, { ice: 'relay' })]);
    const code = await ada.createMeeting();
    await ada.join(code);
    await ben.join(code);
    await expectFullMesh([ada, ben]);

    const bens = await ben.paths();
    expect(bens).toHaveLength(2);
    for (const path of bens) expect(path.candidate).toBe('relay');
    // They see and hear each other with the first few.
    for (const way of ['packetsSent', 'packetsReceived'] as const) {
      await until(way, 5_000, async () => (await ben.paths()).some((path) => path[way] > 50));
    }
    for (const path of await ada.paths()) expect(path.candidate).not.toBe('relay');
  });
});
