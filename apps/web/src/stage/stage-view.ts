/** How somebody wants to see the meeting. Theirs alone; nobody else sees it so. */
export const LAYOUTS = ['auto', 'grid', 'speaker'] as const;
/** `auto`: the grid, and one large picture while a screen is shared. */
export type Layout = (typeof LAYOUTS)[number];

export const SELF_VIEWS = ['auto', 'tile', 'float', 'hidden'] as const;
/** `auto`: among the others, but small in a corner when there is just one other. */
export type SelfView = (typeof SELF_VIEWS)[number];

export type StageView = {
  layout: Layout;
  selfView: SelfView;
  /** Key of the tile to keep large. */
  pinned: string | null;
  /** No video of others is received. */
  audioOnly: boolean;
};
