import { z } from 'zod';
import { ReturnTo, UserId } from './account.ts';
import { MeetingId, MeetingSessionId, NodeId, ParticipantId, RegionId, SessionId } from './ids.ts';
import { Source } from './media.ts';
import { Role, Timestamp } from './meeting.ts';

/** JWT audiences (RFC 7519 §4.1.3). A token is good for exactly one. */
export const AUDIENCE = {
  ticket: 'room',
  media: 'media',
  relay: 'relay',
  node: 'fleet',
  session: 'session',
  signIn: 'sign-in',
} as const;

/** JWS algorithm of everything the edge signs (RFC 7518 §3.4). */
export const SIGNING_ALGORITHM = 'ES256';

/** Explicit type (RFC 8725 §3.11) of a node's token, which the node's own key signs; `kid` is that key's thumbprint. */
export const NODE_TOKEN_TYPE = 'node+jwt';

/** Lifetimes in seconds. */
export const TOKEN_LIFE = {
  /** Long: a client needs it again for its first resume; the room decides whether the session still exists. */
  ticket: 12 * 3600,
  /** Bounds for how long a removed participant could go on at a node that the room cannot reach. */
  media: 120,
  relay: 3600,
  /** A node signs a fresh one for each dial. */
  node: 60,
  /** A browser that was not used for so long has to sign in again. */
  session: 14 * 24 * 3600,
  /** From leaving for the OpenID provider to coming back: people look for a phone to confirm with. */
  signIn: 15 * 60,
} as const;

/** Opens the signaling socket of one participant. From `POST /join`. */
export const TicketClaims = z.object({
  aud: z.literal(AUDIENCE.ticket),
  sub: ParticipantId,
  sid: SessionId,
  meeting: MeetingId,
  role: Role,
  exp: z.number().int(),
});
export type TicketClaims = z.infer<typeof TicketClaims>;

/** What a participant may do at the nodes it names. Only the room mints it. */
export const MediaClaims = z.object({
  aud: z.literal(AUDIENCE.media),
  sub: ParticipantId,
  sid: SessionId,
  /** Rises when the room wants earlier tokens of this session to be worthless. */
  gen: z.number().int().nonnegative(),
  meeting: MeetingId,
  meeting_session: MeetingSessionId,
  role: Role,
  kind: z.enum(['participant', 'recorder', 'sip', 'egress']),
  can_publish: z.array(Source),
  can_subscribe: z.boolean(),
  /** Primary first, then standby. */
  nodes: z.array(NodeId).min(1).max(4),
  exp: z.number().int(),
});
export type MediaClaims = z.infer<typeof MediaClaims>;

/** Lets node `sub` (from) open a relay socket of one meeting at node `to`. Minted by the room. */
export const RelayClaims = z.object({
  aud: z.literal(AUDIENCE.relay),
  sub: NodeId,
  to: NodeId,
  meeting: MeetingId,
  exp: z.number().int(),
});
export type RelayClaims = z.infer<typeof RelayClaims>;

/** A media node's proof of who it is, towards cells and rooms. */
export const NodeClaims = z.object({
  aud: z.literal(AUDIENCE.node),
  sub: NodeId,
  region: RegionId,
  exp: z.number().int(),
});
export type NodeClaims = z.infer<typeof NodeClaims>;

/** The cookie of a signed-in browser. Says who it is, so that nothing has to be asked on each request. */
export const SessionClaims = z.object({
  aud: z.literal(AUDIENCE.session),
  sub: UserId,
  /** By which it is revoked. */
  sid: z.uuid(),
  /** At the OpenID provider: issuer and subject are who the person is there. */
  issuer: z.string(),
  subject: z.string(),
  name: z.string(),
  email: z.string().optional(),
  email_verified: z.boolean(),
  avatar_url: z.string().optional(),
  /** When the session began. */
  since: Timestamp,
  iat: z.number().int(),
  exp: z.number().int(),
});
export type SessionClaims = z.infer<typeof SessionClaims>;

/** What a browser that has gone to sign in must bring back: a short-lived cookie. */
export const SignInClaims = z.object({
  aud: z.literal(AUDIENCE.signIn),
  /** Ties the answer to this browser (RFC 6749 §10.12). */
  state: z.string(),
  /** Ties the ID token to this request (OpenID Connect Core §3.1.2.1). */
  nonce: z.string(),
  /** Of PKCE (RFC 7636): ties the code to us. */
  verifier: z.string(),
  return_to: ReturnTo,
  exp: z.number().int(),
});
export type SignInClaims = z.infer<typeof SignInClaims>;
