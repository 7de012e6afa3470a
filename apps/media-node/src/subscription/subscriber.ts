import { setTimeout as sleep } from 'node:timers/promises';
import { MeridianError, type mediaRpc, producerId } from '@meridian/protocol';
import type { Consumer, DtlsState } from 'mediasoup/types';
import { PEER, SFU, STANDBY } from '../config.ts';
import type { Logger } from '../logger.ts';
import { withDeadline } from '../net/deadline.ts';
import { firstPacket } from '../sfu/first-packet.ts';
import type { PreparedStreams } from '../sfu/prepared-streams.ts';
import type { Publication } from '../sfu/publication.ts';
import type { StreamDirectory } from '../sfu/stream-directory.ts';
import { type NodeToClientBody, rtpParametersToWire } from '../sfu/wire.ts';
import type { MeetingSpeakers } from '../speakers/meeting-speakers.ts';
import { type Allotment, allotVideo } from './allot-video.ts';
import { LossLadder } from './loss-ladder.ts';
import { PathLoss } from './path-loss.ts';
import { planConsumers, type Wish, wanted } from './plan.ts';
import { type Receiver, Reception } from './reception.ts';
import { standbyStreams } from './standby-streams.ts';

type SetReceive = Pick<Extract<mediaRpc.ClientToNode, { type: 'set_receive' }>, 'audio_only' | 'max_bitrate'>;

export type SubscriberOptions = {
  streams: StreamDirectory;
  prepared: PreparedStreams;
  /** Whether a participant is at the node whose loss this receiver is a standby for. */
  lostTogether: (participantId: string) => boolean;
  speakers: MeetingSpeakers;
  receiver: Receiver;
  participantId: string;
  send: (body: NodeToClientBody) => void;
  logger: Logger;
};

