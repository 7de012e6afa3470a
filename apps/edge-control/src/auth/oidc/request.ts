import { MeridianError } from '@meridian/protocol';
import type { z } from 'zod';
import { CONFIG } from '../../config.ts';

/** Asks the provider. Its status and the text it answers; throws `overloaded` when it does not answer in time. */
export async function ask(url: string, init: RequestInit = {}): Promise<{ status: number; text: string }> {
  try {
    const response = await fetch(url, {
      ...init,
      // Where secrets go is decided by the provider's document, not by whoever answers.
      redirect: 'manual',
      signal: AbortSignal.timeout(CONFIG.oidc.requestTimeoutMs),
    });
    return { status: response.status, text: await boundedText(response) };
  } catch (error) {
    throw unreachable(error);
  }
}

/** What an answer of 200 says. Anything else, or another form, is the provider's failure. */
export function read<S extends z.ZodType>(
  schema: S,
  { status, text }: { status: number; text: string },
): z.output<S> {
  if (status !== 200) throw unreachable(new Error(`status ${status}`));
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw unreachable(error);
  }
}

export function unreachable(cause: unknown): MeridianError {
  return new MeridianError('overloaded', 'the sign-in provider does not answer as it should', {
    cause,
    retryAfterMs: CONFIG.http.overloadedRetryMs,
  });
}

async function boundedText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > CONFIG.oidc.maxResponseBytes) throw new Error('the answer is too large');
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
