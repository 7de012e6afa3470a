import type { MeetingState } from '@meridian/protocol';
import type { Actor } from './actor.ts';
import type { RoomState } from './room-state.ts';
import { participantView } from './roster.ts';
import type { Session } from './session.ts';
import { waiterView } from './waiters.ts';

/** Everything this viewer needs to draw the meeting, and may see of it, up to the session's `seq`. */
export function meetingState(state: RoomState, session: Session, viewer: Actor): MeetingState {
  return {
    meeting_id: session.meeting.id,
    code: session.meeting.code,
    meeting_session_id: session.meeting_session_id,
    title: session.meeting.title,
    settings: session.meeting.settings,
    started_at: session.started_at,
    participants: state.roster
      .allJoined()
      .toSorted((a, b) => a.joined_at - b.joined_at || a.since_seq - b.since_seq)
      .map((member) => participantView(member, session.screen_share)),
    chat: state.chat.backlog(viewer.participant_id),
    screen_share: session.screen_share,
    locked: session.locked,
    waiting: viewer.role === 'participant' ? [] : state.waiters.arrived().map(waiterView),
  };
}
