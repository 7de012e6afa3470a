import { z } from 'zod';

const Frame = z.object({ type: z.string(), mode: z.string().optional() });

/**
 * Which media node a participant is at, read off what the SDK sends: a socket that says hello takes part, one that says
 * hello as a standby does so when it is activated.
 */
export class MediaPlaces {
  /** URLs of the nodes it has been at, in order: every move is one more. */
  readonly visited: string[] = [];

  sent(url: string, frame: string): void {
    if (!frame.includes('"hello"') && !frame.includes('"activate"')) return;
    const parsed = Frame.safeParse(JSON.parse(frame));
    if (!parsed.success) return;
    const { type, mode } = parsed.data;
    if (type === 'activate' || (type === 'hello' && mode !== 'standby')) this.visited.push(url);
  }
}
