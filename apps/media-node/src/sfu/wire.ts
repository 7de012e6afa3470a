import {
  type encode,
  HeaderExtensionUri,
  MeridianError,
  type mediaRpc,
  type Ref,
  RtpCapabilities,
  RtpParameters,
} from '@meridian/protocol';
import { errors, type types } from 'mediasoup';

/** A message to a client, without what `encode` adds. */
export type NodeToClientBody = Parameters<typeof encode<mediaRpc.NodeToClient>>[0];

/** What makes an answer one to the request with this `ref`. */
export function refOf(ref: Ref | undefined): { ref?: Ref } {
  return ref === undefined ? {} : { ref };
}

/**
 * mediasoup's parameters as the wire has them. Header extensions the fleet does not use (toffset) are left
 * out: a receiver that was not told of them ignores them in packets.
 */
export function rtpParametersToWire(parameters: types.RtpParameters): RtpParameters {
  return RtpParameters.parse({
    ...parameters,
    headerExtensions: (parameters.headerExtensions ?? []).filter(
      (extension) => HeaderExtensionUri.safeParse(extension.uri).success,
    ),
  });
}

export function routerCapabilitiesToWire(capabilities: types.RtpCapabilities): RtpCapabilities {
  return RtpCapabilities.parse({
    ...capabilities,
    headerExtensions: (capabilities.headerExtensions ?? []).filter(
      (extension) => HeaderExtensionUri.safeParse(extension.uri).success,
    ),
  });
}

export function transportToWire(transport: types.WebRtcTransport): mediaRpc.TransportParameters {
  const { sctpParameters } = transport;
  if (sctpParameters === undefined) throw new Error('a transport without SCTP');
  return {
    transport_id: transport.id,
    ice_parameters: transport.iceParameters,
    ice_candidates: transport.iceCandidates,
    dtls_parameters: transport.dtlsParameters,
    sctp_parameters: sctpParameters,
  };
}

/** What a client's parameters made mediasoup throw, as an error that may cross the wire. */
export function mediaError(error: unknown, what: string): MeridianError {
  if (error instanceof MeridianError) return error;
  const text = error instanceof Error ? `${what}: ${error.message}` : what;
  if (error instanceof errors.UnsupportedError) {
    return new MeridianError('unsupported', text, { cause: error });
  }
  if (error instanceof errors.WorkerClosedError) {
    return new MeridianError('overloaded', what, { cause: error, retryAfterMs: 1_000 });
  }
  return new MeridianError('unprocessable', text, { cause: error });
}
