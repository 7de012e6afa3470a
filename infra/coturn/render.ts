// coturn's configuration, from common.conf and a variant of it:
//
//   TURN_SECRET=… TURN_REALM=… node infra/coturn/render.ts production > /etc/turnserver.conf
import { readFileSync } from 'node:fs';
import path from 'node:path';

const VARIANTS = ['production', 'loopback'] as const;
export type Variant = (typeof VARIANTS)[number];

export type Values = Readonly<Record<string, string | undefined>>;

/** The whole configuration file. Throws with the names of all values that are missing or break a line. */
export function renderCoturn(variant: Variant, values: Values): string {
  const template = ['common.conf', `${variant}.conf`]
    .map((file) => readFileSync(path.join(import.meta.dirname, file), 'utf8'))
    .join('');
  const wrong = new Set<string>();
  const rendered = template.replace(/\$\{([A-Z_]+)\}/g, (_, name: string) => {
    const value = values[name];
    if (!value || /[\r\n]/.test(value)) wrong.add(name);
    return value ?? '';
  });
  if (wrong.size > 0) throw new Error(`needs a value of one line: ${[...wrong].join(', ')}`);
  return rendered;
}

if (import.meta.main) {
  const variant = VARIANTS.find((one) => one === process.argv[2]);
  if (!variant) {
    console.error(`usage: node infra/coturn/render.ts ${VARIANTS.join('|')}`);
    process.exitCode = 1;
  } else {
    try {
      process.stdout.write(renderCoturn(variant, process.env));
    } catch (error) {
      console.error(error instanceof Error ? error.message : error);
      process.exitCode = 1;
    }
  }
}
