type Level = 'debug' | 'info' | 'warn' | 'error';

/** What log lines are searched by. Anything else goes in beside it. */
export type LogFields = {
  trace_id?: string;
  meeting_id?: string;
  participant_id?: string;
  node_id?: string;
  error?: unknown;
  [field: string]: unknown;
};

/** One JSON object per line. */
export function log(level: Level, message: string, fields: LogFields = {}): void {
  const { error, ...rest } = fields;
  console[level](
    JSON.stringify({ level, message, ...rest, ...(error === undefined ? {} : { error: described(error) }) }),
  );
}

/** drizzle appends a query's parameters to the message: names, addresses and hashes, which logs must not keep. */
const PARAMETERS = /\nparams:.*?(?=\n {4}at |$)/s;

/** Database drivers put what happened into `cause`. */
export function described(error: unknown): unknown {
  if (!(error instanceof Error)) return String(error);
  return {
    name: error.name,
    message: error.message.replace(PARAMETERS, ''),
    stack: error.stack?.replace(PARAMETERS, ''),
    ...(error.cause === undefined ? {} : { cause: described(error.cause) }),
  };
}
