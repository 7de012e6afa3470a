/**
 * How much is lost on the way to one receiver. Its own counters say what is missing of the media, which includes what was
 * lost on a sender's way up or between nodes; the feedback on its transport says what did not arrive of all packets, probes
 * for bandwidth included, over the last second or two. What both see was lost on this way.
 */
export class PathLoss {
  #feedback = false;

  /** Both as fractions, 0–1; `transport`: null when it says nothing. Returns the loss to act on. */
  of(client: number, transport: number | null): number {
    // A client without feedback looks like one without loss: until there is some, its word is all there is.
    this.#feedback ||= transport !== null && transport > 0;
    return this.#feedback ? Math.min(client, transport ?? 0) : client;
  }
}
