import { parseArgs } from 'node:util';
import { UsageError } from './usage.ts';

export type Command =
  | { name: 'help' }
  | { name: 'regions'; json: boolean }
  | { name: 'list'; region: string | undefined; json: boolean }
  | { name: 'watch'; region: string | undefined }
  | { name: 'show'; node: string; json: boolean }
  | { name: 'drain'; node: string; wait: boolean; json: boolean }
  | { name: 'undrain'; node: string; json: boolean }
  | { name: 'revoke'; node: string }
  | { name: 'enrol'; node: string; region: string; json: boolean };

const OPTIONS = {
  help: { type: 'boolean', short: 'h' },
  json: { type: 'boolean' },
  region: { type: 'string' },
  wait: { type: 'boolean' },
  yes: { type: 'boolean' },
} as const;
type Option = keyof typeof OPTIONS;

/** What each takes beside its name. */
const TAKES: Readonly<Record<string, { node: boolean; options: readonly Option[] }>> = {
  regions: { node: false, options: ['json'] },
  list: { node: false, options: ['json', 'region'] },
  watch: { node: false, options: ['region'] },
  show: { node: true, options: ['json'] },
  drain: { node: true, options: ['json', 'wait'] },
  undrain: { node: true, options: ['json'] },
  revoke: { node: true, options: ['yes'] },
  enrol: { node: true, options: ['json', 'region'] },
};

/** Throws a UsageError that says what is wrong. */
export function parseCommand(args: readonly string[]): Command {
  const { values, positionals } = parsed(args);
  const { help, json = false, region, wait = false, yes = false } = values;
  if (help || args.length === 0) return { name: 'help' };
  const [group, name = '', node = '', ...rest] = positionals;
  if (group !== 'fleet') throw new UsageError(`there is no command "${group ?? ''}": it begins with "fleet"`);
  const takes = Object.hasOwn(TAKES, name) ? TAKES[name] : undefined;
  if (!takes) throw new UsageError(`there is no command "fleet ${name}"`);
  const surplus = takes.node ? rest[0] : node;
  if (surplus) throw new UsageError(`"fleet ${name}" does not take "${surplus}"`);
  if (takes.node && !node) throw new UsageError(`"fleet ${name}" needs the name of a node`);
  for (const option of Object.keys(values)) {
    if (!takes.options.some((one) => one === option)) {
      throw new UsageError(`"fleet ${name}" does not take --${option}`);
    }
  }
  switch (name) {
    case 'regions':
      return { name, json };
    case 'list':
      return { name, region, json };
    case 'watch':
      return { name, region };
    case 'drain':
      return { name, node, wait, json };
    case 'revoke':
      if (!yes) throw new UsageError(`"fleet revoke" cannot be undone: say --yes`);
      return { name, node };
    case 'enrol':
      if (region === undefined) throw new UsageError('"fleet enrol" needs --region');
      return { name, node, region, json };
    case 'undrain':
      return { name, node, json };
    default:
      return { name: 'show', node, json };
  }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
