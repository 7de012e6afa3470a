import { Grid2x2, LayoutPanelLeft, Sparkles } from 'lucide-react';
import type { Layout, SelfView } from '../stage/stage-view.ts';
import { MenuHeading, MenuItem } from '../ui/menu.tsx';

const LAYOUT_ITEMS = [
  { layout: 'auto', text: 'Automatic', icon: Sparkles },
  { layout: 'grid', text: 'Grid', icon: Grid2x2 },
  { layout: 'speaker', text: 'Speaker', icon: LayoutPanelLeft },
] as const satisfies { layout: Layout; text: string; icon: unknown }[];

const SELF_ITEMS = [
  { selfView: 'auto', text: 'Automatic' },
  { selfView: 'tile', text: 'Among the others' },
  { selfView: 'float', text: 'In the corner' },
  { selfView: 'hidden', text: 'Hidden' },
] as const satisfies { selfView: SelfView; text: string }[];

type Props = {
  layout: Layout;
  selfView: SelfView;
  onChange: (change: { layout: Layout } | { selfView: SelfView }) => void;
};

/** How the stage looks, as items of a menu. */
export function ViewItems({ layout, selfView, onChange }: Props) {
  return (
    <>
      <MenuHeading>Layout</MenuHeading>
      {LAYOUT_ITEMS.map(({ layout: each, text, icon }) => (
        <MenuItem
          key={each}
          icon={icon}
          checked={each === layout}
          onSelect={() => onChange({ layout: each })}
          data-testid={`layout-${each}`}
        >
          {text}
        </MenuItem>
      ))}
      <MenuHeading>Your own picture</MenuHeading>
      {SELF_ITEMS.map(({ selfView: each, text }) => (
        <MenuItem
          key={each}
          checked={each === selfView}
          onSelect={() => onChange({ selfView: each })}
          data-testid={`self-view-${each}`}
        >
          {text}
        </MenuItem>
      ))}
    </>
  );
}
