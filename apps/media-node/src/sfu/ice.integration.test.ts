import { streamId } from '@meridian/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PEER } from '../config.ts';
import { TestFleet } from '../testing/fleet.ts';
import { MediaClient } from '../testing/media-client.ts';
import { RtcSender } from '../testing/rtc-client.ts';
import { checkPath } from '../testing/stun.ts';
import { UdpProxy } from '../testing/udp-proxy.ts';
import { until } from '../testing/until.ts';

let fleet: TestFleet;
let proxy: UdpProxy | null = null;
beforeEach(async () => {
  fleet = await TestFleet.start(24_200, ['node-a']);
});
afterEach(async () => {
  await fleet.close();
  proxy?.close();
  proxy = null;
});

const peerOf = (participantId: string) =>
  fleet
    .node('node-a')
    .meetings.all.flatMap(({ peers }) => peers)
    .find(({ claims }) => claims.sub === participantId);

async function greet() {
  const member = fleet.member();
  const client = fleet.track(await MediaClient.open(fleet.url('node-a')));
  return { member, client, welcome: await client.hello(await fleet.token(member)) };
}

describe('a transport', () => {
  test.each(['udp', 'tcp'] as const)('can be reached over %s', async (protocol) => {
    const { member, welcome } = await greet();
    const path = await checkPath(welcome.recv_transport, protocol);
    expect(path.ok).toBe(true);
    const tuple = () => peerOf(member.participantId)?.recvTransport.iceSelectedTuple;
    await until('the path', () => tuple()?.remotePort === path.localPort);
    expect(tuple()?.protocol).toBe(protocol);
    path.close();
  });

  test('prefers UDP', async () => {
    const { welcome } = await greet();
    const priority = (protocol: string) =>
      welcome.send_transport.ice_candidates.find((each) => each.protocol === protocol)?.priority ?? 0;
    expect(priority('udp')).toBeGreaterThan(priority('tcp'));
  });

  test('lets nobody in who does not know its password', async () => {
    const { welcome } = await greet();
    const { ice_parameters, ice_candidates } = welcome.send_transport;
    const guess = { ice_candidates, ice_parameters: { ...ice_parameters, password: 'a guess' } };
    const path = await checkPath(guess, 'udp', 300);
    expect(path.ok).toBe(false);
    path.close();
  });
});

test('after a restart of ICE the client comes over another path', async () => {
  const { member, client, welcome } = await greet();
  const { transport_id, ice_parameters, ice_candidates } = welcome.recv_transport;
  const before = await checkPath(welcome.recv_transport, 'udp');
  const answer = await client.request({ type: 'restart_ice', transport_id });
  if (answer.type !== 'ice_restarted') throw new Error(answer.type);
  expect(answer.transport_id).toBe(transport_id);
  expect(answer.ice_parameters.usernameFragment).not.toBe(ice_parameters.usernameFragment);
  expect(answer.ice_parameters.password).not.toBe(ice_parameters.password);
  const after = await checkPath({ ice_candidates, ice_parameters: answer.ice_parameters }, 'udp');
  expect(after.ok).toBe(true);
  const tuple = () => peerOf(member.participantId)?.recvTransport.iceSelectedTuple;
  await until('the new path', () => tuple()?.remotePort === after.localPort);
  // The credentials of before are void once the new ones have been used.
  const late = await checkPath({ ice_candidates, ice_parameters }, 'udp', 300);
  expect(late.ok).toBe(false);
  expect(tuple()).toMatchObject({ remotePort: after.localPort });
  for (const path of [before, after, late]) path.close();
});

test('media that has no path for a while goes on when it has', { timeout: 60_000 }, async () => {
  const { member, client, welcome } = await greet();
  proxy = await UdpProxy.start(fleet.config('node-a').MEDIA_PORT);
  const { port } = proxy;
  const candidates = welcome.send_transport.ice_candidates.map((each) =>
    each.protocol === 'udp' ? { ...each, port } : each,
  );
  const sender = new RtcSender({ ...welcome.send_transport, ice_candidates: candidates });
  client.sender = sender;
  await client.request({
    type: 'connect_transport',
    transport_id: welcome.send_transport.transport_id,
    dtls_parameters: sender.dtls,
  });
  sender.connect();
  await until('the sending transport', () => sender.connected);
  sender.start();
  const viewer = await fleet.join('node-a');
  await client.publish('microphone');
  const consumer = await viewer.receive(streamId(member.participantId, 'microphone'));
  await viewer.flows(consumer);

  proxy.cut();
  const ice = () => peerOf(member.participantId)?.sendTransport.iceState;
  await until('the loss', () => ice() === 'disconnected', (PEER.iceConsentTimeout + 10) * 1_000);
  expect(viewer.all('stream_removed')).toEqual([]);
  proxy.mend();
  await viewer.flows(consumer);
  expect(['connected', 'completed']).toContain(ice());
  expect([client.closeCode, viewer.all('stream_removed')]).toEqual([null, []]);
});
