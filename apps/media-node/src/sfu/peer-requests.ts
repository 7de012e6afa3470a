import { MeridianError, type mediaRpc } from '@meridian/protocol';
import type { WebRtcTransport } from 'mediasoup/types';
import { SFU } from '../config.ts';
import { withDeadline } from '../net/deadline.ts';
import type { TokenVerifier } from '../tokens/verifier.ts';
import { assertNames } from './claims.ts';
import { reportDemand } from './demand-report.ts';
import type { Peer } from './peer.ts';
import { reportScores } from './score-report.ts';
import { mediaError, type NodeToClientBody } from './wire.ts';

/** What a peer may ask for once it has said hello. */
export type PeerRequest = Exclude<mediaRpc.ClientToNode, { type: 'hello' | 'resume_session' | 'ping' }>;

/** Does what a client asks for and returns the answer. */
export async function handleRequest(
  peer: Peer,
  request: PeerRequest,
  node: { id: string; verifier: TokenVerifier },
): Promise<NodeToClientBody> {
  switch (request.type) {
    case 'activate':
      peer.activate({
        watched: new Map(request.watched.map(({ source, layers }) => [source, layers])),
        waits: request.waits ?? false,
        carried: request.received_bitrate ?? 0,
      });
      return { type: 'ok' };
    case 'connect_transport':
      await connectTransport(peer.transport(request.transport_id), request);
      return { type: 'ok' };
    case 'produce': {
      const publication = await peer.publisher.produce(request);
      const { stream } = publication;
      reportScores(publication, (body) => peer.send(body));
      reportDemand(publication, (body) => peer.send(body));
      return { type: 'produced', stream_id: stream.stream_id, generation: stream.generation };
    }
    case 'close_producer':
      peer.publisher.closeSource(request.source);
      return { type: 'ok' };
    case 'pause':
    case 'resume':
      await peer.publisher.setPaused(request.source, request.type === 'pause');
      return { type: 'ok' };
    case 'layers_flowing':
      peer.publisher.setFlowing(request.source, request.layers);
      return { type: 'ok' };
    case 'subscribe':
      peer.subscriber().subscribe(request.version, request.streams);
      return { type: 'ok' };
    case 'consumer_ready':
      peer.subscriber().ready(request.consumer_id);
      return { type: 'ok' };
    case 'consumer_shown':
      peer.subscriber().shown(request.consumer_id);
      return { type: 'ok' };
    case 'restart_ice': {
      const transport = peer.transport(request.transport_id);
      const parameters = await withDeadline(transport.restartIce(), SFU.workerTimeout, 'restarting ICE');
      return { type: 'ice_restarted', transport_id: transport.id, ice_parameters: parameters };
    }
    case 'renew_token': {
      const claims = await node.verifier.media(request.token);
      assertNames(claims, node.id);
      peer.renew(claims);
      return { type: 'ok' };
    }
    case 'produce_data':
      return { type: 'data_produced', data_producer_id: await peer.data.produce(request) };
    case 'close_data_producer':
      peer.data.close(request.label);
      return { type: 'ok' };
    case 'set_receive':
      await peer.subscriber().setReceive(request);
      return { type: 'ok' };
    case 'stats':
      await peer.recordStats(request);
      return { type: 'ok' };
  }
}

type ConnectTransport = Extract<PeerRequest, { type: 'connect_transport' }>;

/**
 * Kept by ourselves: mediasoup moves dtlsState on once ICE is up, which on a fast path happens before this
 * request has been read.
 */
const connectAsked = new WeakSet<WebRtcTransport>();

async function connectTransport(transport: WebRtcTransport, request: ConnectTransport): Promise<void> {
  if (connectAsked.has(transport)) throw new MeridianError('conflict', 'the transport is connected');
  connectAsked.add(transport);
  try {
    await withDeadline(
      transport.connect({ dtlsParameters: request.dtls_parameters }),
      SFU.workerTimeout,
      'connecting a transport',
    );
  } catch (error) {
    throw mediaError(error, 'the transport cannot be connected');
  }
}
