import type { MeetingSettings, Role } from '@meridian/protocol';

/**
 * One row of a room's outbox, as it travels through the queue to Postgres. Rows are upserts: newest wins by
 * (meeting_session_id, seq), so a row delivered twice or late changes nothing.
 */
export type OutboxRecord =
  | {
      kind: 'meeting_session';
      status: 'active' | 'ended';
      started_at: number;
      ended_at: number | null;
      settings: MeetingSettings;
    }
  | {
      kind: 'participant';
      participant_id: string;
      user_id: string | null;
      display_name: string;
      role: Role;
      joined_at: number;
      left_at: number | null;
      node_id: string;
      region: string;
    }
  | {
      kind: 'chat';
      message_id: string;
      sender_id: string;
      sender_name: string;
      recipient_id: string | null;
      text: string;
      sent_at: number;
    };

/** A queue message: some consecutive rows of one room. */
export type OutboxBatch = {
  meeting_id: string;
  meeting_session_id: string;
  records: { seq: number; record: OutboxRecord }[];
};
