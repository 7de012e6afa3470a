import { afterEach, expect, it } from 'vitest';
import { ChangingNetwork } from '../net/changing-network.ts';
import { until } from '../poll.ts';
import { expectFullMesh, useStack } from './fixture.ts';

/** Where clients believe the media ports to be. Nobody listens there but the network of the test. */
const ANNOUNCED = '127.0.1.3';

const { stack, person } = useStack({ regions: ['eu-west'], nodeEnv: { ANNOUNCED_ADDRESS: ANNOUNCED } });
let network: ChangingNetwork | undefined;
afterEach(() => network?.close());

it('people whose addresses change keep their transports, and see and hear each other again', async () => {
  const [node] = stack().nodes;
  if (!node) throw new Error('no node');
  const port = node.mediaPort;
  network = await ChangingNetwork.open({ address: ANNOUNCED, port }, { address: '127.0.0.1', port });
  const [ada, ben] = await Promise.all([person(1), person(2)]);
  const code = await ada.createMeeting();
  await ada.join(code);
  await ben.join(code);
  await expectFullMesh([ada, ben]);
  const before = [await ada.identity(), await ben.identity()];
  expect(network.addresses).toBeGreaterThanOrEqual(4);

  network.changeAddresses();
  expect(network.addresses).toBe(0);
  await until(
    'ICE has found another way for all four transports',
    20_000,
    () => (network?.addresses ?? 0) >= 4,
  );
  await expectFullMesh([ada, ben]);
  expect([await ada.identity(), await ben.identity()]).toEqual(before);
  for (const one of [ada, ben]) await one.waitForStatus('connected');
});
