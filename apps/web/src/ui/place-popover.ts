export type Box = { left: number; top: number; width: number; height: number };
export type Placement = { side: 'above' | 'below'; align: 'start' | 'center' | 'end' };

/** Between a popover and what it belongs to, and between it and the edge of the window. Pixels. */
const GAP = 8;
const MARGIN = 8;

/**
 * Where a popover goes: on the wished side of its anchor if it fits there, else on the other if that has more room;
 * always inside the window.
 */
export function placePopover(
  anchor: Box,
  size: { width: number; height: number },
  viewport: { width: number; height: number },
  { side, align }: Placement,
): { left: number; top: number } {
  const above = anchor.top - GAP - MARGIN;
  const below = viewport.height - (anchor.top + anchor.height) - GAP - MARGIN;
  const [wished, other] = side === 'above' ? [above, below] : [below, above];
  const flipped = size.height > wished && other > wished;
  const goesAbove = (side === 'above') !== flipped;
  const top = goesAbove ? anchor.top - GAP - size.height : anchor.top + anchor.height + GAP;
  const left =
    align === 'start'
      ? anchor.left
      : align === 'end'
        ? anchor.left + anchor.width - size.width
        : anchor.left + (anchor.width - size.width) / 2;
  return {
    left: Math.round(clamp(left, MARGIN, viewport.width - size.width - MARGIN)),
    top: Math.round(clamp(top, MARGIN, viewport.height - size.height - MARGIN)),
  };
}

/** The lower bound wins: what is too large begins where it can be read. */
function clamp(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(value, most));
}
