import { expect, test } from 'vitest';
import { initials } from './initials.ts';

test.each([
  ['Ada Lovelace', 'AL'],
  ['ada', 'A'],
  ['Maria del Carmen Ruiz', 'MR'],
  ['  Grace   Hopper ', 'GH'],
  ['Anne-Marie Duval', 'AD'],
  ['grace.hopper', 'GH'],
  ['Émile Zola', 'ÉZ'],
  ['E\u0301mile', 'E\u0301'],
  ['李 小龍', '李小'],
  ['👩🏽‍🚀 Mae', '👩🏽‍🚀M'],
  ['(guest)', 'G'],
  ['', ''],
  ['   ', ''],
  ['--', ''],
])('%j is %j', (name, expected) => {
  expect(initials(name)).toBe(expected);
});
