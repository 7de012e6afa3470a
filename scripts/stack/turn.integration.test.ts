import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { freePorts, isFree } from './ports.ts';
import { answersStun } from './stun.ts';
import { Turn } from './turn.ts';

describe('the TURN server of a stack', () => {
  const started: Turn[] = [];
  afterEach(async () => {
    for (const turn of started.splice(0)) await turn.stop();
  });

  async function start() {
    const port = await freePorts(11);
    const lines: string[] = [];
    const turn = new Turn({ port, relayPorts: { first: port + 1, last: port + 10 } }, (_, line) =>
      lines.push(line),
    );
    started.push(turn);
    await turn.start();
    return { turn, port, lines };
  }

  it('answers once it is started, is nobody special, and is gone with its secret when stopped', async () => {
    const { turn, port, lines } = await start();
    expect(await answersStun(port, 1_000)).toBe(true);
    expect(lines).toEqual([]);

    const configuration = serverOn(port);
    expect(configuration.user).not.toBe('0');
    expect(existsSync(configuration.file)).toBe(true);

    await turn.stop();
    expect(await answersStun(port, 200)).toBe(false);
    expect(await isFree(port, 'tcp')).toBe(true);
    expect(existsSync(configuration.file)).toBe(false);
  });

  it('makes a secret of its own each time', async () => {
    const [one, other] = [await start(), await start()];
    expect(one.turn.secret).not.toBe(other.turn.secret);
    expect(one.turn.secret.length).toBeGreaterThanOrEqual(32);
  });
});

/** The server process with this port in its configuration. */
function serverOn(port: number): { user: string; file: string } {
  const processes = execFileSync('ps', ['-C', 'turnserver', '-o', 'uid=,args='], { encoding: 'utf8' });
  for (const line of processes.trim().split('\n')) {
    const [user = '', ...args] = line.trim().split(/\s+/);
    const file = args.at(-1) ?? '';
    if (existsSync(file) && readFileSync(file, 'utf8').includes(`listening-port=${port}`)) {
      return { user, file };
    }
  }
  throw new Error(`no TURN server on ${port} in\n${processes}`);
}
