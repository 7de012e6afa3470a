import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../../../../../scripts/stack/paths.ts';
import { fleetMetrics } from './metrics.ts';

test('alerts about the fleet name metrics that are there, and each is explained', async () => {
  const [alerts = '', page = ''] = await Promise.all(
    ['infra/prometheus/alerts.yml', 'docs/operations.md'].map((file) =>
      readFile(path.join(ROOT, file), 'utf8'),
    ),
  );
  const text = fleetMetrics([], []);
  const named = new Set(alerts.match(/meridian_fleet_\w+/g));
  expect(named.size).toBeGreaterThan(3);
  for (const name of named) expect(text).toContain(`# TYPE ${name} gauge`);
  const known = [...alerts.matchAll(/- alert: (Fleet\w+)/g)].map(([, alert]) => alert);
  expect(known.length).toBeGreaterThan(5);
  for (const alert of known) expect(page).toContain(`\`${alert}\``);
});
