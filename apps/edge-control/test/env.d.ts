import type { ApiEnv, FleetEnv, RoomEnv } from '../src/env.ts';

declare global {
  namespace Cloudflare {
    interface Env extends ApiEnv, RoomEnv, FleetEnv {}
    interface GlobalProps {
      mainModule: typeof import('./entry.ts');
    }
  }
}
