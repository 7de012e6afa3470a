import fc from 'fast-check';
import { FakeHandler } from 'mediasoup-client';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { FakeLines } from './testing/fake-lines.ts';
import { FakeTrack } from './testing/fake-track.ts';
import { NODE_URL, OTHER_NODE_URL, ROOM_URL, World } from './testing/world.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** What is on each sender of each connection now, as the browser would send it. */
function watchSenders(): () => (MediaStreamTrack | null)[] {
  const senders = new Map<string, MediaStreamTrack | null>();
  const numbers = new Map<FakeHandler, number>();
  const key = (handler: FakeHandler, localId: string) => {
    const number = numbers.get(handler) ?? numbers.size;
    numbers.set(handler, number);
    return `${number} ${localId}`;
  };
  const { send, replaceTrack, stopSending, close } = FakeHandler.prototype;
  vi.spyOn(FakeHandler.prototype, 'send').mockImplementation(async function (this: FakeHandler, options) {
    const result = await send.call(this, options);
    senders.set(key(this, result.localId), options.track);
    return result;
  });
  vi.spyOn(FakeHandler.prototype, 'replaceTrack').mockImplementation(function (this: FakeHandler, id, track) {
    senders.set(key(this, id), track);
    return replaceTrack.call(this, id, track);
  });
  vi.spyOn(FakeHandler.prototype, 'stopSending').mockImplementation(function (this: FakeHandler, id) {
    senders.delete(key(this, id));
    return stopSending.call(this, id);
  });
  vi.spyOn(FakeHandler.prototype, 'close').mockImplementation(function (this: FakeHandler) {
    const number = numbers.get(this);
    for (const sender of senders.keys()) if (sender.startsWith(`${number} `)) senders.delete(sender);
    close.call(this);
  });
  return () => [...senders.values()];
}

const STEPS = [
  'mute',
  'unmute',
  'host mutes',
  'cut the room',
  'cut the node',
  'lose ICE',
  'the node loses its streams',
  'freeze',
  'network off',
  'network on',
  'move',
  'the room forgets its log',
  'other network',
  'a hot standby',
  'a warm standby',
  'no standby',
  'the node falls silent',
  'cut the standby',
  'cut everything',
  'camera off',
  'camera on',
  'host stops the camera',
] as const;
type Step = (typeof STEPS)[number] | number;

