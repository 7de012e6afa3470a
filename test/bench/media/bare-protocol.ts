import { MediaKind, mediaRpc, RtpParameters } from '@meridian/protocol';
import { z } from 'zod';

/** What clients of the bare router say and hear: mediasoup's own calls, one message each. */

const Id = z.string();
const Transport = mediaRpc.TransportParameters.pick({
  transport_id: true,
  ice_parameters: true,
  ice_candidates: true,
  dtls_parameters: true,
});

export const BareRequest = z.discriminatedUnion('do', [
  z.object({ ref: z.number(), do: z.literal('join'), meeting: z.string() }),
  z.object({
    ref: z.number(),
    do: z.literal('connect'),
    transport_id: Id,
    dtls_parameters: Transport.shape.dtls_parameters,
  }),
  z.object({ ref: z.number(), do: z.literal('produce'), kind: MediaKind, rtp_parameters: RtpParameters }),
  /** Consumes what the others of the meeting produce, of one kind. Paused. */
  z.object({ ref: z.number(), do: z.literal('consume'), kind: MediaKind }),
  z.object({ ref: z.number(), do: z.literal('resume'), consumer_id: Id }),
  /** Closes the consumers of this kind. */
  z.object({ ref: z.number(), do: z.literal('release'), kind: MediaKind }),
]);
export type BareRequest = z.infer<typeof BareRequest>;

export const BareAnswer = z.object({
  ref: z.number(),
  error: z.string().optional(),
  send_transport: Transport.optional(),
  recv_transport: Transport.optional(),
  consumers: z
    .array(z.object({ consumer_id: Id, kind: MediaKind, rtp_parameters: RtpParameters }))
    .optional(),
});
export type BareAnswer = z.infer<typeof BareAnswer>;
