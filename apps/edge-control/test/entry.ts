/** Every class of the control plane in one Worker, for tests inside workerd. */
export { FleetDirectory } from '../src/fleet/fleet-directory.ts';
export { RegistryCell } from '../src/fleet/registry-cell.ts';
export { default, IdempotencyRecord } from '../src/index.ts';
export { MeetingRoom } from '../src/room/meeting-room.ts';
