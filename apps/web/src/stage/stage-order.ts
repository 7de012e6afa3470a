/** When people last held the floor, by participant; who never did is not in it. */
export type LastSpoke = ReadonlyMap<string, number>;

/**
 * The order of the tiles. People keep their places, newcomers come last; but whoever speaks is on the first page, in
 * the place of the one there who has been silent longest. Equal orders are the same array.
 */
export function stageOrder(
  before: readonly string[],
  present: readonly string[],
  speaker: string | null,
  firstPage: number,
  lastSpoke: LastSpoke,
): readonly string[] {
  const here = new Set(present);
  const known = new Set(before);
  const order = [...before.filter((id) => here.has(id)), ...present.filter((id) => !known.has(id))];
  const at = speaker === null ? -1 : order.indexOf(speaker);
  if (speaker !== null && firstPage > 0 && at >= firstPage) {
    const spoke = (id: string | undefined) => (id === undefined ? 0 : (lastSpoke.get(id) ?? 0));
    let quietest = firstPage - 1;
    // From the end, so that among the silent ones the last to come gives way.
    for (let index = firstPage - 1; index >= 0; index--) {
      if (spoke(order[index]) < spoke(order[quietest])) quietest = index;
    }
    const away = order[quietest];
    order[quietest] = speaker;
    if (away !== undefined) order[at] = away;
  }
  return order.length === before.length && order.every((id, index) => id === before[index]) ? before : order;
}
