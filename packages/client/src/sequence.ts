/**
 * Where an ordered event stands relative to the last one applied. `prev` is the event before it for this
 * recipient, so private events of others leave no false gaps.
 */
export function position(last: number, event: { seq: number; prev: number }): 'next' | 'known' | 'gap' {
  if (event.seq <= last) return 'known';
  // A state may already include events after `prev`, therefore not equality.
  return event.prev <= last ? 'next' : 'gap';
}
