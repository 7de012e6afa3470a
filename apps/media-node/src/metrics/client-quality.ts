import { Histogram, type Registry } from 'prom-client';

type Quality = { loss: number; rtt: number | null };

/** Quality as the participants who are here now last reported it: one observation each, at every reading. */
export function reportQuality(registry: Registry, latest: () => Iterable<Quality>): void {
  const distribution = (
    name: string,
    help: string,
    buckets: number[],
    read: (quality: Quality) => number | null,
  ) =>
    new Histogram({
      name: `meridian_media_client_${name}`,
      help: `${help}, as the participants present last reported it`,
      buckets,
      registers: [registry],
      collect() {
        this.reset();
        for (const quality of latest()) {
          const value = read(quality);
          if (value !== null) this.observe(value);
        }
      },
    });
  distribution(
    'loss_ratio',
    'Fraction lost on the way down',
    [0, 0.01, 0.02, 0.05, 0.1, 0.2],
    ({ loss }) => loss,
  );
  distribution('rtt_seconds', 'Round trip', [0.02, 0.05, 0.1, 0.2, 0.4, 0.8], ({ rtt }) =>
    rtt === null ? null : rtt / 1000,
  );
}
