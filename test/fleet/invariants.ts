import { LIMITS } from '@meridian/protocol';
import type { Hearing } from '../headless/listening.ts';
import type { CrowdReport } from './crowd.ts';

/** What has to hold of a meeting, whatever happens to the machines under it. Pure; an empty list says that it does. */

/** What a participant tells, as far as it is judged here. */
export type Account = Pick<
  CrowdReport,
  'name' | 'participantId' | 'status' | 'because' | 'roster' | 'chat' | 'voices'
>;

/** The same of a headless one, who can tell one packet from another. */
export type Close = Account & Pick<CrowdReport, 'number' | 'hearings' | 'nodes'>;

/** Who of the speakers, named by id, is not heard by whom: nothing arrived in the last `withinMs`. */
export function unheard(
  accounts: readonly Account[],
  speakers: ReadonlyMap<string, string>,
  withinMs: number,
): string[] {
  return accounts.flatMap(({ name, participantId, voices }) =>
    [...speakers]
      .filter(([id]) => id !== participantId)
      .flatMap(([id, speaker]) => {
        const silentMs = voices.find((voice) => voice.id === id)?.silentMs;
        if (silentMs !== undefined && silentMs <= withinMs) return [];
        const since = silentMs === undefined ? 'at all' : `for ${Math.round(silentMs)} ms`;
        return [`${name} has not heard ${speaker} ${since}`];
      }),
  );
}

/** Who is heard with what they said after they were muted. By number, with the time from which it counts. */
export function overheard(accounts: readonly Close[], muted: ReadonlyMap<number, number>): string[] {
  return accounts.flatMap(({ name, hearings }) =>
    hearings
      .filter(({ sender, source, latestSentAt }) => {
        const since = muted.get(sender);
        return source === 'microphone' && since !== undefined && latestSentAt > since;
      })
      .map(({ sender }) => `${name} hears number ${sender}, who is muted`),
  );
}

/** Whose list of people is not those who are there: somebody missing, or a ghost. */
export function rosterFaults(accounts: readonly Account[], present: ReadonlyMap<string, string>): string[] {
  return accounts.flatMap(({ name: witness, roster }) => {
    const listed = roster.map(({ id }) => id);
    const missing = [...present].filter(([id]) => !listed.includes(id)).map(([, name]) => name);
    const ghosts = roster.filter(({ id }) => !present.has(id)).map(({ name }) => name);
    return [
      ...missing.map((name) => `${witness} does not list ${name}`),
      ...ghosts.map((name) => `${witness} lists ${name}, who is not there`),
      ...(new Set(listed).size < listed.length ? [`${witness} lists somebody twice`] : []),
    ];
  });
}

/** Who is not connected. */
export function disconnected(accounts: readonly Account[]): string[] {
  return accounts
    .filter(({ status }) => status !== 'connected')
    .map(({ name, status, because }) => `${name} is ${status} (${because})`);
}

/** Who is not in the meeting any more, without having left it. */
export function thrownOut(accounts: readonly Account[]): string[] {
  return disconnected(accounts.filter(({ status }) => status === 'ended'));
}

/** Who has something twice in the chat, or in another order than others: at no moment anybody may. */
export function chatOutOfOrder(accounts: readonly Account[]): string[] {
  const longest = longestChat(accounts);
  const places = new Map(longest.map((text, place) => [text, place]));
  return accounts.flatMap(({ name, chat }) => {
    const texts = sentTexts(chat);
    const order = texts.flatMap((text) => places.get(text) ?? []);
    const doubled = texts.filter((text, index) => texts.indexOf(text) < index);
    return [
      ...doubled.map((text) => `${name} has "${text}" twice in the chat`),
      ...(order.some((place, index) => place < (order[index - 1] ?? 0))
        ? [`${name} has the chat in another order`]
        : []),
    ];
  });
}

/** What is wrong with the chat when all is over: `said` has to be in it, and everybody has to have all of it. */
export function chatFaults(accounts: readonly Account[], said: readonly string[]): string[] {
  const longest = longestChat(accounts);
  // Who came later has the end of it.
  const complete = Math.min(longest.length, LIMITS.chatBacklog);
  return [
    ...chatOutOfOrder(accounts),
    ...said.filter((text) => !longest.includes(text)).map((text) => `"${text}" is not in the chat`),
    ...accounts.flatMap(({ name, chat }) => {
      const pending = chat.filter(({ delivery }) => delivery !== 'sent');
      const texts = sentTexts(chat);
      const isWhole =
        texts.length >= complete &&
        texts.join('\n') === longest.slice(longest.length - texts.length).join('\n');
      return [
        ...pending.map(({ text, delivery }) => `"${text}" of ${name} is ${delivery}`),
        ...(isWhole ? [] : [`${name} has ${texts.length} messages of ${longest.length}`]),
      ];
    }),
  ];
}

function sentTexts(chat: Account['chat']): string[] {
  return chat.filter(({ delivery }) => delivery === 'sent').map(({ text }) => text);
}

function longestChat(accounts: readonly Account[]): string[] {
  return accounts
    .map(({ chat }) => sentTexts(chat))
    .reduce((best, one) => (one.length > best.length ? one : best), []);
}

/**
 * Sounds that may be played twice: where one connection takes over from another, the two are never exactly in step.
 * What comes over both all the time is doubled 17 times a second.
 */
const REPEATED = 3;

/** Who was heard over two connections at once. */
export function doubledSounds(accounts: readonly Close[]): string[] {
  return sounds(
    accounts,
    ({ doubled }) => doubled > REPEATED,
    ({ doubled }) => `twice, ${doubled} times`,
  );
}

/** Whose voice was anything but one unbroken stream, by packets: since the last reset. */
export function brokenSounds(accounts: readonly Close[], gapMs: number): string[] {
  return sounds(
    accounts,
    (hearing) => hearing.lost > 0 || hearing.doubled > REPEATED || hearing.gapMs > gapMs,
    ({ lost, doubled, gapMs: gap }) =>
      `with ${lost} lost, ${doubled} doubled, a gap of ${Math.round(gap)} ms`,
  );
}

function sounds(
  accounts: readonly Close[],
  isWrong: (hearing: Hearing) => boolean,
  describe: (hearing: Hearing) => string,
): string[] {
  return accounts.flatMap(({ name, hearings }) =>
    hearings
      .filter((hearing) => hearing.source === 'microphone' && isWrong(hearing))
      .map((hearing) => `${name} heard number ${hearing.sender} ${describe(hearing)}`),
  );
}

/** Who had another media node, or another session at the same one, than before. */
export function moved(before: readonly Close[], after: readonly Close[]): string[] {
  return after.flatMap(({ number, name, nodes }) => {
    const earlier = before.find((one) => one.number === number);
    if (!earlier || earlier.nodes.length === nodes.length) return [];
    return [`${name} went ${nodes.slice(earlier.nodes.length - 1).join(' → ')}`];
  });
}
