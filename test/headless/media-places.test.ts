import { expect, it } from 'vitest';
import { MediaPlaces } from './media-places.ts';

it('counts every session at a node, and a standby once it is activated', () => {
  const places = new MediaPlaces();
  const say = (url: string, message: object) => places.sent(url, JSON.stringify(message));
  say('ws://a', { type: 'hello', token: 't' });
  say('ws://b', { type: 'hello', token: 't', mode: 'standby' });
  say('ws://a', { type: 'subscribe', streams: ['hello'] });
  expect(places.visited).toEqual(['ws://a']);
  say('ws://b', { type: 'activate' });
  say('ws://b', { type: 'hello', token: 't', mode: 'active' });
  expect(places.visited).toEqual(['ws://a', 'ws://b', 'ws://b']);
});
