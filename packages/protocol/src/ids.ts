import { z } from 'zod';

const uuid = () => z.uuid();

export const MeetingId = uuid();
export type MeetingId = z.infer<typeof MeetingId>;

/** What people read out to each other: `123-4567-8901`. */
export const MeetingCode = z.string().regex(/^\d{3}-\d{4}-\d{4}$/, 'expected 123-4567-8901');
export type MeetingCode = z.infer<typeof MeetingCode>;

/** A meeting is addressed by either. */
export const MeetingRef = z.union([MeetingId, MeetingCode]);
export type MeetingRef = z.infer<typeof MeetingRef>;

export const ParticipantId = uuid();
export type ParticipantId = z.infer<typeof ParticipantId>;

/** One stay of one participant in a meeting; survives reconnects, ends with leave or removal. */
export const SessionId = uuid();
export type SessionId = z.infer<typeof SessionId>;

/** One run of a meeting, from its first joiner to its end. */
export const MeetingSessionId = uuid();
export type MeetingSessionId = z.infer<typeof MeetingSessionId>;

const label = (what: string) =>
  z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, `expected a ${what} in DNS label form`);

export const NodeId = label('node id');
export type NodeId = z.infer<typeof NodeId>;
export const RegionId = label('region');
export type RegionId = z.infer<typeof RegionId>;
export const FailureDomain = label('failure domain');
export type FailureDomain = z.infer<typeof FailureDomain>;

/** New each time a media node's process starts, so that events of a former life can be told apart. */
export const BootId = uuid();
export type BootId = z.infer<typeof BootId>;

/**
 * Epoch milliseconds of the room's current mandate over its nodes. Rises whenever the room starts anew,
 * so a node can ignore what an older incarnation still sends.
 */
export const RoomEpoch = z.number().int().nonnegative();
