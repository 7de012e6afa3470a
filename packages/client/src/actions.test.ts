import { describe, expect, it } from 'vitest';
import { microphone, useWorld } from './testing/use-world.ts';
import { ROOM_URL } from './testing/world.ts';

const { world: start, join } = useWorld();

describe('what everybody can do', () => {
  it('raises a hand, and hosts lower it', async () => {
    const world = start();
    const bob = world.room.enter('Bob');
    const meeting = await join();
    const raising = meeting.raiseHand(true);
    await world.pass(20);
    await raising;
    expect(meeting.snapshot.self.handRaisedAt).toBe(5_000);
    const before = meeting.snapshot.participants.find((p) => p.id === bob);
    const lowering = meeting.lowerHand(meeting.participantId);
    await world.pass(20);
    await lowering;
    expect(meeting.snapshot.self.handRaisedAt).toBeNull();
    expect(meeting.snapshot.participants.find((p) => p.id === bob)).toBe(before);
  });

  it('reacts, and hears its own reaction as others do', async () => {
    const world = start();
    const meeting = await join();
    const seen: unknown[] = [];
    const unsubscribe = meeting.onReaction((shown) => seen.push(shown));
    const reacting = meeting.react('clap');
    await world.pass(20);
    await reacting;
    expect(seen).toEqual([{ participantId: meeting.participantId, reaction: 'clap' }]);
    unsubscribe();
    void meeting.react('heart');
    await world.pass(20);
    expect(seen).toHaveLength(1);
  });

  it('takes another name, and the rights of a host by the key', async () => {
    const world = start();
    const meeting = await join();
    const renaming = meeting.rename('Countess');
    await world.pass(20);
    await renaming;
    expect(meeting.snapshot.self.displayName).toBe('Countess');
    expect(meeting.snapshot.capabilities).toMatchObject({ canModerate: false, canEndMeeting: false });
    const wrong = expect(meeting.claimHost('guess')).rejects.toMatchObject({ code: 'wrong_host_key' });
    await world.pass(20);
    await wrong;
    const claiming = meeting.claimHost('key');
    await world.pass(20);
    await claiming;
    expect(meeting.snapshot.self.role).toBe('host');
    expect(meeting.snapshot.capabilities).toMatchObject({ canModerate: true, canEndMeeting: true });
  });

  it('writes to one person', async () => {
    const world = start();
    const bob = world.room.enter('Bob');
    const meeting = await join();
    meeting.sendChat('psst', { to: bob });
    await world.pass(50);
    expect(meeting.snapshot.chat).toMatchObject([{ text: 'psst', recipient_id: bob, delivery: 'sent' }]);
  });

  it('is asked to unmute, and is not unmuted by it', async () => {
    const world = start();
    const bob = world.room.enter('Bob');
    const meeting = await join({ microphone: microphone(), startMuted: true });
    const asked: string[] = [];
    meeting.onUnmuteRequested((by) => asked.push(by));
    world.room.broadcast({ type: 'unmute_requested', by: bob }, '', { to: meeting.participantId });
    await world.pass(20);
    expect(asked).toEqual([bob]);
    expect(meeting.snapshot.self.audio).toBe(false);
  });
});

describe('what hosts can do', () => {
  it.each([
    ['muteParticipant', { type: 'mute', media: 'audio' }],
    ['stopVideo', { type: 'mute', media: 'video' }],
    ['stopShare', { type: 'screen_share_stop' }],
    ['requestUnmute', { type: 'request_unmute' }],
    ['lowerHand', { type: 'raise_hand', raised: false }],
    ['removeParticipant', { type: 'remove' }],
  ] as const)('%s asks the room and resolves with its answer', async (method, message) => {
    const world = start();
    const bob = world.room.enter('Bob', { audio: true, video: true });
    const meeting = await join();
    let settled = false;
    const asking = meeting[method](bob).then(() => {
      settled = true;
    });
    expect(settled).toBe(false);
    await world.pass(20);
    await asking;
    expect(world.room.heard.at(-1)).toMatchObject({ ...message, target_user: bob });
  });

  it('silences everybody else', async () => {
    const world = start();
    world.room.enter('Bob', { audio: true });
    const meeting = await join({ microphone: microphone() });
    const muting = meeting.muteAll();
    await world.pass(20);
    await muting;
    expect(meeting.snapshot.participants.map((p) => [p.displayName, p.audio])).toEqual([
      ['Bob', false],
      ['Ada', true],
    ]);
  });

  it('locks, changes settings and roles; everybody sees it at once', async () => {
    const world = start();
    const bob = world.room.enter('Bob');
    const meeting = await join();
    const asking = Promise.all([
      meeting.setLocked(true),
      meeting.updateSettings({ allow_chat: 'hosts', allow_unmute: false }),
      meeting.setRole(bob, 'co_host'),
    ]);
    await world.pass(20);
    await asking;
    expect(meeting.snapshot).toMatchObject({
      locked: true,
      settings: { allow_chat: 'hosts', allow_unmute: false },
      capabilities: { canUnmute: false, canChatToAll: false, canChatToHosts: true, canChatPrivately: false },
    });
    expect(meeting.snapshot.participants.find((p) => p.id === bob)?.role).toBe('co_host');
  });

  it('rejects with the room’s refusal, when it is away, and when it does not answer', async () => {
    const world = start();
    const bob = world.room.enter('Bob');
    const meeting = await join();
    world.room.refuse = { type: 'mute', code: 'forbidden' };
    const refused = expect(meeting.muteParticipant(bob)).rejects.toMatchObject({ code: 'forbidden' });
    await world.pass(20);
    await refused;
    const cutOff = expect(meeting.lowerHand(bob)).rejects.toMatchObject({ code: 'timeout' });
    world.network.cut(ROOM_URL);
    await cutOff;
    await expect(meeting.lowerHand(bob)).rejects.toMatchObject({ code: 'timeout' });
    await world.pass(1_000);
    world.network.freeze(ROOM_URL);
    const silent = expect(meeting.lowerHand(bob)).rejects.toMatchObject({ code: 'timeout' });
    await world.pass(30_000);
    await silent;
  });
});
