import type { LocalMediaSnapshot } from '../devices/local-media.ts';
import { mediaProblemText } from '../devices/media-problem.ts';
import { Notice } from '../ui/notice.tsx';

const KINDS = ['camera', 'microphone'] as const;

export function DeviceProblems({ devices }: { devices: LocalMediaSnapshot }) {
  return KINDS.map((kind) => {
    const { problem } = devices[kind];
    return (
      problem && (
        <Notice key={kind} tone="warning" data-testid={`${kind}-problem`}>
          {mediaProblemText(kind, problem)} You can join without it.
        </Notice>
      )
    );
  });
}
