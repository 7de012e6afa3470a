import { expect, test } from 'vitest';
import { mediaProblem, mediaProblemText } from './media-problem.ts';

test('knows why a device did not start', () => {
  const problem = (name: string) => mediaProblem(new DOMException('', name));
  expect(problem('NotAllowedError')).toBe('denied');
  expect(problem('NotFoundError')).toBe('missing');
  expect(problem('NotReadableError')).toBe('busy');
  expect(problem('TypeError')).toBe('failed');
  expect(mediaProblem('boom')).toBe('failed');
});

test('names the device in its explanation', () => {
  expect(mediaProblemText('camera', 'missing')).toContain('No camera');
  expect(mediaProblemText('microphone', 'denied')).toContain('microphone');
});
