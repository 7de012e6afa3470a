/** Entry of the script `meridian-fleet`. */
export { FleetDirectory } from './fleet-directory.ts';
export { RegistryCell } from './registry-cell.ts';

export default {
  fetch(): Response {
    return new Response(null, { status: 404 });
  },
} satisfies ExportedHandler;
