import { expect, test } from 'vitest';
import { type Command, parseCommand } from './arguments.ts';
import { UsageError } from './usage.ts';

const words = (line: string) => line.split(' ').filter((word) => word !== '');

test.each<[string, Command]>([
  ['', { name: 'help' }],
  ['--help', { name: 'help' }],
  ['fleet drain -h', { name: 'help' }],
  ['fleet regions', { name: 'regions', json: false }],
  ['fleet list', { name: 'list', region: undefined, json: false }],
  ['fleet list --region eu-west --json', { name: 'list', region: 'eu-west', json: true }],
  ['fleet watch --region=eu-west', { name: 'watch', region: 'eu-west' }],
  ['fleet show n-1', { name: 'show', node: 'n-1', json: false }],
  ['fleet drain n-1', { name: 'drain', node: 'n-1', wait: false, json: false }],
  ['fleet drain --wait n-1', { name: 'drain', node: 'n-1', wait: true, json: false }],
  ['fleet undrain n-1', { name: 'undrain', node: 'n-1', json: false }],
  ['fleet revoke n-1 --yes', { name: 'revoke', node: 'n-1' }],
  ['fleet enrol n-1 --region eu-west', { name: 'enrol', node: 'n-1', region: 'eu-west', json: false }],
])('meridian %s', (line, command) => {
  expect(parseCommand(words(line))).toEqual(command);
});

test.each<[string, string]>([
  ['list', 'begins with "fleet"'],
  ['fleet', 'no command "fleet "'],
  ['fleet explode', 'no command "fleet explode"'],
  ['fleet toString', 'no command'],
  ['fleet list n-1', 'does not take "n-1"'],
  ['fleet show', 'needs the name of a node'],
  ['fleet show n-1 n-2', 'does not take "n-2"'],
  ['fleet show n-1 --wait', 'does not take --wait'],
  ['fleet list --regoin eu', '--regoin'],
  ['fleet revoke n-1', '--yes'],
  ['fleet enrol n-1', '--region'],
])('meridian %s is refused: %s', (line, why) => {
  expect(() => parseCommand(words(line))).toThrow(UsageError);
  expect(() => parseCommand(words(line))).toThrow(why);
});
