import { CLOSE } from '@meridian/protocol';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RESUME } from './config.ts';
import { MediaConnection, type MediaConnectionHandlers } from './media-connection.ts';
import { LOCAL_CLOSE } from './message-socket.ts';
import { FakeLines } from './testing/fake-lines.ts';
import { FakeNetwork, type FakeServer, type ServerSocket } from './testing/fake-network.ts';
import { FakeNode } from './testing/fake-node.ts';
import { tellPlayed } from './testing/fake-receiver.ts';
import { camera, microphone, useWorld } from './testing/use-world.ts';
import { NODE_URL, OTHER_NODE_URL, ROOM_URL } from './testing/world.ts';

/** A node that welcomes, notes what it is told and says what it is asked to. */
class Counterpart implements FakeServer {
  readonly heard: unknown[] = [];
  #socket: ServerSocket | undefined;

  connected(socket: ServerSocket): void {
    this.#socket = socket;
  }

  received(socket: ServerSocket, message: Record<string, unknown>): void {
    if (message.type === 'subscribe') this.heard.push(message.version);
    // A screen is what this one does not answer for.
    else if (message.type !== 'hello') {
      if (message.source !== 'screen') socket.send({ type: 'ok', ref: message.ref });
    } else {
      const transport = {
        transport_id: 'transport',
        ice_parameters: { usernameFragment: 'user', password: 'word', iceLite: true },
        ice_candidates: [
          {
            ...{ foundation: 'a', priority: 1, ip: '127.0.0.1', address: '127.0.0.1' },
            ...{ protocol: 'udp', port: 40_000, type: 'host' },
          },
        ],
        dtls_parameters: { role: 'auto', fingerprints: [{ algorithm: 'sha-256', value: 'AA:BB' }] },
        sctp_parameters: { port: 5000, OS: 1_024, MIS: 1_024, maxMessageSize: 262_144 },
      };
      socket.send({
        type: 'welcome',
        node_id: 'node-1',
        region: 'test-1',
        boot_id: '00000000-0000-4000-8000-0000000000cc',
        server_time: 0,
        send_transport: transport,
        recv_transport: transport,
        streams: [],
      });
    }
  }

  disconnected(): void {}

  say(number: number): void {
    this.#socket?.send({ type: 'token_needed', expires_at: number });
  }
}

const URL = 'ws://node.test/media';

