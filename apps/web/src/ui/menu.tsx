import { Check, type LucideIcon } from 'lucide-react';
import type { KeyboardEvent, ReactNode } from 'react';
import { classes } from './classes.ts';
import styles from './menu.module.css';
import { nextItem } from './menu-keys.ts';
import type { Placement } from './place-popover.ts';
import { Popover, type TriggerProps, useClosePopover } from './popover.tsx';

type Props = Partial<Placement> & {
  label: string;
  trigger: (props: TriggerProps) => ReactNode;
  children: ReactNode;
};

/** A menu as desktops know it: arrows, Home, End and first letters move; Tab and Escape leave it. */
export function Menu({ label, trigger, children, ...placement }: Props) {
  return (
    <Popover
      {...placement}
      role="menu"
      label={label}
      trigger={trigger}
      className={styles.menu}
      onOpen={(popover) => itemsOf(popover)[0]?.focus()}
    >
      <MenuKeys>{children}</MenuKeys>
    </Popover>
  );
}

function MenuKeys({ children }: { children: ReactNode }) {
  const close = useClosePopover();

  function onKeyDown(event: KeyboardEvent<HTMLDivElement>): void {
    if (event.key === 'Tab') {
      close();
      return;
    }
    const items = itemsOf(event.currentTarget);
    const current = items.findIndex((item) => item.matches(':focus'));
    const texts = items.map((item) => item.textContent.trim());
    const next = nextItem(event.key, current, texts);
    if (next === null) return;
    event.preventDefault();
    // A letter chooses an item here; it must not also be a shortcut of the page.
    event.stopPropagation();
    items[next]?.focus();
  }

  return (
    <div role="none" onKeyDown={onKeyDown}>
      {children}
    </div>
  );
}

function itemsOf(element: HTMLElement): HTMLElement[] {
  return [
    ...element.querySelectorAll<HTMLElement>('[role^="menuitem"]:not(:disabled):not([aria-disabled="true"])'),
  ];
}

type ItemProps = {
  icon?: LucideIcon;
  danger?: boolean;
  /** Makes it one of several that can be chosen; with `toggle`, one that is on or off. */
  checked?: boolean;
  toggle?: boolean;
  disabled?: boolean;
  /** A second line, smaller. */
  hint?: string | undefined;
  onSelect: () => void;
  children: ReactNode;
  'data-testid'?: string;
};

export function MenuItem({
  icon: Icon,
  danger,
  checked,
  toggle = false,
  disabled,
  hint,
  onSelect,
  children,
  ...rest
}: ItemProps) {
  const close = useClosePopover();
  function select(): void {
    close();
    onSelect();
  }
  return (
    // biome-ignore lint/a11y/useAriaPropsSupportedByRole: there is a value only for the roles that take one
    <button
      {...rest}
      type="button"
      role={checked === undefined ? 'menuitem' : toggle ? 'menuitemcheckbox' : 'menuitemradio'}
      aria-checked={checked}
      tabIndex={-1}
      disabled={disabled}
      className={classes(styles.item, danger && styles.danger)}
      onClick={select}
    >
      {Icon && <Icon size={18} aria-hidden="true" />}
      <span className={styles.text}>
        {children}
        {hint !== undefined && <span className={styles.hint}>{hint}</span>}
      </span>
      {checked && <Check size={16} aria-hidden="true" />}
    </button>
  );
}

type LinkProps = { icon?: LucideIcon; href: string; onFollow?: (path: string) => void; children: ReactNode };

export function MenuLink({ icon: Icon, href, onFollow, children, ...rest }: LinkProps) {
  const close = useClosePopover();
  return (
    <a
      {...rest}
      href={href}
      role="menuitem"
      tabIndex={-1}
      className={styles.item}
      onClick={(event) => {
        close();
        if (!onFollow) return;
        event.preventDefault();
        onFollow(href);
      }}
    >
      {Icon && <Icon size={18} aria-hidden="true" />}
      <span className={styles.text}>{children}</span>
    </a>
  );
}

export function MenuSeparator() {
  return <hr className={styles.separator} />;
}

export function MenuHeading({ children }: { children: ReactNode }) {
  return (
    <div role="presentation" className={styles.heading}>
      {children}
    </div>
  );
}
