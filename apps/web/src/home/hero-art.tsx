import styles from './hero-art.module.css';

/** A globe of meridians with people of different places on it. Decoration only. */
export function HeroArt() {
  return (
    <svg className={styles.art} viewBox="0 0 480 480" aria-hidden="true">
      <circle className={styles.globe} cx="240" cy="240" r="196" />
      <g className={styles.lines}>
        <ellipse cx="240" cy="240" rx="66" ry="196" />
        <ellipse cx="240" cy="240" rx="134" ry="196" />
        <path d="M240 44v392M44 240h392M70 142h340M70 338h340" />
      </g>
      <path className={styles.route} d="M118 168C180 84 318 92 362 190" />
      <path className={styles.route} d="M362 190C384 270 340 330 262 356" />
      <path className={styles.route} d="M262 356C176 352 104 276 118 168" />
      <Person x={44} y={104} width={168} height={126} tone={styles.toneOne} />
      <Person x={292} y={132} width={152} height={114} tone={styles.toneTwo} />
      <Person x={176} y={292} width={176} height={132} tone={styles.toneThree} speaking />
    </svg>
  );
}

type PersonProps = {
  x: number;
  y: number;
  width: number;
  height: number;
  tone: string | undefined;
  speaking?: boolean;
};

function Person({ x, y, width, height, tone, speaking = false }: PersonProps) {
  const middle = x + width / 2;
  const head = height * 0.17;
  const shoulders = height * 0.36;
  const clip = `person-${x}-${y}`;
  return (
    <g>
      <clipPath id={clip}>
        <rect x={x} y={y} width={width} height={height} rx="20" />
      </clipPath>
      <rect className={styles.frame} x={x - 5} y={y - 5} width={width + 10} height={height + 10} rx="25" />
      <g clipPath={`url(#${clip})`} className={tone}>
        <rect className={styles.backdrop} x={x} y={y} width={width} height={height} />
        <circle className={styles.figure} cx={middle} cy={y + height * 0.42} r={head} />
        <circle className={styles.figure} cx={middle} cy={y + height * 1.02} r={shoulders} />
      </g>
      {speaking && (
        <g className={styles.voice}>
          <circle cx={x + width - 24} cy={y + 24} r="13" />
          <path
            d={`M${x + width - 29} ${y + 22}v4M${x + width - 24} ${y + 19}v10M${x + width - 19} ${y + 22}v4`}
          />
        </g>
      )}
    </g>
  );
}
