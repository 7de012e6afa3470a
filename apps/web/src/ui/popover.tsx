import {
  createContext,
  type ReactNode,
  type Ref,
  type ToggleEvent,
  use,
  useEffect,
  useId,
  useRef,
  useState,
} from 'react';
import { classes } from './classes.ts';
import { type Placement, placePopover } from './place-popover.ts';
import styles from './popover.module.css';

export type TriggerProps = {
  popoverTarget: string;
  'aria-expanded': boolean;
  'aria-haspopup': 'menu' | 'dialog';
  ref: Ref<HTMLButtonElement>;
};

type Props = Partial<Placement> & {
  role: 'menu' | 'dialog';
  label: string;
  /** The button it belongs to; opens and closes it. */
  trigger: (props: TriggerProps) => ReactNode;
  className?: string | undefined;
  onOpen?: (popover: HTMLElement) => void;
  children: ReactNode;
};

const Close = createContext<() => void>(() => undefined);

/** What closes the popover that the caller is in. */
export function useClosePopover(): () => void {
  return use(Close);
}

/**
 * Opens beside its trigger, on phones from the bottom of the screen. The platform does the rest: on top of all else,
 * closed by Escape or a click elsewhere, with the focus given back.
 */
export function Popover({
  role,
  label,
  trigger,
  side = 'below',
  align = 'start',
  className,
  onOpen,
  children,
}: Props) {
  const id = useId();
  const popover = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const [open, setOpen] = useState(false);

  useEffect(() => {
    const element = popover.current;
    if (!open || !element) return;
    const place = () => {
      const anchor = button.current?.getBoundingClientRect();
      if (!anchor) return;
      const size = { width: element.offsetWidth, height: element.offsetHeight };
      const viewport = { width: window.innerWidth, height: window.innerHeight };
      const { left, top } = placePopover(anchor, size, viewport, { side, align });
      element.style.setProperty('--left', `${left}px`);
      element.style.setProperty('--top', `${top}px`);
    };
    const observer = new ResizeObserver(place);
    observer.observe(element);
    window.addEventListener('resize', place);
    return () => {
      observer.disconnect();
      window.removeEventListener('resize', place);
    };
  }, [open, side, align]);

  function onToggle(event: ToggleEvent<HTMLDivElement>): void {
    if (event.newState === 'closed') setOpen(false);
    else if (popover.current) onOpen?.(popover.current);
  }

  const close = () => popover.current?.hidePopover();
  return (
    <>
      {trigger({ popoverTarget: id, 'aria-expanded': open, 'aria-haspopup': role, ref: button })}
      {/* biome-ignore lint/a11y/useAriaPropsSupportedByRole: both roles it can have take a name */}
      <div
        ref={popover}
        id={id}
        popover="auto"
        role={role}
        aria-label={label}
        tabIndex={-1}
        className={classes(styles.popover, className)}
        onBeforeToggle={(event: ToggleEvent<HTMLDivElement>) => event.newState === 'open' && setOpen(true)}
        onToggle={onToggle}
      >
        {open && <Close value={close}>{children}</Close>}
      </div>
    </>
  );
}
