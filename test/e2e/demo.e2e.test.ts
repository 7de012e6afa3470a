import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { CAST } from '../../scripts/demo/cast.ts';
import { DemoMeeting } from '../../scripts/demo/demo-meeting.ts';
import { until } from '../poll.ts';
import { useStack } from './fixture.ts';

/** Once through the dialogue takes half a minute. */
const EVERYBODY_HAS_SPOKEN = 60_000;
/** Of speech; between the lines there is none. dBFS, of the loudest tone. */
const SPEAKING = -65;

describe('the demo', () => {
  const { stack, person } = useStack({ regions: ['eu-west'] });
  let demo: DemoMeeting | undefined;
  afterEach(() => demo?.close());

  it('lets who opens the link alone see three people who move, and hear them in turn', async () => {
    demo = await DemoMeeting.start({ origin: stack().url, cacheDir: path.join(stack().dataDir, 'demo') });
    const newcomer = await person(1);
    await newcomer.join(demo.code, { microphone: false, camera: false });

    const others = newcomer.page.locator('[data-testid=tile][data-self=false][data-source=camera]');
    await until('three tiles', 20_000, async () => (await others.count()) === CAST.length);
    const ids = await others.evaluateAll((tiles) =>
      tiles.map((tile) => tile.getAttribute('data-participant-id') ?? ''),
    );
    expect(new Set(ids).size).toBe(CAST.length);
    for (const id of ids) {
      const pictures = new Set<string>();
      await until(`the picture of ${id} moves`, 20_000, async () => {
        const picture = await newcomer.picture(id);
        if (picture !== null) pictures.add(picture);
        return pictures.size >= 4;
      });
    }

    const heard = new Set<string>();
    await until(
      'all three have spoken',
      EVERYBODY_HAS_SPOKEN,
      async () => {
        const tones = await Promise.all(ids.map(async (id) => ({ id, tone: await newcomer.hears(id) })));
        const speaking = tones.filter(({ tone }) => tone !== null && tone.level > SPEAKING);
        if (speaking.length === 1) for (const { id } of speaking) heard.add(id);
        return heard.size === ids.length;
      },
      () => `(heard ${heard.size})`,
    );
  });
});
