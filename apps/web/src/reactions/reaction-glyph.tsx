import type { Reaction } from '@meridian/protocol';
import type { ReactNode } from 'react';
import styles from './reaction-glyph.module.css';

/** Drawn here rather than left to the system's emoji, so that everybody sees the same. */
export function ReactionGlyph({ reaction, size }: { reaction: Reaction; size: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      {GLYPHS[reaction]}
    </svg>
  );
}

const GLYPHS: Record<Reaction, ReactNode> = {
  thumbs_up: (
    <>
      <path
        className={styles.skin}
        d="M12 14.5 16.6 4c2 0 3.5 1.5 3.5 3.6 0 1.6-.5 3.2-.9 4.6h6.2c2 0 3.3 1.8 2.8 3.7l-2.4 9.3c-.4 1.5-1.7 2.5-3.2 2.5H12Z"
      />
      <path className={styles.cuff} d="M4 14.5h6v13.2H6a2 2 0 0 1-2-2Z" />
    </>
  ),
  clap: (
    <>
      <g className={styles.skinDark} transform="rotate(-24 13 19)">
        <rect x="6" y="9" width="3.6" height="12" rx="1.8" />
        <rect x="10" y="6.5" width="3.6" height="14" rx="1.8" />
        <rect x="14" y="7" width="3.6" height="14" rx="1.8" />
        <rect x="6" y="15" width="11.6" height="13" rx="5" />
      </g>
      <g className={styles.skin} transform="rotate(14 19 20)">
        <rect x="13" y="10" width="3.6" height="12" rx="1.8" />
        <rect x="17" y="8" width="3.6" height="14" rx="1.8" />
        <rect x="21" y="9" width="3.6" height="13" rx="1.8" />
        <rect x="13" y="16" width="11.6" height="13" rx="5" />
      </g>
      <path className={styles.spark} d="M25 3v4M29.5 8h-4M28.6 3.6l-2.6 2.6" />
    </>
  ),
  heart: (
    <path
      className={styles.heart}
      d="M16 28S3.5 20.6 3.5 11.8A6.8 6.8 0 0 1 16 8.2a6.8 6.8 0 0 1 12.5 3.6C28.500 20.600 16 28 16 28Z"
    />
  ),
  laugh: (
    <>
      <circle className={styles.face} cx="16" cy="16" r="13" />
      <path className={styles.line} d="m8 12.500 4-1.500M24 12.500 20 11" />
      <path className={styles.mouth} d="M7.500 16.500h17a8.500 8.500 0 0 1-17 0Z" />
      <path className={styles.tongue} d="M11.500 22.500a6 6 0 0 1 9 0 8.500 8.500 0 0 1-9 0Z" />
    </>
  ),
  surprised: (
    <>
      <circle className={styles.face} cx="16" cy="16" r="13" />
      <circle className={styles.dark} cx="11.500" cy="13" r="2" />
      <circle className={styles.dark} cx="20.500" cy="13" r="2" />
      <path
        className={styles.line}
        d="M9 8.500c1-.9 2.400-1.200 3.600-.7M23 8.500c-1-.9-2.400-1.200-3.600-.7"
      />
      <ellipse className={styles.mouth} cx="16" cy="22" rx="3.200" ry="4" />
    </>
  ),
  celebrate: (
    <>
      <path className={styles.cone} d="m3.500 28.500 6.400-17L20.500 22Z" />
      <path className={styles.stripe} d="m8 16.800 7.600 7.600 4.900-2.400L9.900 11.500Z" />
      <path
        className={styles.ribbon}
        d="M17 11c3-1 3.600-3.600 2.600-6.500M21 15.500c2-2.800 4.600-3 7.400-1.600"
      />
      <g className={styles.confetti}>
        <circle cx="13" cy="5.500" r="1.600" />
        <circle cx="26" cy="7" r="1.800" />
        <circle cx="27" cy="20.500" r="1.600" />
        <circle cx="22.500" cy="10.500" r="1.300" />
      </g>
    </>
  ),
};
