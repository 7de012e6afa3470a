import { randomUUID } from 'node:crypto';
import { type Source, streamId } from '@meridian/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Generations } from './generations.ts';
import { Publication, type StreamInfo } from './publication.ts';
import { StreamDirectory } from './stream-directory.ts';

class FakePublication extends Publication {
  readonly isLocal: boolean;
  readonly edition = 0;
  stream: StreamInfo;
  closed = false;

  constructor(participant: string, source: Source, generation: number, isLocal = true) {
    super();
    this.isLocal = isLocal;
    this.stream = {
      stream_id: streamId(participant, source),
      generation,
      participant_id: participant,
      source,
      codec: 'x',
      layers: [],
      paused: false,
    };
  }

  acquire(): Promise<never> {
    return Promise.reject(new Error('no media here'));
  }
  close(): void {
    this.closed = true;
    this.emit('closed');
  }
}

function record(directory: StreamDirectory): string[] {
  const events: string[] = [];
  directory.on('available', (stream) => events.push(`+${stream.generation}`));
  directory.on('updated', (stream) => events.push(`~${stream.generation}`));
  directory.on('removed', (stream) => events.push(`-${stream.generation}`));
  return events;
}

describe('Generations', () => {
  test('rise over what is known, over themselves, and over a former life', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(5), fc.nat(3_000))), (steps) => {
        let now = 1_000;
        const generations = new Generations(() => now);
        let last = 0;
        for (const [tick, known] of steps) {
          now += tick;
          const next = generations.next(known);
          expect(next).toBeGreaterThan(Math.max(known, last));
          expect(next).toBeGreaterThanOrEqual(now);
          last = next;
        }
      }),
    );
    expect(new Generations().next(0)).toBeGreaterThan(1.7e12);
  });
});

describe('StreamDirectory', () => {
  const participant = randomUUID();
  const id = streamId(participant, 'camera');

  test('serves the highest live generation', () => {
    const directory = new StreamDirectory();
    const events = record(directory);
    const first = new FakePublication(participant, 'camera', 1);
    const second = new FakePublication(participant, 'camera', 2, false);
    directory.add(first);
    directory.add(second);
    expect(directory.latest(id)).toBe(second);
    expect([...directory.all()]).toEqual([second]);
    expect([...directory.local()]).toEqual([first]);
    first.emit('updated');
    second.emit('updated');
    first.close();
    second.close();
    expect(events).toEqual(['+1', '+2', '~2', '-1', '-2']);
    expect(directory.latest(id)).toBeUndefined();
  });

  test('falls back to an older generation that outlives the newer', () => {
    const directory = new StreamDirectory();
    const events = record(directory);
    const first = new FakePublication(participant, 'camera', 1);
    const second = new FakePublication(participant, 'camera', 2);
    directory.add(first);
    directory.add(second);
    second.close();
    expect(events).toEqual(['+1', '+2', '-2', '+1']);
    expect(directory.latest(id)).toBe(first);
  });

  test('takes each generation once, whichever way it comes, and late ones silently', () => {
    const directory = new StreamDirectory();
    const events = record(directory);
    expect(directory.add(new FakePublication(participant, 'camera', 2))).toBe(true);
    expect(directory.add(new FakePublication(participant, 'camera', 2, false))).toBe(false);
    expect(directory.add(new FakePublication(participant, 'camera', 1))).toBe(true);
    expect(events).toEqual(['+2']);
    expect(directory.nextGeneration(id)).toBeGreaterThan(2);
  });
});
