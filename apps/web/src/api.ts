export type Api = typeof import('./api/index.ts');

let loading: Promise<Api> | undefined;

/** What the pages ask of the REST API. With the protocol's schemas it is a chunk that the first page does not wait for. */
export function loadApi(): Promise<Api> {
  loading ??= import('./api/index.ts').catch((error: unknown) => {
    // A failed load must not stick: the network may be back at the next click.
    loading = undefined;
    throw error;
  });
  return loading;
}
