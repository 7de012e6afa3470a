/** A place in a list that is ordered by time and, within one millisecond, by id. Nothing new moves it. */
export type Position = { at: number; id: string };
