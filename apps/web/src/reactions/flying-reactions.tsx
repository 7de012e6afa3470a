import type { CSSProperties } from 'react';
import styles from './flying-reactions.module.css';
import { ReactionGlyph } from './reaction-glyph.tsx';
import type { FlyingReaction } from './reactions.ts';
import { reactionName } from './reactions.ts';

type Props = { flying: readonly FlyingReaction[]; onLanded: (id: number) => void };

/** Rise over the pictures and are gone. */
export function FlyingReactions({ flying, onLanded }: Props) {
  return (
    <div className={styles.air}>
      {flying.map(({ id, reaction, name, lane }) => (
        <div
          key={id}
          className={styles.flight}
          style={laneStyle(lane)}
          onAnimationEnd={() => onLanded(id)}
          data-testid="reaction"
          data-reaction={reaction}
        >
          <ReactionGlyph reaction={reaction} size={44} />
          <span className={styles.name}>{name}</span>
          <span className="visually-hidden">{reactionName(reaction)}</span>
        </div>
      ))}
    </div>
  );
}

function laneStyle(lane: number): CSSProperties {
  return { left: `${lane * 20}%` };
}
