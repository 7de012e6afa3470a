import type { AnchorHTMLAttributes, ButtonHTMLAttributes, Ref } from 'react';
import styles from './button.module.css';
import { classes } from './classes.ts';
import { followInPage } from './in-page-link.ts';
import { Spinner } from './spinner.tsx';

type Look = {
  look?: 'primary' | 'secondary' | 'quiet' | 'danger';
  size?: 'small' | 'medium' | 'large';
  'data-testid'?: string;
};

type Props = ButtonHTMLAttributes<HTMLButtonElement> &
  Look & {
    /** Shows that work is under way, and takes no further clicks. */
    busy?: boolean;
    ref?: Ref<HTMLButtonElement>;
  };

export function Button({
  look = 'secondary',
  size = 'medium',
  busy = false,
  className,
  children,
  disabled,
  type = 'button',
  ...rest
}: Props) {
  return (
    <button
      {...rest}
      type={type}
      className={classes(styles.button, styles[look], styles[size], className)}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
    >
      {busy && <Spinner />}
      {children}
    </button>
  );
}

type IconProps = Props & { label: string };

/** Only an icon; `label` is what it is called. */
export function IconButton({ label, className, look = 'quiet', size = 'small', ...rest }: IconProps) {
  return (
    <Button
      {...rest}
      look={look}
      size={size}
      className={classes(styles.icon, className)}
      aria-label={label}
      title={rest.title ?? label}
    />
  );
}

type LinkProps = AnchorHTMLAttributes<HTMLAnchorElement> & Look & { href: string };

/** Looks like a button, goes to a page of this app. */
export function LinkButton({
  look = 'secondary',
  size = 'medium',
  className,
  href,
  children,
  ...rest
}: LinkProps) {
  return (
    <a
      {...rest}
      href={href}
      className={classes(styles.button, styles[look], styles[size], className)}
      onClick={followInPage(href)}
    >
      {children}
    </a>
  );
}

/** Looks like a button, leaves the app: a download, or the way through the sign-in provider. */
export function PlainLinkButton({ look = 'secondary', size = 'medium', className, ...rest }: LinkProps) {
  return <a {...rest} className={classes(styles.button, styles[look], styles[size], className)} />;
}
