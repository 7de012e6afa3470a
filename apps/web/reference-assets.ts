import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Plugin } from 'vite';

const { resolve } = createRequire(import.meta.url);

/** What the page of the API reference (`/api/v1/docs`) loads, out of its package: nothing comes from elsewhere. */
export function referenceAssets(): Plugin {
  return {
    name: 'reference-assets',
    apply: 'build',
    generateBundle() {
      for (const file of ['swagger-ui-bundle.js', 'swagger-ui.css']) {
        const source = readFileSync(resolve(`swagger-ui-dist/${file}`), 'utf8');
        // A source map is not shipped along; a browser's tools would ask for it in vain.
        this.emitFile({
          type: 'asset',
          fileName: `reference/${file}`,
          source: source.replace(/\n\/[/*]# sourceMappingURL=.*/, ''),
        });
      }
    },
  };
}
