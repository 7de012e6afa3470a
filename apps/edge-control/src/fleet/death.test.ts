import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { FakeNode } from '../../test/support/node.ts';
import { CONFIG } from '../config.ts';
import { cellOfRegion } from './names.ts';
import type { RegistryCell } from './registry-cell.ts';
import type { ReportedKind } from './verdict.ts';

const { silentAfterMs, bootGraceMs, togetherMs, reportLifeMs } = CONFIG.cell;
const cell = (region: string) => env.CELLS.getByName(cellOfRegion(region));
const verdict = async (region: string, nodeId: string) => (await cell(region).verdict(nodeId)).verdict;
const report = (region: string, node_id: string, kind: ReportedKind, near = true) =>
  cell(region).evidence({
    node_id,
    kind,
    reporter: near ? 'one nearby' : 'one far off',
    near,
    at: Date.now(),
  });

/** Asks the cell as if so much time had passed. */
function in_<T>(ms: number, region: string, ask: (instance: RegistryCell) => Promise<T>): Promise<T> {
  return runInDurableObject(cell(region), async (instance) => {
    const now = Date.now;
    Date.now = () => now() + ms;
    try {
      return await ask(instance);
    } finally {
      Date.now = now;
    }
  });
}

const PAST_GRACE = bootGraceMs + silentAfterMs;

describe('a node that dies', () => {
  it('is suspect without its link, and lost with the word of those who used it', async () => {
    const node = await FakeNode.registered('eu-dies', 'dies-1');
    await FakeNode.registered('eu-dies', 'dies-2');
    expect(await verdict('eu-dies', 'dies-1')).toBe('up');
    node.frames.close(4000);
    await expect.poll(() => verdict('eu-dies', 'dies-1')).toBe('suspect');
    const ask = (instance: RegistryCell) => instance.verdict('dies-1');
    expect((await in_(PAST_GRACE, 'eu-dies', ask)).verdict).toBe('suspect');
    const accused = await in_(PAST_GRACE, 'eu-dies', (instance) =>
      instance.evidence({
        node_id: 'dies-1',
        kind: 'client_media_loss',
        reporter: 'a client',
        near: false,
        at: Date.now(),
      }),
    );
    expect(accused.verdict).toBe('lost');
    // It stays so when nobody is left to complain.
    expect(await in_(PAST_GRACE + reportLifeMs, 'eu-dies', ask)).toEqual(accused);
  });

  it('is up again when it is back, and what was said of its former life is forgotten', async () => {
    await FakeNode.registered('eu-back', 'back-1');
    await report('eu-back', 'back-1', 'client_media_loss');
    expect((await report('eu-back', 'back-1', 'relay_silence')).verdict).toBe('lost');
    await FakeNode.registered('eu-back', 'back-1');
    expect(await verdict('eu-back', 'back-1')).toBe('up');
  });

  it('is lost although its heartbeats go on, when neither clients nor nodes hear anything of it', async () => {
    const node = await FakeNode.registered('eu-mute', 'mute-1');
    expect((await report('eu-mute', 'mute-1', 'relay_silence')).verdict).toBe('up');
    expect((await report('eu-mute', 'mute-1', 'client_media_loss')).verdict).toBe('lost');
    node.heartbeat(0);
    node.frames.raw('{"v":1,"type":"ping","ref":"heard"}');
    await node.frames.next('pong');
    expect(await verdict('eu-mute', 'mute-1')).toBe('lost');
    // What was said is old, and now it is its heartbeats that are missing.
    expect(await in_(reportLifeMs + 1, 'eu-mute', (instance) => instance.verdict('mute-1'))).toMatchObject({
      verdict: 'suspect',
    });
  });

  it('is not lost to those at the far end of a way that is cut, as long as it is heard', async () => {
    await FakeNode.registered('eu-cut', 'cut-1');
    await report('eu-cut', 'cut-1', 'relay_silence', false);
    expect((await report('eu-cut', 'cut-1', 'client_media_loss', false)).verdict).toBe('suspect');
    // Those next to it miss it too: so it is not the way.
    expect((await report('eu-cut', 'cut-1', 'client_media_loss')).verdict).toBe('suspect');
    expect((await report('eu-cut', 'cut-1', 'relay_silence')).verdict).toBe('lost');
  });

  it('is not known to a cell it never belonged to, which declares nothing', async () => {
    expect((await report('eu-never', 'nobody', 'client_media_loss')).verdict).toBe('suspect');
    expect((await report('eu-never', 'nobody', 'relay_silence')).verdict).toBe('suspect');
  });

  it('that left in order is no fallen one', async () => {
    const node = await FakeNode.registered('eu-leaves', 'leaves-1');
    node.heartbeat(0, 'draining');
    await expect.poll(() => verdict('eu-leaves', 'leaves-1')).toBe('draining');
    node.frames.close();
    await expect
      .poll(async () => (await cell('eu-leaves').node('leaves-1')).ok && linked('eu-leaves', 'leaves-1'))
      .toBe(false);
    expect(await verdict('eu-leaves', 'leaves-1')).toBe('draining');
    await FakeNode.registered('eu-leaves', 'leaves-1');
    expect(await verdict('eu-leaves', 'leaves-1')).toBe('up');
  });
});

