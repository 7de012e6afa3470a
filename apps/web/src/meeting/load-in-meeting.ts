export type InMeeting = typeof import('./in-meeting.tsx').default;

/**
 * The code of the meeting is a chunk of its own, fetched while people look at themselves in the device check. It is held as
 * it is and not by React's `lazy`, whose first rendering shows a fallback even of what has been fetched, and whatever
 * follows a fallback is kept back for 300 ms.
 */
export async function loadInMeeting(): Promise<InMeeting> {
  return (await import('./in-meeting.tsx')).default;
}