it('a muted participant never comes back unmuted, nor a camera that is off, and no track is ever stopped', async () => {
  const seed = Date.now() % 1_000_000;
  console.info(`mute property: seed ${seed}`);
  /** Also what is least likely by chance: a host's mute while one is away, with or without the room's log of it. */
  const ending = fc.constantFrom('none', 'muted while away', 'muted while away, and no log of it');
  const step = fc.oneof<fc.Arbitrary<Step>[]>(fc.constantFrom(...STEPS), fc.integer({ min: 1, max: 4_000 }));
  await fc.assert(
    fc
      .asyncProperty(
        fc.boolean(),
        fc.boolean(),
        fc.array(step, { maxLength: 50 }),
        ending,
        async (startMuted, nodesResume, steps, end) => {
          const onSenders = watchSenders();
          const sent = (kind: string) => onSenders().filter((one) => one?.kind === kind);
          const world = new World();
          if (nodesResume) {
            world.network.serve(NODE_URL, new FakeLines(world.node));
            world.network.serve(OTHER_NODE_URL, new FakeLines(world.otherNode));
          }
          const host = world.room.enter('Host', {}, 'host');
          const track = new FakeTrack('audio');
          const picture = new FakeTrack('video', { width: 640, height: 360 });
          const meeting = await world.join({ microphone: track, camera: picture, startMuted });
          const inRoom = () => world.room.person(meeting.participantId);
          /** The node where media is not. */
          const elsewhere = () =>
            world.room.nodeId === 'node-1'
              ? { id: 'node-2', url: OTHER_NODE_URL }
              : { id: 'node-1', url: NODE_URL };
          /** The person has muted, or knows of the host's mute, and has not unmuted since. */
          let muted = startMuted;
          let mutedByHost = false;
          let off = false;
          let stoppedByHost = false;
          const expectSilence = () => {
            expect(meeting.snapshot.self.audio).toBe(false);
            expect(sent('audio')).toEqual([]);
          };
          const expectNoPicture = () => {
            expect(meeting.snapshot.self.video).toBe(false);
            expect(sent('video')).toEqual([]);
          };
          const perform = async (what: Step) => {
            switch (what) {
              case 'mute':
                muted = true;
                meeting.mute().catch(() => {});
                break;
              case 'unmute':
                muted = false;
                mutedByHost = false;
                meeting.unmute().catch(() => {});
                break;
              case 'host mutes':
                if (!inRoom().participant.media.audio) break;
                world.room.setMedia(meeting.participantId, { audio: false }, host);
                mutedByHost = true;
                break;
              case 'camera off':
                off = true;
                meeting.setCamera(null).catch(() => {});
                break;
              case 'camera on':
                off = false;
                stoppedByHost = false;
                meeting.setCamera(picture).catch(() => {});
                break;
              case 'host stops the camera':
                if (!inRoom().participant.media.video) break;
                world.room.setMedia(meeting.participantId, { video: false }, host);
                stoppedByHost = true;
                break;
              case 'cut everything':
                world.network.cut();
                break;
              case 'cut the room':
                world.network.cut(ROOM_URL);
                break;
              case 'cut the node':
                world.network.cut(world.room.mediaUrl);
                break;
              case 'the node falls silent':
                world.network.freeze(world.room.mediaUrl);
                break;
              case 'cut the standby':
                world.network.cut(elsewhere().url);
                break;
              case 'a hot standby':
              case 'a warm standby':
                world.room.nameStandby({
                  ...elsewhere(),
                  failover: what === 'a hot standby' ? 'hot' : 'warm',
                });
                break;
              case 'no standby':
                world.room.nameStandby(null);
                break;
              case 'lose ICE':
                for (const handler of world.handlers.slice(-2)) handler.setConnectionState('failed');
                break;
              case 'the node loses its streams':
                for (const node of [world.node, world.otherNode]) {
                  for (const socket of node.sockets) socket.close(4502);
                }
                break;
              case 'freeze':
                world.network.freeze();
                break;
              case 'network off':
              case 'network on':
                world.network.offline = what === 'network off';
                break;
              case 'move': {
                const { id, url } = elsewhere();
                world.room.move(id, url);
                break;
              }
              case 'the room forgets its log':
                world.room.forgetful = !world.room.forgetful;
                break;
              case 'other network':
                world.wakeUp('network');
                break;
              default:
                await world.pass(what);
            }
          };
          for (const what of steps) {
            await perform(what);
            await world.pass(1);
            if (muted) expectSilence();
            if (off) expectNoPicture();
          }
          if (end !== 'none') {
            world.room.forgetful = end !== 'muted while away';
            await perform('network on');
            await world.pass(30_000);
            await perform('cut the room');
            await perform('host mutes');
            await perform('host stops the camera');
          }
          world.network.offline = false;
          await world.pass(90_000);
          expect(meeting.snapshot.status.status).toBe('connected');
          if (muted || mutedByHost) expectSilence();
          if (off || stoppedByHost) expectNoPicture();
          // Everybody is shown what is really sent.
          const { audio, video } = meeting.snapshot.self;
          expect(inRoom().participant.media).toMatchObject({ audio, video });
          const prepared = world.room.standby ? elsewhere().url : null;
          expect(sent('audio')).toEqual(audio ? [track] : []);
          // On a standby the track is there without a layer of it.
          const pictures = !video ? [] : prepared === null ? [picture] : [picture, picture];
          expect(sent('video')).toEqual(pictures);
          const node = world.room.nodeId === 'node-1' ? world.node : world.otherNode;
          expect(node.published.get('microphone')?.paused).toBe(!audio);
          expect(node.published.has('camera')).toBe(video);
          // What is prepared would come up as it should.
          if (prepared !== null) {
            const standby = prepared === NODE_URL ? world.node : world.otherNode;
            expect(standby.standbys.size).toBe(1);
            expect(standby.published.get('microphone')?.paused).toBe(!audio);
            expect(standby.published.has('camera')).toBe(video);
          }
          for (const one of [track, picture]) {
            expect(one).toMatchObject({ stops: 0, enabled: true, readyState: 'live' });
          }
          const leaving = meeting.leave();
          await world.pass(2_000);
          await leaving;
          expect([track.stops, picture.stops]).toEqual([0, 0]);
        },
      )
      .afterEach(() => {
        vi.restoreAllMocks();
        vi.clearAllTimers();
      }),
    { numRuns: 150, seed },
  );
}, 120_000);
