import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Stack, startStack } from '../../scripts/stack/stack.ts';
import { Api } from '../headless/api.ts';
import { SignalingClient } from '../headless/signaling-client.ts';

/** Over the real Workers: the room asks the directory and the cells of another script for places. */
describe('the waiting room', () => {
  let stack: Stack;
  let api: Api;
  const clients: SignalingClient[] = [];

  beforeAll(async () => {
    stack = await startStack({ ports: 'free', logs: 'quiet' });
    api = new Api(stack.url);
  });
  afterAll(async () => {
    for (const client of clients) client.close();
    await stack?.close();
  });

  async function come(meeting: string, name: string, more: Record<string, unknown> = {}) {
    const join = await api.join(meeting, { display_name: name, ...more });
    const client = await SignalingClient.open(join, stack.url);
    clients.push(client);
    const answer = await client.ask({ type: 'join', media: { audio: true, video: true } });
    return { join, client, answer };
  }

  it('lets people in by a word of the host, to a node near them', async () => {
    const { id, host_key } = await api.createMeeting({ settings: { waiting_room: true } });
    const early = await come(id, 'Early');
    expect(early.join).toMatchObject({ status: 'waiting', reason: 'host_absent' });
    expect(early.answer).toMatchObject({ type: 'waiting', reason: 'host_absent' });

    const host = await come(id, 'Host', { host_key });
    expect(host.answer).toMatchObject({ type: 'joined', state: { waiting: [{ display_name: 'Early' }] } });
    await early.client.waitFor('waiting', ({ reason }) => reason === 'waiting_room');
    const target_user = early.join.participant_id;
    expect(await host.client.ask({ type: 'admit', target_user })).toMatchObject({ type: 'done' });
    const joined = await early.client.waitFor('joined');
    expect(stack.nodes.map((node) => node.id)).toContain(joined.sfu.node_id);
    expect(joined.sfu.region).toBe('eu-west');
    await host.client.waitFor(
      'participant_joined',
      ({ participant }) => participant.display_name === 'Early',
    );

    const late = await come(id, 'Late');
    await host.client.waitFor('waiting_room', ({ added }) =>
      added.some(({ participant_id }) => participant_id === late.join.participant_id),
    );
    const denied = await host.client.ask({ type: 'deny', target_user: late.join.participant_id });
    expect(denied).toMatchObject({ type: 'done' });
    expect(await late.client.waitForClose()).toBe(4406);
  });
});
