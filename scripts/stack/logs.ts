/** Where the lines of the components go. */
export type Logs = 'all' | 'quiet' | ((component: string, line: string) => void);

const COLOURS = [36, 35, 33, 32, 34, 31];
/** Of "node-us-east", the longest name there is by default. */
const NAME_WIDTH = 12;

export type Logger = (component: string, line: string) => void;

export function createLogger(logs: Logs): Logger {
  if (typeof logs === 'function') return logs;
  if (logs === 'quiet') return () => {};
  const colourOf = new Map<string, number>();
  const coloured = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;
  return (component, line) => {
    const name = component.padEnd(NAME_WIDTH);
    if (!coloured) {
      process.stdout.write(`${name} | ${line}\n`);
      return;
    }
    let colour = colourOf.get(component);
    if (colour === undefined) {
      colour = COLOURS[colourOf.size % COLOURS.length] ?? 0;
      colourOf.set(component, colour);
    }
    process.stdout.write(`\x1b[${colour}m${name} │\x1b[0m ${line}\n`);
  };
}
