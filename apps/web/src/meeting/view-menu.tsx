import { LayoutGrid } from 'lucide-react';
import type { ComponentProps } from 'react';
import { Menu } from '../ui/menu.tsx';
import { RoundButton } from '../ui/round-button.tsx';
import { ViewItems } from './view-items.tsx';

export function ViewMenu(props: ComponentProps<typeof ViewItems>) {
  return (
    <Menu
      label="View"
      side="above"
      align="center"
      trigger={(trigger) => <RoundButton {...trigger} label="View" icon={LayoutGrid} data-testid="view" />}
    >
      <ViewItems {...props} />
    </Menu>
  );
}
