import { afterEach, describe, expect, it } from 'vitest';
import { TcpOnlyNetwork } from '../net/tcp-only/tcp-only-network.ts';
import { until } from '../poll.ts';
import { expectFullMesh, useStack } from './fixture.ts';

const ARRIVAL_MS = 10_000;

describe('a call of somebody whose network blocks UDP', () => {
  const { stack, person } = useStack({ turn: true, regions: ['eu-west'] });
  const networks: TcpOnlyNetwork[] = [];
  afterEach(async () => {
    for (const network of networks.splice(0)) await network.close();
  });

  function ports() {
    const { web, nodes, turn } = stack().ports;
    const [node] = nodes;
    if (!node || !turn) throw new Error('the stack lacks a node or TURN');
    return { web, node: node.port, media: node.mediaPort, turn: turn.port };
  }
  async function networkWith(...reachable: number[]): Promise<TcpOnlyNetwork> {
    const network = await TcpOnlyNetwork.open(reachable);
    networks.push(network);
    return network;
  }

  it('goes over TCP straight to the media node', async () => {
    const { web, node, media } = ports();
    const network = await networkWith(web, node, media);
    const [ada, ben] = await Promise.all([person(1), person(2, { launcher: network.launcher })]);
    const code = await ada.createMeeting();
    await ada.join(code);
    await ben.join(code);
    await expectFullMesh([ada, ben]);

    const bens = await ben.paths();
    expect(bens).toHaveLength(2);
    for (const path of bens) {
      expect(path).toMatchObject({ protocol: 'tcp', relayProtocol: null });
      expect(path.candidate).not.toBe('relay');
    }
    await until('media to come that way', ARRIVAL_MS, async () =>
      (await ben.paths()).some((path) => path.packetsReceived > 50),
    );
  });

  it('goes over TCP to the TURN server where the node cannot be reached', async () => {
    const { web, node, turn } = ports();
    const network = await networkWith(web, node, turn);
    const [ada, ben] = await Promise.all([
      person(1),
      person(2, { launcher: network.launcher, ice: 'relay' }),
    ]);
    const code = await ada.createMeeting();
    await ada.join(code);
    await ben.join(code);
    await expectFullMesh([ada, ben]);

    const bens = await ben.paths();
    expect(bens).toHaveLength(2);
    for (const path of bens) expect(path).toMatchObject({ candidate: 'relay', relayProtocol: 'tcp' });
    await until('media to come that way', ARRIVAL_MS, async () =>
      (await ben.paths()).some((path) => path.packetsReceived > 50),
    );
  });
});
