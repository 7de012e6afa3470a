import { describe, expect, it, vi } from 'vitest';
import type { DataMessage } from './data-channels.ts';
import { useWorld } from './testing/use-world.ts';
import { NODE_URL, OTHER_NODE_URL, type World } from './testing/world.ts';

const { world: start, join } = useWorld();

/** The one at `index` opens; what it sends from then on is kept in the list that is returned. */
function open(world: World, index: number): unknown[] {
  const producer = world.dataProducers[index];
  if (!producer) throw new Error(`there is no data producer ${index}`);
  const sent: unknown[] = [];
  vi.spyOn(producer, 'readyState', 'get').mockImplementation(() => (producer.closed ? 'closed' : 'open'));
  vi.spyOn(producer, 'send').mockImplementation((data) => void sent.push(data));
  producer.emit('open');
  return sent;
}

describe('own data channels', () => {
  it('open at the node, send, and close', async () => {
    const world = start();
    const meeting = await join();
    const channel = meeting.openDataChannel('cursor', { maxRetransmits: 0 });
    expect(channel.send('too early')).toBe(false);
    await world.pass(50);
    expect(world.node.messages.find((m) => m.type === 'produce_data')).toMatchObject({
      label: 'cursor',
      sctp_stream_parameters: { ordered: false, maxRetransmits: 0 },
    });
    const sent = open(world, 0);
    await channel.opened;
    expect(channel.isOpen).toBe(true);
    expect(channel.send('hello')).toBe(true);
    expect(channel.send(new Uint8Array([1, 2]))).toBe(true);
    expect(sent).toEqual(['hello', new Uint8Array([1, 2])]);
    expect(() => channel.send('x'.repeat(16_385))).toThrow(expect.objectContaining({ code: 'too_large' }));
    channel.close();
    await world.pass(20);
    expect(world.node.messages.at(-1)).toMatchObject({ type: 'close_data_producer', label: 'cursor' });
    expect(channel.send('too late')).toBe(false);
    // The label is free again.
    meeting.openDataChannel('cursor').close();
  });

  it('come back with a new session', async () => {
    const world = start();
    const meeting = await join();
    const channel = meeting.openDataChannel('board');
    await world.pass(50);
    open(world, 0);
    world.network.cut(NODE_URL);
    await world.pass(500);
    open(world, 1);
    expect(channel.isOpen).toBe(true);
    expect(world.dataProducers[0]?.closed).toBe(true);
    expect(world.node.count('produce_data')).toBe(2);
  });

  it('are refused with a typed error', async () => {
    const world = start();
    const meeting = await join();
    const refusal = (code: string) => expect.objectContaining({ code });
    expect(() => meeting.openDataChannel('Not A Label')).toThrow(refusal('unprocessable'));
    expect(() => meeting.openDataChannel('a', { ordered: true, maxRetransmits: 1 })).toThrow(
      refusal('unprocessable'),
    );
    world.node.refuseData = 'forbidden';
    const channel = meeting.openDataChannel('a');
    await world.pass(50);
    await expect(channel.opened).rejects.toMatchObject({ code: 'forbidden' });
    expect(() => meeting.openDataChannel('a')).toThrow(refusal('conflict'));
    for (const label of ['b', 'c', 'd']) meeting.openDataChannel(label);
    expect(() => meeting.openDataChannel('e')).toThrow(refusal('overloaded'));
    await world.pass(50);
  });
});

describe('the data channels of others', () => {
  it('are heard by label', async () => {
    const world = start();
    const bob = world.room.enter('Bob');
    const meeting = await join();
    const heard: DataMessage[] = [];
    const unsubscribe = meeting.onData('cursor', (message) => heard.push(message));
    const id = world.node.consumeData(bob, 'cursor');
    world.node.consumeData(bob, 'board');
    await world.pass(50);
    for (const consumer of world.dataConsumers) consumer.emit('open');
    world.dataConsumers[0]?.emit('message', 'here');
    world.dataConsumers[1]?.emit('message', 'elsewhere');
    world.dataConsumers[0]?.emit('message', new Uint8Array([7]).buffer);
    await world.pass(1);
    expect(heard).toEqual([
      { participantId: bob, data: 'here' },
      { participantId: bob, data: new Uint8Array([7]) },
    ]);
    unsubscribe();
    world.dataConsumers[0]?.emit('message', 'nobody listens');
    world.node.send({ type: 'data_consumer_closed', data_consumer_id: id });
    await world.pass(20);
    expect(world.dataConsumers[0]?.closed).toBe(true);
    expect(heard).toHaveLength(2);
  });

  it('are heard once while two nodes bring them', async () => {
    const world = start();
    const bob = world.room.enter('Bob');
    const meeting = await join();
    const heard: unknown[] = [];
    meeting.onData('cursor', ({ data }) => heard.push(data));
    // Something has to flow, or there is nothing to keep during the move.
    world.node.consume(world.node.announce(bob, 'microphone'));
    world.node.consumeData(bob, 'cursor');
    await world.pass(100);
    world.dataConsumers[0]?.emit('open');
    world.room.move('node-2', OTHER_NODE_URL);
    await world.pass(200);
    world.dataConsumers[0]?.emit('message', 'still by the old one');
    world.otherNode.consumeData(bob, 'cursor');
    await world.pass(50);
    world.dataConsumers[1]?.emit('open');
    world.dataConsumers[0]?.emit('message', 'twice');
    world.dataConsumers[1]?.emit('message', 'once');
    await world.pass(1);
    expect(heard).toEqual(['still by the old one', 'once']);
  });
});
