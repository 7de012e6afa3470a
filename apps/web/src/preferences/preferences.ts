import { LAYOUTS, type Layout, SELF_VIEWS, type SelfView } from '../stage/stage-view.ts';

/** What this browser remembers of its user. Never leaves it. */
export type Preferences = {
  displayName: string;
  noiseSuppression: boolean;
  microphoneOn: boolean;
  cameraOn: boolean;
  /** Device ids; empty means the system's default. */
  microphone: string;
  camera: string;
  speaker: string;
  layout: Layout;
  selfView: SelfView;
  /** M, V and the like; some assistive programs type them by accident. */
  singleKeys: boolean;
};

export const DEFAULT_PREFERENCES: Preferences = {
  displayName: '',
  noiseSuppression: true,
  microphoneOn: true,
  cameraOn: true,
  microphone: '',
  camera: '',
  speaker: '',
  layout: 'auto',
  selfView: 'auto',
  singleKeys: true,
};

/** Reads what was stored, by an older version of this page perhaps; anything unusable becomes the default. */
export function parsePreferences(stored: string | null): Preferences {
  const found = parseObject(stored);
  const text = (key: keyof Preferences, fallback: string) => {
    const value = found[key];
    return typeof value === 'string' ? value : fallback;
  };
  const flag = (key: keyof Preferences, fallback: boolean) => {
    const value = found[key];
    return typeof value === 'boolean' ? value : fallback;
  };
  const defaults = DEFAULT_PREFERENCES;
  return {
    displayName: text('displayName', defaults.displayName),
    noiseSuppression: flag('noiseSuppression', defaults.noiseSuppression),
    microphoneOn: flag('microphoneOn', defaults.microphoneOn),
    cameraOn: flag('cameraOn', defaults.cameraOn),
    microphone: text('microphone', defaults.microphone),
    camera: text('camera', defaults.camera),
    speaker: text('speaker', defaults.speaker),
    layout: LAYOUTS.find((layout) => layout === found.layout) ?? defaults.layout,
    selfView: SELF_VIEWS.find((view) => view === found.selfView) ?? defaults.selfView,
    singleKeys: flag('singleKeys', defaults.singleKeys),
  };
}

function parseObject(stored: string | null): Record<string, unknown> {
  if (stored === null) return {};
  try {
    const value: unknown = JSON.parse(stored);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