/** Brings about what a peer should receive, and keeps it so while streams come, go and are republished. */
export class Subscriber {
  readonly #options: SubscriberOptions;
  readonly #receptions = new Map<string, Reception>();
  readonly #retries = new Set<NodeJS.Timeout>();
  readonly #loss: PathLoss;
  readonly #ladder = new LossLadder();
  #wishes: ReadonlyMap<string, Wish> = new Map();
  #allotted: ReadonlyMap<string, Allotment> = new Map();
  #audioOnly = false;
  #version = -1;
  #scheduled = false;
  /** While it waits for what others have prepared. */
  #patience: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: SubscriberOptions) {
    this.#options = options;
    this.#loss = new PathLoss(options.receiver.capabilities);
    options.streams.on('available', this.#refresh);
    options.streams.on('updated', this.#refresh);
    options.streams.on('removed', this.#refresh);
    options.streams.on('retapped', this.#refresh);
    options.speakers.on('active', this.#refresh);
    options.receiver.transport.observer.on('dtlsstatechange', this.#onDtlsState);
    if (options.receiver.standby) options.prepared.on('changed', this.#refresh);
    this.#refresh();
  }

  get consumerCount(): number {
    return this.#receptions.size;
  }

  /** Replaces the whole wish for video. One older than what is in force is ignored. */
  subscribe(version: number, wishes: readonly Wish[]): void {
    if (version < this.#version) return;
    this.#version = version;
    this.#wishes = new Map(wishes.map((wish) => [wish.stream_id, wish]));
    this.#apply();
  }

  async setReceive({ audio_only, max_bitrate }: SetReceive): Promise<void> {
    this.#audioOnly = audio_only;
    this.#apply();
    await withDeadline(
      // 0 is mediasoup's word for no bound.
      this.#options.receiver.transport.setMaxOutgoingBitrate(max_bitrate ?? 0),
      SFU.workerTimeout,
      'bounding the bitrate',
    );
  }

  /** The client has reported a loss (fraction, 0–1). */
  async reportLoss(reported: number): Promise<void> {
    const [stats] = await withDeadline(
      this.#options.receiver.transport.getStats(),
      SFU.workerTimeout,
      'reading the loss of a transport',
    );
    const before = this.#ladder.quality;
    const transport = stats?.rtpPacketLossSent ?? null;
    const loss = this.#loss.of(reported, transport);
    this.#ladder.report(loss, performance.now());
    const { quality } = this.#ladder;
    if (quality === before) return;
    this.#options.logger.info({ loss, reported, transport, quality }, 'quality follows loss');
    this.#apply();
  }

  /** The receiver is no standby any more: what has been prepared flows, pictures once the others are `gathered`. */
  activate(gathered: Promise<void>): void {
    const { receiver, prepared } = this.#options;
    if (this.#closed || !receiver.standby) return;
    receiver.standby = false;
    receiver.gathering = true;
    void gathered.then(() => {
      receiver.gathering = false;
      if (!this.#closed) this.#settleAll();
    });
    prepared.off('changed', this.#refresh);
    this.#patience = setTimeout(() => {
      this.#patience = undefined;
      this.#refresh();
    }, STANDBY.patience);
    this.#settleAll();
    this.#apply();
  }

  /** The client has set a consumer up: packets may flow. */
  ready(consumerId: string): void {
    const reception = this.#receptionBy(consumerId);
    if (reception.ready) return;
    void this.#retireOlder(reception);
    // Not awaited: a video waits for its other receivers, and what follows on this socket must not.
    reception.setReady().catch(this.#notResumed);
  }

  /** The client shows what a consumer brings, and needs what came before it no more. */
  shown(consumerId: string): void {
    this.#closeOlder(this.#receptionBy(consumerId));
  }

  #receptionBy(consumerId: string): Reception {
    const reception = [...this.#receptions.values()].find((held) => held.consumer?.id === consumerId);
    if (reception === undefined) throw new MeridianError('unknown_consumer', 'no such consumer');
    return reception;
  }

  readonly #onDtlsState = (state: DtlsState): void => {
    if (state === 'connected') this.#settleAll();
  };

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const event of ['available', 'updated', 'removed', 'retapped'] as const) {
      this.#options.streams.off(event, this.#refresh);
    }
    this.#options.prepared.off('changed', this.#refresh);
    clearTimeout(this.#patience);
    this.#options.speakers.off('active', this.#refresh);
    this.#options.receiver.transport.observer.off('dtlsstatechange', this.#onDtlsState);
    for (const timer of this.#retries) clearTimeout(timer);
    for (const reception of [...this.#receptions.values()]) reception.close();
  }

  /** Streams change in bursts, while a meeting fills up: one look at all of them per turn of the loop. */
  readonly #refresh = (): void => {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#apply();
    });
  };

  #apply(): void {
    if (this.#closed) return;
    const { speakers, participantId } = this.#options;
    const candidates = this.#candidates();
    const live = candidates.map((publication) => publication.stream);
    this.#allotted = allotVideo(
      live.filter((stream) => stream.participant_id !== participantId),
      this.#wishes,
      { audioOnly: this.#audioOnly, quality: this.#ladder.quality, activeSpeaker: speakers.active },
    );
    const plan = planConsumers(
      wanted(live, this.#allotted, participantId),
      [...this.#receptions.values()]
        .filter((reception) => !reception.closed)
        .map((reception) => this.#held(reception)),
    );
    for (const { reception } of plan.spare) reception.setSpare(true);
    for (const { reception } of plan.keep) reception.setSpare(false);
    const create = new Set(plan.create);
    for (const publication of candidates) {
      if (!create.has(publication.stream)) continue;
      if (!this.#options.receiver.standby) this.#forgetPrepared(publication);
      void this.#receive(publication);
    }
    for (const { reception } of plan.keep) this.#steer(reception);
  }

  /**
   * What others have prepared here was waited for in vain: if they come after all they are received anew, since the
   * client has let go of what it has seen replaced.
   */
  #forgetPrepared({ stream }: Publication): void {
    for (const reception of [...this.#receptions.values()]) {
      if (reception.streamId === stream.stream_id && !reception.publication.announced) reception.close();
    }
  }

  /** What may be received, one publication of each stream. */
  #candidates(): Publication[] {
    const { streams, prepared, speakers, receiver, lostTogether } = this.#options;
    if (!receiver.standby) return [...streams.all()];
    // A warm standby sets nothing up before it is needed, and says no wish either.
    if (this.#version < 0) return [];
    const { active, levels } = speakers.current;
    const audible = [...(active === null ? [] : [active]), ...levels.map((level) => level.participant_id)];
    return standbyStreams({ live: streams.all(), prepared: prepared.all, lostTogether, audible });
  }

  /**
   * As the plan sees it. What comes over a former tap counts as older than its generation is. For a while nothing is
   * better than what is prepared; then anything that lives is.
   */
  #held(reception: Reception) {
    const { streamId, publication, outdated } = reception;
    const generation = outdated ? reception.generation - 1 : reception.generation;
    if (publication.announced || this.#options.receiver.standby) return { reception, streamId, generation };
    const patient = this.#patience !== undefined;
    return { reception, streamId, generation: patient ? Number.POSITIVE_INFINITY : 0 };
  }

  #settleAll(): void {
    for (const reception of this.#receptions.values()) {
      reception.settle().catch(this.#notResumed);
    }
  }

  readonly #notResumed = (error: unknown): void => {
    this.#options.logger.warn({ err: error }, 'consumer not resumed');
  };

  async #receive(publication: Publication): Promise<void> {
    const { stream } = publication;
    const key = `${producerId(stream.stream_id, stream.generation)} ${publication.edition}`;
    const reception = new Reception(publication, this.#options.receiver);
    this.#receptions.set(key, reception);
    this.#steer(reception);
    const announced = () => void this.#retireOlder(reception);
    const scored = () => this.#tellScore(reception);
    publication.once('announced', announced);
    publication.on('scored', scored);
    reception.once('closed', () => {
      publication.off('announced', announced);
      publication.off('scored', scored);
      this.#receptions.delete(key);
      const { consumer, streamId } = reception;
      if (consumer === null || this.#closed) return;
      this.#options.send({ type: 'consumer_closed', consumer_id: consumer.id, stream_id: streamId });
      this.#refresh();
    });
    try {
      const consumer = await reception.open();
      if (consumer === null) return;
      if (this.#overtaken(reception)) reception.close();
      else this.#announce(reception, consumer);
    } catch (error) {
      this.#failed(reception, error);
    }
  }

  #announce(reception: Reception, consumer: Consumer): void {
    const { stream } = reception.publication;
    const replaced = this.#older(reception).at(-1)?.consumer;
    reception.on('layers', (current) => {
      this.#options.send({ type: 'layers', consumer_id: consumer.id, stream_id: stream.stream_id, current });
    });
    this.#steer(reception);
    this.#options.send({
      type: 'consumer',
      consumer_id: consumer.id,
      producer_id: consumer.producerId,
      stream_id: stream.stream_id,
      generation: stream.generation,
      participant_id: stream.participant_id,
      source: stream.source,
      kind: consumer.kind,
      rtp_parameters: rtpParametersToWire(consumer.rtpParameters),
      ...(replaced == null ? {} : { replaces: replaced.id }),
    });
    if (reception.publication.score !== null) this.#tellScore(reception);
  }

  #tellScore({ consumer, streamId, publication: { score } }: Reception): void {
    if (consumer !== null) this.#options.send({ type: 'stream_score', stream_id: streamId, score });
  }

  #failed(reception: Reception, error: unknown): void {
    if (this.#closed || reception.closed) return;
    const { logger } = this.#options;
    const about = { stream_id: reception.streamId };
    // While a neighbour is away that is so for every receiver of every stream: a line each is enough.
    if (error instanceof MeridianError && error.code === 'timeout') {
      logger.info({ ...about, reason: error.message }, 'stream cannot be delivered yet');
    } else logger.warn({ ...about, err: error }, 'stream cannot be delivered');
    // What the receiver cannot decode it never will: the reception stays as a mark of that.
    if (error instanceof MeridianError && error.code === 'unsupported') return;
    const timer = setTimeout(() => {
      this.#retries.delete(timer);
      reception.close();
      this.#refresh();
    }, PEER.consumeRetry);
    this.#retries.add(timer);
  }

  /** Lets the older go a while after the newer generation, or tap, has begun to flow: the client may not say shown(). */
  async #retireOlder(reception: Reception): Promise<void> {
    const { consumer, publication } = reception;
    if (consumer === null || !publication.announced || this.#older(reception).length === 0) return;
    if (!publication.stream.paused) {
      const flows = await firstPacket(consumer, PEER.replaceTimeout);
      if (flows) await sleep(PEER.switchGrace[consumer.kind], undefined, { ref: false });
    }
    this.#closeOlder(reception);
  }

  #closeOlder(reception: Reception): void {
    if (reception.closed || !reception.publication.announced) return;
    for (const older of this.#older(reception)) older.close();
  }

  /**
   * It took so long to make that one after it has been announced, as happens when a stream is moved to this node while
   * it is being fetched from the one before. The client takes what it hears of last for the newest.
   */
  #overtaken(reception: Reception): boolean {
    return [...this.#receptions.values()].some(
      (other) => other.follows(reception) && other.consumer !== null && other.publication.announced,
    );
  }

  /** Receptions of the same stream that came before, oldest first. */
  #older(reception: Reception): Reception[] {
    return [...this.#receptions.values()]
      .filter((other) => reception.follows(other))
      .sort((a, b) => (b.follows(a) ? -1 : 1));
  }

  #steer(reception: Reception): void {
    const allotment = this.#allotted.get(reception.streamId);
    if (allotment !== undefined) reception.steer(allotment);
  }
}
