/** The same place over WebSocket: ws for http, wss for https. */
export function socketUrl(url: URL): URL {
  const result = new URL(url);
  result.protocol = url.protocol === 'https:' || url.protocol === 'wss:' ? 'wss:' : 'ws:';
  return result;
}
