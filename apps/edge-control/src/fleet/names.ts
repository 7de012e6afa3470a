/** Names of the fleet's objects. One cell per region as long as a region has fewer nodes than a cell can hold. */
export function cellName(region: string, shard: number): string {
  return `${region}:${shard}`;
}

/** The cell that a region's nodes dial and its participants are reserved at. */
export function cellOfRegion(region: string): string {
  return cellName(region, 0);
}

export const DIRECTORY_NAME = 'global';
