/** W3C trace context: which request this is part of, from client to edge to room to node. */
export type TraceContext = { trace_id: string; span_id: string; sampled: boolean };

const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** Goes on with the caller's trace or begins one. `random` fills the array it is given. */
export function traceOf(
  traceparent: string | undefined,
  random: (bytes: Uint8Array) => Uint8Array,
): TraceContext {
  const [, traceId, parentId, flags] = TRACEPARENT.exec(traceparent ?? '') ?? [];
  const span_id = hex(random(new Uint8Array(8)));
  // All zeros is how the standard says "none".
  if (!traceId || !parentId || !flags || /^0+$/.test(traceId) || /^0+$/.test(parentId)) {
    return { trace_id: hex(random(new Uint8Array(16))), span_id, sampled: false };
  }
  return { trace_id: traceId, span_id, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

export function traceparent({ trace_id, span_id, sampled }: TraceContext): string {
  return `00-${trace_id}-${span_id}-${sampled ? '01' : '00'}`;
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