function connect() {
  const network = new FakeNetwork();
  const node = new Counterpart();
  const lines = new FakeLines(node);
  network.serve(URL, lines);
  const heard: number[] = [];
  const told: string[] = [];
  const state = { others: false, held: false };
  const handlers: MediaConnectionHandlers = {
    opened: () =>
      connection.greet({
        ...{ type: 'hello', token: 'token', caps_version: 1, transport: 'webrtc' },
        rtp_capabilities: { codecs: [] },
      }),
    message: (message) => {
      if (message.type === 'token_needed') heard.push(message.expires_at);
    },
    refused: (error) => told.push(error.code),
    interrupted: () => told.push('interrupted'),
    resumed: () => told.push('resumed'),
    othersHeard: () => state.others,
    networkHeld: () => state.held,
    closed: (code) => told.push(`closed ${code}`),
  };
  const connection = new MediaConnection({ openSocket: network.open, url: URL, random: () => 0.5, handlers });
  return { network, node, lines, heard, told, state, connection };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a media socket that breaks off', () => {
  it('loses and doubles nothing, whenever it does', async () => {
    const step = fc.oneof(
      fc.constant('say'),
      fc.constant('notify'),
      fc.constant('cut'),
      fc.constant('freeze'),
      fc.integer({ min: 1, max: 40 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { network, node, heard, connection, told } = connect();
        await vi.advanceTimersByTimeAsync(50);
        let said = 0;
        let notified = 0;
        for (const what of steps) {
          if (what === 'say') node.say(++said);
          else if (what === 'notify') {
            expect(connection.notify({ type: 'subscribe', version: ++notified, streams: [] })).toBe(true);
          } else if (what === 'cut') network.cut();
          else if (what === 'freeze') network.freeze();
          else await vi.advanceTimersByTimeAsync(Number(what));
        }
        await vi.advanceTimersByTimeAsync(12_000);
        expect(told).not.toContain('closed 1006');
        expect(heard).toEqual(Array.from({ length: said }, (_, index) => index + 1));
        expect(node.heard).toEqual(Array.from({ length: notified }, (_, index) => index + 1));
        connection.close();
        await vi.advanceTimersByTimeAsync(50);
        expect(vi.getTimerCount()).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  it('is given up as soon as others are heard and it still cannot be reached', async () => {
    const { network, told, state } = connect();
    await vi.advanceTimersByTimeAsync(50);
    network.offline = true;
    network.cut();
    await vi.advanceTimersByTimeAsync(1_500);
    expect(told).toEqual(['interrupted']);
    state.others = true;
    await vi.advanceTimersByTimeAsync(RESUME.lookMs + 2 * network.delay);
    expect(told).toEqual(['interrupted', `closed ${LOCAL_CLOSE.unreachable}`]);
  });

  it.each([true, false])('needs no second try when the room was there all along: %s', async (held) => {
    const { network, told, state } = connect();
    await vi.advanceTimersByTimeAsync(50);
    network.offline = true;
    network.cut();
    await vi.advanceTimersByTimeAsync(RESUME.settleMs + 30);
    const tries = network.opened.length;
    Object.assign(state, { others: true, held });
    await vi.advanceTimersByTimeAsync(RESUME.lookMs + 2 * network.delay);
    expect(told).toEqual(['interrupted', `closed ${LOCAL_CLOSE.unreachable}`]);
    expect(network.opened).toHaveLength(held ? tries : tries + 1);
  });

  it('is tried again while nobody can be reached, and given up in the end', async () => {
    const { network, told, lines } = connect();
    await vi.advanceTimersByTimeAsync(50);
    network.offline = true;
    network.cut();
    await vi.advanceTimersByTimeAsync(3_000);
    network.offline = false;
    await vi.advanceTimersByTimeAsync(1_200);
    expect(told).toEqual(['interrupted', 'resumed']);
    expect(lines.resumed).toBe(1);

    network.offline = true;
    network.cut();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(told.slice(2)).toEqual(['interrupted', 'closed 1006']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is given up at once when others can be reached and its node cannot', async () => {
    const { network, told, state } = connect();
    await vi.advanceTimersByTimeAsync(50);
    state.others = true;
    network.offline = true;
    network.cut();
    await vi.advanceTimersByTimeAsync(RESUME.settleMs + 20);
    expect(told).toEqual(['interrupted', `closed ${LOCAL_CLOSE.unreachable}`]);
  });

  it('is given up when the node knows nothing of it', async () => {
    const { network, told, lines } = connect();
    await vi.advanceTimersByTimeAsync(50);
    lines.forget();
    network.cut();
    await vi.advanceTimersByTimeAsync(50);
    expect(told).toEqual(['interrupted', `closed ${CLOSE.sessionExpired}`]);
  });

  it('is given up in the end when each new one breaks off at once', async () => {
    const { network, told, lines } = connect();
    await vi.advanceTimersByTimeAsync(50);
    for (let time = 0; time < 10_000; time += 5) {
      if (lines.resumed > 0 || time === 0) network.cut();
      await vi.advanceTimersByTimeAsync(5);
    }
    expect(told.at(-1)).toBe('closed 1006');
    // With pauses that grow.
    expect(lines.resumed).toBeLessThan(15);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('answers late what was asked before and meanwhile', async () => {
    const { network, connection } = connect();
    await vi.advanceTimersByTimeAsync(50);
    const before = connection.request({ type: 'pause', source: 'camera' }, 'ok');
    network.offline = true;
    network.cut();
    const meanwhile = connection.request({ type: 'resume', source: 'camera' }, 'ok');
    await vi.advanceTimersByTimeAsync(7_000);
    network.offline = false;
    await vi.advanceTimersByTimeAsync(9_500);
    await expect(Promise.all([before, meanwhile])).resolves.toHaveLength(2);
    const unanswered = connection.request({ type: 'pause', source: 'screen' }, 'ok');
    unanswered.catch(() => {});
    await vi.advanceTimersByTimeAsync(10_000);
    await expect(unanswered).rejects.toMatchObject({ code: 'timeout' });
    connection.close();
  });
});

describe('a session whose socket breaks off', () => {
  const { world: start, join } = useWorld();
  const HOT = { id: 'node-2', url: OTHER_NODE_URL, failover: 'hot' } as const;
  const THIRD_NODE_URL = 'ws://third-node.test/media';
  const PREPARED_MS = 2_500;

  function startResuming() {
    const world = start();
    const here = new FakeLines(world.node);
    const there = new FakeLines(world.otherNode);
    world.network.serve(NODE_URL, here);
    world.network.serve(OTHER_NODE_URL, there);
    return { world, here, there };
  }

  it('stays when the network has changed, with ICE restarted, and so does its standby', async () => {
    const { world, here, there } = startResuming();
    world.room.standby = HOT;
    const meeting = await join({ microphone: microphone() });
    await world.pass(PREPARED_MS);
    world.network.cut();
    await world.pass(1_000);
    expect([here.resumed, there.resumed]).toEqual([1, 1]);
    expect([world.node.count('hello'), world.otherNode.count('hello')]).toEqual([1, 1]);
    // Both ways of each.
    expect([world.node.count('restart_ice'), world.otherNode.count('restart_ice')]).toEqual([2, 2]);
    expect(world.otherNode.count('activate')).toBe(0);
    expect((await meeting.stats())?.standby).toMatchObject({ nodeId: 'node-2', ready: true });
    expect(meeting.snapshot.status.status).toBe('connected');
  });

  it('leaves ICE alone while packets come', async () => {
    const { world, here } = startResuming();
    let arriving = true;
    tellPlayed(() => (arriving ? performance.now() : 1));
    const bob = world.room.enter('Bob', { audio: true });
    await join({ microphone: microphone() });
    world.node.consume(world.node.announce(bob, 'microphone'));
    await world.pass(500);
    world.network.cut(NODE_URL);
    await world.pass(1_000);
    expect(here.resumed).toBe(1);
    expect(world.node.count('restart_ice')).toBe(0);
    arriving = false;
    world.network.cut(NODE_URL);
    await world.pass(1_000);
    expect(here.resumed).toBe(2);
    expect(world.node.count('restart_ice')).toBe(2);
  });

  it('does so while offline for some seconds', async () => {
    const { world, here } = startResuming();
    await join({ microphone: microphone() });
    world.network.offline = true;
    world.network.cut();
    await world.pass(4_000);
    world.network.offline = false;
    await world.pass(6_000);
    expect(here.resumed).toBe(1);
    expect(world.node.count('hello')).toBe(1);
    expect(world.node.published.get('microphone')).toMatchObject({ paused: false });
  });

  it('does what is asked of it meanwhile', async () => {
    const { world, here } = startResuming();
    const meeting = await join({ microphone: microphone(), startMuted: true });
    world.network.offline = true;
    world.network.cut();
    await world.pass(100);
    const unmuted = meeting.unmute();
    const shown = meeting.setCamera(camera());
    await world.pass(500);
    world.network.offline = false;
    await world.pass(3_000);
    await Promise.all([unmuted, shown]);
    expect(here.resumed).toBe(1);
    expect(world.node.published.get('microphone')).toMatchObject({ paused: false });
    expect(world.node.published.has('camera')).toBe(true);
    expect(world.node.count('hello')).toBe(1);

    world.network.offline = true;
    world.network.cut();
    await world.pass(100);
    const hidden = meeting.setCamera(null);
    await world.pass(500);
    world.network.offline = false;
    await world.pass(3_000);
    await hidden;
    expect(world.node.published.has('camera')).toBe(false);
    expect(world.node.count('hello')).toBe(1);
  });

  it('goes over when its node alone is gone', async () => {
    const { world, here } = startResuming();
    world.room.standby = HOT;
    await join({ microphone: microphone() });
    await world.pass(PREPARED_MS);
    world.network.offlineAt = NODE_URL;
    world.network.cut(NODE_URL);
    await world.pass(30);
    expect(world.otherNode.count('activate')).toBe(1);
    await world.pass(3_000);
    expect(here.resumed).toBe(0);
    expect(world.node.sockets).toHaveLength(1);
    expect(world.room.heard.findLast((message) => message.type === 'activated')).toMatchObject({
      node_id: 'node-2',
      reason: 'socket_closed',
    });
  });

  it('goes to a standby where nothing is prepared, and where the room says as soon as it says otherwise', async () => {
    const { world } = startResuming();
    const third = new FakeNode('node-3');
    world.network.serve(THIRD_NODE_URL, new FakeLines(third));
    world.room.standby = HOT;
    world.room.nextNode = { id: 'node-3', url: THIRD_NODE_URL };
    const meeting = await join({ microphone: microphone(), failover: 'cold' });
    await world.pass(PREPARED_MS);
    world.network.offlineAt = NODE_URL;
    world.network.cut(NODE_URL);
    // One try to reach the dead node, and the way to the standby: nothing else is waited for, nor the room.
    await world.pass(RESUME.settleMs + 20);
    expect(world.otherNode.count('hello')).toBe(1);
    await world.pass(30);
    expect(third.published.get('microphone')).toMatchObject({ paused: false });
    await world.pass(1_000);
    expect(meeting.snapshot.status.status).toBe('connected');
    expect(world.otherNode.sockets).toHaveLength(0);
  });

  it.each([true, false])('lost a moment after the room, goes over if its node is gone: %s', async (gone) => {
    const { world, here } = startResuming();
    world.room.standby = HOT;
    await join({ microphone: microphone() });
    await world.pass(PREPARED_MS);
    // A busy browser tells of its sockets one after another.
    world.network.cut(ROOM_URL);
    await world.pass(150);
    if (gone) world.network.offlineAt = NODE_URL;
    world.network.cut(NODE_URL);
    await world.pass(RESUME.ownNetworkMs + 100);
    expect(world.otherNode.count('activate')).toBe(gone ? 1 : 0);
    expect(here.resumed).toBe(gone ? 0 : 1);
  });

  it('stays when its standby is back a moment earlier on another network', async () => {
    const { world, here } = startResuming();
    world.room.standby = HOT;
    await join({ microphone: microphone() });
    await world.pass(PREPARED_MS);
    world.network.cut(OTHER_NODE_URL);
    world.network.cut(ROOM_URL);
    await world.pass(20);
    world.network.cut(NODE_URL);
    // The standby is back after three ways, a little before the patience with the node in use is at its end.
    world.network.delay = (RESUME.ownNetworkMs + 10) / 3;
    await world.pass(1_000);
    expect(here.resumed).toBe(1);
    expect(world.otherNode.count('activate')).toBe(0);
  });

  it('begins anew without a standby when its node is gone and the room is not', async () => {
    const { world } = startResuming();
    await join({ microphone: microphone() });
    world.network.offlineAt = NODE_URL;
    world.network.cut(NODE_URL);
    await world.pass(300);
    world.network.offlineAt = '';
    await world.pass(2_000);
    expect(world.node.count('hello')).toBe(2);
    expect(world.network.opened.filter((url) => url.startsWith(ROOM_URL))).toHaveLength(1);
  });
});
