import { DrizzleQueryError } from 'drizzle-orm';
import { expect, it } from 'vitest';
import { described } from './log.ts';

it('logs what went wrong with a query, and nothing of what was in it', () => {
  const error = new DrizzleQueryError(
    'select "id" from "users" where "email" = $1',
    ['ada@example.org,\n    at home'],
    new Error('connection refused'),
  );
  const text = JSON.stringify(described(error));
  expect(text).toContain('select');
  expect(text).toContain('connection refused');
  expect(text).toContain('log.test.ts');
  expect(text).not.toContain('example.org');
});
