/** Entry of the script `meridian-room`. */
export { MeetingRoom } from './meeting-room.ts';

export default {
  fetch(): Response {
    return new Response(null, { status: 404 });
  },
} satisfies ExportedHandler;
