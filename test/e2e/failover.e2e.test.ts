import { describe, expect, it } from 'vitest';
import type { BrowserParticipant } from '../browser/participant.ts';
import { tileVideo } from '../browser/perception.ts';
import { until } from '../poll.ts';
import { PLACES, useStack } from './fixture.ts';

/** Standbys are made some seconds after the media they are for, and prepared beside the call. */
const PREPARED_MS = 30_000;
const RECOVERY_MS = 30_000;
/** Frames that come after one another: a last picture that stays is none of them. */
const MOVES = 3;

type People = readonly BrowserParticipant[];

describe('a call whose media node is killed while everybody has a hot standby', () => {
  const { stack, person } = useStack({
    regions: ['eu-west', 'us-east'],
    nodeEnv: (_index, { id }) => ({ FAILURE_DOMAIN: `hall-of-${id}` }),
  });

  it('goes on at the standby with everything as it was', async () => {
    const [ada, ben, cyd] = await Promise.all([
      person(1),
      person(2),
      person(3, { location: PLACES.ashburn }),
    ]);
    const people = [ada, ben, cyd];
    const code = await ada.createMeeting();
    await ada.join(code);
    await ben.join(code, { microphone: false });
    await cyd.join(code);
    const [node, other] = stack().nodes;
    if (!node || !other) throw new Error('two nodes are needed');
    for (const one of [ada, ben]) expect((await placeOf(one))?.nodeId).toBe(node.id);
    expect((await placeOf(cyd))?.nodeId).toBe(other.id);

    await ada.page.getByTestId('share').click();
    const screen = { of: await ada.participantId(), by: [ben, cyd] };
    await expectCall(people, ben, screen);
    for (const one of [ada, ben]) await expectHotStandby(one, other.id);
    const before = await Promise.all(people.map((one) => one.identity()));
    const said: string[] = [];
    const say = (by: BrowserParticipant, text: string) => {
      said.push(text);
      return by.page.evaluate((what) => window.__meridian.meeting.sendChat(what), text);
    };

    await say(ada, 'before, from where it happens');
    await say(cyd, 'before, from elsewhere');
    await node.kill('SIGKILL');
    await say(ben, 'at once, from where it happened');
    await say(cyd, 'at once, from elsewhere');

    for (const one of [ada, ben]) {
      await until(
        `${one.name} is at ${other.id}`,
        RECOVERY_MS,
        async () => (await placeOf(one))?.nodeId === other.id,
        async () => JSON.stringify(await placeOf(one)),
      );
    }
    await expectCall(people, ben, screen);
    await say(ada, 'after');
    const after = await Promise.all(people.map((one) => one.identity()));
    expect(after.map(({ participantId }) => participantId)).toEqual(
      before.map(({ participantId }) => participantId),
    );
    // They went over to what was prepared: no connection was made anew.
    const connections = (all: typeof after) => all.slice(0, 2).map((one) => one.connections);
    expect(connections(after)).toEqual(connections(before));
    for (const one of people) {
      await until(
        `${one.name} has read everything`,
        RECOVERY_MS,
        async () => (await read(one)).length >= said.length,
        async () => JSON.stringify(await read(one)),
      );
      expect((await read(one)).toSorted()).toEqual(said.toSorted());
      expect(await shareOf(one)).toBe(screen.of);
    }
  });
});

function placeOf({ page }: BrowserParticipant) {
  return page.evaluate(async () => {
    const stats = await window.__meridian.meeting.stats();
    return stats && { nodeId: stats.nodeId, standby: stats.standby };
  });
}

async function expectHotStandby(one: BrowserParticipant, nodeId: string): Promise<void> {
  await until(
    `${one.name} has a hot standby at ${nodeId}`,
    PREPARED_MS,
    async () => {
      const standby = (await placeOf(one))?.standby;
      return standby?.nodeId === nodeId && standby.tier === 'hot' && standby.ready;
    },
    async () => JSON.stringify(await placeOf(one)),
  );
}

/** Everybody sees everybody and hears all but the one who is muted, and the shared screen moves. */
async function expectCall(
  people: People,
  muted: BrowserParticipant,
  screen: { of: string; by: People },
): Promise<void> {
  for (const viewer of people) {
    for (const other of people) {
      if (viewer === other) continue;
      await viewer.expectToSee(other, RECOVERY_MS);
      if (other === muted) await expectSilent(viewer, other);
      else await viewer.expectToHear(other, RECOVERY_MS);
    }
  }
  for (const viewer of screen.by) await expectToMove(viewer, tileVideo(screen.of, 'screen'));
}

/** By what is shown of them and by what arrives. */
async function expectSilent(viewer: BrowserParticipant, muted: BrowserParticipant): Promise<void> {
  const id = await muted.participantId();
  const shown = await viewer.page.evaluate((who) => {
    const view = window.__meridian.meeting.snapshot.participants.find((one) => one.id === who);
    return { audio: view?.audio, flows: view?.streams.microphone?.paused === false };
  }, id);
  expect(shown).toEqual({ audio: false, flows: false });
  expect((await viewer.audioPacketsFrom(id)) ?? 0).toBe(0);
}

async function expectToMove(viewer: BrowserParticipant, selector: string): Promise<void> {
  const frames = () =>
    viewer.page.evaluate((which) => {
      const video = document.querySelector(which);
      return video instanceof HTMLVideoElement ? video.getVideoPlaybackQuality().totalVideoFrames : 0;
    }, selector);
  let [last, moves] = [await frames(), 0];
  await until(
    `${viewer.name} sees ${selector} move`,
    RECOVERY_MS,
    async () => {
      const now = await frames();
      if (now > last) moves += 1;
      last = now;
      return moves >= MOVES;
    },
    () => `(frames: ${last})`,
  );
}

/** What somebody has of the chat that the room has confirmed. */
function read({ page }: BrowserParticipant): Promise<string[]> {
  return page.evaluate(() =>
    window.__meridian.meeting.snapshot.chat
      .filter(({ delivery }) => delivery === 'sent')
      .map(({ text }) => text),
  );
}

/** Whose screen is shared, as somebody is told. */
function shareOf({ page }: BrowserParticipant): Promise<string | null> {
  return page.evaluate(() => window.__meridian.meeting.snapshot.screenShare?.participantId ?? null);
}
