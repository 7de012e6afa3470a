/**
 * Runs in the page: its voice is sent in packets of so many milliseconds instead of twenty. Installed by addInitScript, so
 * it must not use anything outside this function.
 */
export function installLongPackets(milliseconds: number): void {
  const { prototype } = RTCPeerConnection;
  const setRemoteDescription: (description: RTCSessionDescriptionInit) => Promise<void> =
    prototype.setRemoteDescription;
  prototype.setRemoteDescription = function (this: RTCPeerConnection, { type, sdp = '' }) {
    const [, opus] = /^a=rtpmap:(\d+) opus\//m.exec(sdp) ?? [];
    const longer = sdp.replaceAll(`a=fmtp:${opus} `, `a=fmtp:${opus} ptime=${milliseconds};`);
    return setRemoteDescription.call(this, { type, sdp: longer });
  };
}
