import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { SPEAKERS } from '../config.ts';
import { TestFleet } from '../testing/fleet.ts';
import type { MediaClient } from '../testing/media-client.ts';
import { until } from '../testing/until.ts';

let fleet: TestFleet;
afterEach(() => fleet.close());

type Person = { participantId: string; sessionId: string; client: MediaClient };

async function enter(node: string): Promise<Person> {
  const member = fleet.member();
  const client = await fleet.join(node, member);
  await client.publish('microphone');
  return { ...member, client };
}

function speak(person: Person, level: number): void {
  if (person.client.sender !== null) person.client.sender.level = level;
}

const speakers = ({ client }: Person) => client.all('speakers');
const activeAt = (person: Person) => speakers(person).at(-1)?.active ?? null;
const heardAt = (person: Person) =>
  speakers(person)
    .at(-1)
    ?.levels.map((one) => one.participant_id) ?? [];

async function expectActive(people: readonly Person[], active: Person): Promise<void> {
  await until('everybody to see the same speaker', () =>
    people.every((person) => activeAt(person) === active.participantId),
  );
}

describe('at one node', () => {
  test('clients hear who speaks, at most four times a second, and nothing while nobody does', async () => {
    fleet = await TestFleet.start(24600, ['node-a']);
    const [ada, ben] = [await enter('node-a'), await enter('node-a')];
    await sleep(2 * SPEAKERS.interval);
    expect([...speakers(ada), ...speakers(ben)]).toEqual([]);
    speak(ada, -25);
    const from = performance.now();
    await expectActive([ada, ben], ada);
    // Somebody who changes all the time is the most there can be to say.
    for (let i = 0; i < 40; i += 1) {
      speak(ada, -25 - (i % 20));
      await sleep(50);
    }
    const seconds = (performance.now() - from) / 1000;
    expect(speakers(ben).length).toBeLessThanOrEqual(Math.ceil(seconds * 4) + 1);
    expect(heardAt(ben)).toEqual([ada.participantId]);
    speak(ada, -127);
    await until('silence', () => heardAt(ben).length === 0);
    const said = speakers(ben).length;
    await sleep(3 * SPEAKERS.interval);
    expect(speakers(ben).length).toBe(said);
    expect(activeAt(ben)).toBe(ada.participantId);
    const room = fleet.room.events.map((event) => event.type);
    expect(new Set(room)).toEqual(new Set(['node_hello', 'peer_state']));
  });

  test('somebody who comes later is told at once', async () => {
    fleet = await TestFleet.start(24600, ['node-a']);
    const ada = await enter('node-a');
    speak(ada, -25);
    await expectActive([ada], ada);
    const ben = await enter('node-a');
    await expectActive([ben], ada);
  });

  test('who is muted is not heard, and who leaves is not in front any more', async () => {
    fleet = await TestFleet.start(24600, ['node-a']);
    const [ada, ben] = [await enter('node-a'), await enter('node-a')];
    speak(ada, -25);
    await expectActive([ada, ben], ada);
    await fleet.publishState({ hardMuted: new Map([[ada.sessionId, ['microphone']]]) });
    await until('silence', () => heardAt(ben).length === 0);
    expect(activeAt(ben)).toBe(ada.participantId);
    speak(ben, -40);
    await expectActive([ada, ben], ben);
    ben.client.close();
    await until('nobody', () => activeAt(ada) === null);
  });

  test('is told of those on all its workers', async () => {
    fleet = await TestFleet.start(24600, ['node-a'], { WORKERS: '2', WORKER_STREAMS: '1' });
    const people = [await enter('node-a'), await enter('node-a')] as const;
    const workers = new Set(fleet.node('node-a').meetings.all[0]?.peers.map((peer) => peer.worker.index));
    expect(workers.size).toBe(2);
    for (const person of people) {
      for (const other of people) speak(other, other === person ? -20 : -50);
      await expectActive(people, person);
    }
  });
});

describe('at two nodes', () => {
  async function startTwo(): Promise<[Person, Person, Person]> {
    fleet = await TestFleet.start(24600, ['node-a', 'node-b']);
    const people: [Person, Person, Person] = [
      await enter('node-a'),
      await enter('node-a'),
      await enter('node-b'),
    ];
    await fleet.publishState();
    const connected = (node: string) => fleet.node(node).meetings.all[0]?.relay.connected === 1;
    await until('the relay', () => connected('node-a') && connected('node-b'));
    return people;
  }

  test('all see the same speaker, wherever that one is', async () => {
    const people = await startTwo();
    for (const loudest of [...people, ...people.toReversed()]) {
      for (const person of people) speak(person, person === loudest ? -20 : -45);
      await expectActive(people, loudest);
    }
    // Equally loud ones, too.
    for (const person of people) speak(person, -30);
    const [first] = people.map((person) => person.participantId).sort();
    await until('the same choice', () => people.every((person) => activeAt(person) === first));
  });

  test('in silence the nodes end with the same speaker, whoever spoke last and however briefly', async () => {
    const people = await startTwo();
    const [ada, , cy] = people;
    for (const length of [600, 700, 800, 900]) {
      speak(ada, -30);
      await expectActive(people, ada);
      speak(ada, -127);
      speak(cy, -20);
      await sleep(length);
      speak(cy, -127);
      await until('silence', () => people.every((person) => heardAt(person).length === 0));
      await until('one speaker', () => new Set(people.map(activeAt)).size === 1);
    }
  });

  test('a node that is not heard of any more does not go on speaking', async () => {
    const [ada, , cy] = await startTwo();
    speak(cy, -20);
    await until('the other node', () => heardAt(ada).includes(cy.participantId));
    fleet.relayWires.get('node-b')?.close();
    await until('silence', () => heardAt(ada).length === 0);
    expect(heardAt(cy)).toEqual([cy.participantId]);
  });
});
