import { ROUTER_RTP_CAPABILITIES } from '@meridian/protocol';
import { describe, expect, it } from 'vitest';
import { withoutFeedback } from '../testing/capabilities.ts';
import { PathLoss } from './path-loss.ts';

describe('loss on the way to a receiver', () => {
  it('is what both sides see', () => {
    const loss = new PathLoss(ROUTER_RTP_CAPABILITIES);
    expect(loss.of(0.08, 0.1)).toBe(0.08);
    expect(loss.of(0.2, 0.12)).toBe(0.12);
  });

  it('is not what a sender or a probe has lost, from the start', () => {
    const loss = new PathLoss(ROUTER_RTP_CAPABILITIES);
    expect(loss.of(0.3, 0)).toBe(0);
    expect(loss.of(0.3, null)).toBe(0);
    expect(loss.of(0, 0.16)).toBe(0);
    expect(loss.of(0.07, 0)).toBe(0);
  });

  it('is what the client says where its transport says nothing', () => {
    for (const capabilities of [withoutFeedback(ROUTER_RTP_CAPABILITIES), {}]) {
      const loss = new PathLoss(capabilities);
      expect(loss.of(0.3, null)).toBe(0.3);
      expect(loss.of(0.07, 0)).toBe(0.07);
    }
  });
});
