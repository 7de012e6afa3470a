/** Names of the fleet's objects. A region has as many cells as its nodes need. */
export function cellName(region: string, shard: number): string {
  return `${region}:${shard}`;
}

/** The first cell of a region. */
export function cellOfRegion(region: string): string {
  return cellName(region, 0);
}

/** Whether a cell of this name has nodes of the region. */
export function isCellOf(cell: string, region: string): boolean {
  return cell.startsWith(`${region}:`);
}

export const DIRECTORY_NAME = 'global';