async function linked(region: string, nodeId: string): Promise<boolean> {
  const node = await cell(region).node(nodeId);
  return node.ok && node.value.linked;
}

describe('a cell that is ill', () => {
  it('declares nobody lost while more than a fifth of its links have dropped together', async () => {
    const nodes = await Promise.all(
      Array.from({ length: 5 }, (_, i) => FakeNode.registered('eu-ill', `ill-${i}`)),
    );
    const [first, second] = nodes;
    first?.frames.close(4000);
    second?.frames.close(4000);
    await expect.poll(() => verdict('eu-ill', 'ill-1')).toBe('suspect');
    await report('eu-ill', 'ill-0', 'relay_silence');
    const accused = await report('eu-ill', 'ill-0', 'client_media_loss');
    expect(accused.verdict).toBe('suspect');
    expect(await cell('eu-ill').node('ill-0')).toMatchObject({
      value: { reasons: expect.arrayContaining(['cell_ill', 'client_media_loss', 'relay_silence']) },
    });
    // A rack that has died stays dead, and then it is said.
    const later = await in_(togetherMs + 1, 'eu-ill', (instance) => instance.verdict('ill-0'));
    expect(later.verdict).toBe('lost');
  });
});

describe('a cell that starts anew', () => {
  it('knows its nodes, and holds the silence of its own absence against nobody', async () => {
    const nodes = await Promise.all([1, 2, 3].map((i) => FakeNode.registered('eu-anew', `anew-${i}`)));
    // A deployment closes every socket.
    for (const node of nodes) node.frames.close(1012);
    await expect.poll(() => linked('eu-anew', 'anew-3')).toBe(false);
    await evictDurableObject(cell('eu-anew'));
    for (const i of [1, 2, 3]) {
      expect((await report('eu-anew', `anew-${i}`, 'client_media_loss')).verdict).toBe('suspect');
    }
    expect(await cell('eu-anew').nodes()).toHaveLength(3);
    await Promise.all([1, 2, 3].map((i) => FakeNode.registered('eu-anew', `anew-${i}`)));
    // Each is another process as far as the cell can tell, and none is punished for having been away.
    for (const i of [1, 2, 3]) expect(await verdict('eu-anew', `anew-${i}`)).toBe('up');
  });

  it('keeps what is wanted of a node, and tells it', async () => {
    const node = await FakeNode.registered('eu-wish', 'wish-1');
    expect(await cell('eu-wish').direct('wish-1', 'drain')).toMatchObject({ value: { verdict: 'draining' } });
    expect(await node.frames.next('directive')).toMatchObject({ desired: 'drain' });
    await evictDurableObject(cell('eu-wish'));
    expect(await verdict('eu-wish', 'wish-1')).toBe('draining');
    const again = await FakeNode.link('eu-wish', 'wish-1');
    again.register();
    expect(await again.frames.next('registered')).toMatchObject({ desired: 'drain' });
    await cell('eu-wish').direct('wish-1', 'serve');
    expect(await again.frames.next('directive')).toMatchObject({ desired: 'serve' });
    expect(await verdict('eu-wish', 'wish-1')).toBe('up');
  });
});

describe('a revoked node', () => {
  it('loses its link, its key and its place, at once', async () => {
    const node = await FakeNode.registered('eu-revoke', 'revoke-1');
    const meeting_id = crypto.randomUUID();
    await cell('eu-revoke').reserve({ meeting_id, room_url: 'wss://meet.test/x' });
    expect(await cell('eu-revoke').revoke('revoke-1')).toEqual([meeting_id]);
    expect((await node.frames.closed).code).toBe(4401);
    expect(await verdict('eu-revoke', 'revoke-1')).toBe('lost');
    expect(await cell('eu-revoke').nodes()).toEqual([]);
    expect((await cell('eu-revoke').node('revoke-1')).ok).toBe(false);
    await evictDurableObject(cell('eu-revoke'));
    expect(await verdict('eu-revoke', 'revoke-1')).toBe('lost');
    // Enrolled anew it is a node like any other.
    await FakeNode.registered('eu-revoke', 'revoke-1');
    expect(await verdict('eu-revoke', 'revoke-1')).toBe('up');
  });
});
