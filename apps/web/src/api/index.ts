import { call } from '@meridian/client';
import {
  ApiKeyList,
  AuthSession,
  type CreateApiKeyRequest,
  CreateApiKeyResponse,
  Meeting,
  MeetingList,
  type UpdateMeetingRequest,
} from '@meridian/protocol';
import { z } from 'zod';

const Nothing = z.undefined();

export function getSession(): Promise<AuthSession> {
  return call(AuthSession, 'GET', '/auth/session', {});
}

export async function signOut(): Promise<void> {
  await call(Nothing, 'POST', '/auth/sign-out', {});
}

export function listMeetings(query: { from: string; cursor?: string }): Promise<MeetingList> {
  return call(MeetingList, 'GET', `/meetings?${new URLSearchParams(query)}`, {});
}

export function updateMeeting(id: string, changes: UpdateMeetingRequest): Promise<Meeting> {
  return call(Meeting, 'PATCH', `/meetings/${id}`, {}, changes);
}

export async function deleteMeeting(id: string): Promise<void> {
  await call(Nothing, 'DELETE', `/meetings/${id}`, {});
}

export function listApiKeys(): Promise<ApiKeyList> {
  return call(ApiKeyList, 'GET', '/api-keys', {});
}

export function createApiKey(request: CreateApiKeyRequest): Promise<CreateApiKeyResponse> {
  return call(CreateApiKeyResponse, 'POST', '/api-keys', {}, request);
}

export async function revokeApiKey(id: string): Promise<void> {
  await call(Nothing, 'DELETE', `/api-keys/${id}`, {});
}
