import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Stack, startStack } from '../../scripts/stack/stack.ts';
import { Api } from '../headless/api.ts';
import { type Acknowledged, Chatter } from '../headless/chatter.ts';
import { pause, until } from '../poll.ts';
import { between, seeded } from '../random.ts';

/** Repeat a run with CHAOS_SEED=… */
const seed = Number(process.env.CHAOS_SEED ?? Date.now() & 0x7fff_ffff);

/** How long things are killed. Milliseconds. */
const CHAOS = 30_000;
/** The room sends again what was lost on the way after 15 s, then after 30, then after 60. Milliseconds. */
const SETTLED_WITHIN = 130_000;

type Row = { message_id: string; sender_id: string; recipient_id: string | null; content: string };

describe('what was acknowledged', () => {
  let stack: Stack;
  let database: pg.Pool;

  beforeAll(async () => {
    stack = await startStack({ ports: 'free', logs: 'quiet', regions: ['eu-west'] });
    database = new pg.Pool({ connectionString: stack.databaseUrl });
    // Killed under it, again and again.
    database.on('error', () => {});
    // Stacks of tests answer before they have written; a database that loses what it confirmed would be to blame itself.
    await database.query(
      `alter database ${new URL(stack.databaseUrl).pathname.slice(1)} set synchronous_commit = on`,
    );
  });
  afterAll(async () => {
    await database?.end();
    await stack?.close();
  });

  it(`is in Postgres once and in order, whatever is killed (CHAOS_SEED=${seed})`, async () => {
    console.log(`CHAOS_SEED=${seed}`);
    const random = seeded(seed);
    const api = new Api(stack.url);
    const { id, host_key } = await api.createMeeting({ title: 'Chaos' });
    const chatters = ['Ada', 'Ben', 'Cleo'].map((name) => new Chatter(name, api, id));
    const running = chatters.map((chatter) => chatter.run());
    const pick = () => chatters[between(random, 0, chatters.length - 1)];
    await until('all to be in', 20_000, () => chatters.every((chatter) => chatter.id !== undefined));

    let said = 0;
    let chatting = true;
    const talk = (async () => {
      while (chatting) {
        const private_ = random() < 0.2;
        const [from, to] = [pick(), pick()];
        if (from && to && from.unacknowledged < 20) {
          from.say(`message ${said}`, private_ && to !== from ? to.id : undefined);
          said += 1;
        }
        if (random() < 0.03) pick()?.drop();
        await pause(between(random, 20, 150));
      }
    })();

    const kills: string[] = [];
    const end = performance.now() + CHAOS;
    const disasters = [
      async () => {
        kills.push('edge, kill -9');
        await stack.crashEdge();
        await pause(between(random, 0, 1_000));
        await stack.startEdge();
      },
      async () => {
        kills.push('postgres, kill -9');
        await stack.postgres.process?.crash();
        await pause(between(random, 100, 3_000));
        await stack.postgres.start();
      },
      async () => {
        kills.push('edge, stopped');
        await stack.restartEdge();
      },
      async () => {
        kills.push('both, kill -9');
        await Promise.all([stack.postgres.process?.crash(), stack.crashEdge()]);
        await Promise.all([stack.postgres.start(), stack.startEdge()]);
      },
    ];
    // One of each kind of kill at least, then whatever chance says.
    for (let i = 0; i < 2 || performance.now() < end; i += 1) {
      await pause(between(random, 500, 4_000));
      const chosen = i < 2 ? i : between(random, 0, disasters.length - 1);
      await disasters[chosen]?.();
    }
    chatting = false;
    await talk;
    await until('every message to be acknowledged', 30_000, () =>
      chatters.every((chatter) => chatter.unacknowledged === 0),
    );
    for (const chatter of chatters) chatter.stop();
    await Promise.all(running);
    const ended = await api.request('POST', `/meetings/${id}/end`, { host_key });
    expect(ended.status).toBe(204);

    const acknowledged = chatters.flatMap((chatter) => [...chatter.acknowledged.values()]);
    console.log(
      `${kills.length} kills (${kills.join('; ')}), ${said} said, ${acknowledged.length} acknowledged`,
    );
    expect(acknowledged.length).toBeGreaterThan(30);
    const stored = await until('the end to be in Postgres', SETTLED_WITHIN, async () => {
      const sessions = await database.query(
        "select 1 from meeting_sessions where meeting_id = $1 and status <> 'ended'",
        [id],
      );
      const rows = await storedChat(id);
      const known = new Set(rows.map(({ message_id }) => message_id));
      return (
        sessions.rows.length === 0 &&
        acknowledged.every(({ message }) => known.has(message.message_id)) &&
        rows
      );
    });

    // Once: neither twice under one id, nor the same text under two.
    expect(new Set(stored.map(({ message_id }) => message_id)).size).toBe(stored.length);
    expect(new Set(stored.map(({ content }) => content)).size).toBe(stored.length);
    // In the order of the room, with the words, the sender and the recipient it had.
    expect(stored.map(asSaid).filter(isOneOf(acknowledged))).toEqual(
      inOrder(acknowledged).map(asAcknowledged),
    );
    // What the others saw has the same place in the order.
    for (const { seen } of chatters) {
      const order = stored.map(({ message_id }) => seen.get(message_id)).filter((seq) => seq !== undefined);
      expect(order).toEqual(order.toSorted((a, b) => a - b));
    }
    await requireConsistent(id, chatters);
  }, 300_000);

  /** In the order of the room. */
  async function storedChat(meetingId: string): Promise<Row[]> {
    const { rows } = await database.query<Row>(
      `select c.message_id, c.sender_id, c.recipient_id, c.content from chat_messages c
       join meeting_sessions s on s.id = c.meeting_session_id
       where c.meeting_id = $1 order by s.started_at, c.outbox_seq`,
      [meetingId],
    );
    return rows;
  }

  /** Everybody who was in is there, under every id they had, and has left. */
  async function requireConsistent(meetingId: string, chatters: readonly Chatter[]): Promise<void> {
    const sessions = await database.query(
      'select id, started_at, ended_at from meeting_sessions where meeting_id = $1',
      [meetingId],
    );
    const people = await database.query<{ participant_id: string; display_name: string; ok: boolean }>(
      `select p.participant_id, p.display_name, p.left_at is not null and p.left_at >= p.joined_at and s.id is not null as ok
       from meeting_participants p left join meeting_sessions s on s.id = p.meeting_session_id
       where p.meeting_id = $1`,
      [meetingId],
    );
    expect(sessions.rows.every(({ started_at, ended_at }) => ended_at >= started_at)).toBe(true);
    expect(people.rows.filter(({ ok }) => !ok)).toEqual([]);
    const names = new Map(
      people.rows.map(({ participant_id, display_name }) => [participant_id, display_name]),
    );
    for (const { name, id } of chatters) expect(names.get(id ?? '')).toBe(name);
  }
});

function inOrder(acknowledged: readonly Acknowledged[]): Acknowledged[] {
  return acknowledged.toSorted((a, b) => a.message.sent_at - b.message.sent_at || a.seq - b.seq);
}

function asAcknowledged({ message }: Acknowledged): Row {
  const { message_id, sender_id, recipient_id = null, text } = message;
  return { message_id, sender_id, recipient_id, content: text };
}

function asSaid({ message_id, sender_id, recipient_id, content }: Row): Row {
  return { message_id, sender_id, recipient_id, content };
}

function isOneOf(acknowledged: readonly Acknowledged[]): (row: Row) => boolean {
  const ids = new Set(acknowledged.map(({ message }) => message.message_id));
  return ({ message_id }) => ids.has(message_id);
}
