import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { STANDBY } from '../config.ts';
import { Exodus } from './exodus.ts';
import type { Peer } from './peer.ts';
import type { NodeToClientBody } from './wire.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

class FakePeer extends EventEmitter {
  readonly place: string;
  readonly consumerCount: number;
  readonly told: NodeToClientBody['type'][] = [];

  constructor(place: string, consumerCount = 1) {
    super();
    this.place = place;
    this.consumerCount = consumerCount;
  }

  send({ type }: NodeToClientBody): void {
    this.told.push(type);
  }
}

function scene(...peers: FakePeer[]) {
  const standbys = new Set(peers);
  // Only what a FakePeer has is looked at.
  const exodus = new Exodus(() => standbys as unknown as Set<Peer>);
  const come = (peer: FakePeer) => {
    standbys.delete(peer);
    peer.emit('activated');
    const state = { begun: false };
    void exodus.from(peer.place).then(() => {
      state.begun = true;
    });
    return state;
  };
  return { exodus, come };
}

describe('those who come from a node that is lost', () => {
  it('warn the others, once, and nobody who is elsewhere', async () => {
    const [ada, bob, eve] = [new FakePeer('lost'), new FakePeer('lost'), new FakePeer('fine')];
    const { exodus, come } = scene(ada, bob, eve, new FakePeer('lost'));
    come(ada);
    expect([ada.told, bob.told, eve.told]).toEqual([[], ['others_came'], []]);
    await vi.advanceTimersByTimeAsync(STANDBY.exodus / 2);
    come(bob);
    expect(bob.told).toHaveLength(1);
    exodus.close();
  });

  it('begin together', async () => {
    const [ada, bob, eve] = [new FakePeer('lost'), new FakePeer('lost'), new FakePeer('lost')];
    const { exodus, come } = scene(ada, bob, eve);
    const first = come(ada);
    await vi.advanceTimersByTimeAsync(STANDBY.gatherFor / 2);
    come(bob);
    expect(first.begun).toBe(false);
    eve.emit('closed');
    await vi.advanceTimersByTimeAsync(0);
    expect(first.begun).toBe(true);
    exodus.close();
  });

  it('do not wait for long, nor when they come late, nor for who receives nothing', async () => {
    const [ada, bob, eve] = [new FakePeer('lost'), new FakePeer('lost'), new FakePeer('lost')];
    const { exodus, come } = scene(ada, bob, eve);
    const first = come(ada);
    await vi.advanceTimersByTimeAsync(STANDBY.gatherFor);
    expect(first.begun).toBe(true);
    const late = come(bob);
    await vi.advanceTimersByTimeAsync(0);
    expect(late.begun).toBe(true);
    // Who does not come for hours sees many go.
    expect(eve.listenerCount('activated') + eve.listenerCount('closed')).toBe(0);
    exodus.close();

    const other = scene(new FakePeer('lost', 0));
    const alone = other.come(new FakePeer('lost'));
    await vi.advanceTimersByTimeAsync(0);
    expect(alone.begun).toBe(true);
    other.exodus.close();
  });

  it('from the same node a second time warn the others again', async () => {
    const [ada, bob, eve] = [new FakePeer('lost'), new FakePeer('lost'), new FakePeer('lost')];
    const { exodus, come } = scene(ada, bob, eve);
    come(ada);
    await vi.advanceTimersByTimeAsync(STANDBY.exodus);
    come(bob);
    expect(eve.told).toEqual(['others_came', 'others_came']);
    exodus.close();
  });
});
