import { MeetingSettings } from '@meridian/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CONFIG } from '../config.ts';
import { retryDelaySeconds } from './backoff.ts';
import type { OutboxBatch, OutboxRecord } from './contract.ts';
import { readBatch } from './read-batch.ts';
import { rowsOf } from './rows.ts';

const meeting_id = crypto.randomUUID();
const meeting_session_id = crypto.randomUUID();
const sender_id = crypto.randomUUID();

function chat(message_id: string, text: string): OutboxRecord {
  return {
    kind: 'chat',
    message_id,
    sender_id,
    sender_name: 'Ann',
    recipient_id: null,
    text,
    sent_at: 1_000,
  };
}

function batch(...records: OutboxBatch['records']): OutboxBatch {
  return { meeting_id, meeting_session_id, records };
}

describe('readBatch', () => {
  it('separates what is bad from what is good, and confirms both', () => {
    const good = chat(crypto.randomUUID(), 'hi');
    const read = readBatch({
      meeting_id,
      meeting_session_id,
      records: [
        { seq: 1, record: good },
        { seq: 2, record: { kind: 'chat', text: 7 } },
        { seq: 3, record: { kind: 'unheard of' } },
      ],
    });
    expect(read?.batch.records).toEqual([{ seq: 1, record: good }]);
    expect(read?.upToSeq).toBe(3);
    expect(read?.poison).toHaveLength(2);
    expect(read?.poison[0]?.message).toEqual(
      batch(...[{ seq: 2, record: { kind: 'chat', text: 7 } as never }]),
    );
  });

  it('knows what is no batch at all', () => {
    for (const body of [null, 'x', {}, { meeting_id: 'x', meeting_session_id, records: [] }]) {
      expect(readBatch(body)).toBeNull();
    }
  });
});

describe('rowsOf', () => {
  it('keeps the newest row of each key, in whatever order they come', () => {
    const ids = [crypto.randomUUID(), crypto.randomUUID(), crypto.randomUUID()];
    const records = fc.array(fc.constantFrom(...ids), { minLength: 1, maxLength: 40 }).chain((keys) =>
      fc.shuffledSubarray(
        keys.map((id, i) => ({ seq: i + 1, record: chat(id, `text ${i + 1}`) })),
        { minLength: keys.length },
      ),
    );
    fc.assert(
      fc.property(records, fc.nat(), (shuffled, cut) => {
        const at = cut % (shuffled.length + 1);
        const rows = rowsOf([batch(...shuffled.slice(0, at)), batch(...shuffled.slice(at))]).chat;
        for (const id of ids) {
          const seqs = shuffled
            .filter(({ record }) => record.kind === 'chat' && record.message_id === id)
            .map(({ seq }) => seq);
          const mine = rows.filter(({ messageId }) => messageId === id);
          expect(mine.map(({ outboxSeq }) => outboxSeq)).toEqual(seqs.length ? [Math.max(...seqs)] : []);
          for (const { outboxSeq, content } of mine) expect(content).toBe(`text ${outboxSeq}`);
        }
      }),
    );
  });

  it('makes text storable', () => {
    const [row] = rowsOf([batch({ seq: 1, record: chat(crypto.randomUUID(), 'a\0b\ud800') })]).chat;
    expect(row?.content).toBe('a\uFFFDb\uFFFD');
  });

  it('takes a session that ended for ended by its host unless told otherwise', () => {
    const session = (status: 'active' | 'ended', ended_by_host?: boolean) =>
      rowsOf([
        batch({
          seq: 1,
          record: {
            kind: 'meeting_session',
            status,
            started_at: 1,
            ended_at: status === 'ended' ? 2 : null,
            settings: MeetingSettings.parse({}),
            ...(ended_by_host === undefined ? {} : { ended_by_host }),
          },
        }),
      ]).sessions[0]?.endedByHost;
    expect([session('active'), session('ended'), session('ended', false)]).toEqual([null, true, false]);
  });
});

describe('retryDelaySeconds', () => {
  it('grows with the attempts, spread over half of it, up to its limit', () => {
    expect(retryDelaySeconds(1, () => 0)).toBe(CONFIG.queue.retryBaseSeconds);
    expect(retryDelaySeconds(4, () => 0)).toBe(CONFIG.queue.retryBaseSeconds * 8);
    expect(retryDelaySeconds(4, () => 0.999)).toBeLessThan(CONFIG.queue.retryBaseSeconds * 5);
    expect(retryDelaySeconds(100, () => 0)).toBe(CONFIG.queue.retryMaxSeconds);
  });
});
