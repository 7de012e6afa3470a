import { createMeeting, Meeting, openCamera, openMicrophone } from '@meridian/client';

const code = location.hash.slice(1) || (await createMeeting({ type: 'instant' })).code;
location.hash = code; // Whoever opens this address is in the same call.
const [microphone, camera] = await Promise.all([openMicrophone(), openCamera()]);
const meeting = await Meeting.join({ meeting: code, displayName: 'Guest', microphone, camera });
function show(): void {
  for (const { id, isSelf, streams } of meeting.snapshot.participants) {
    const video = document.querySelector<HTMLVideoElement>(`[id="${id}"]`) ?? document.createElement('video');
    const shown = video.srcObject instanceof MediaStream ? video.srcObject : new MediaStream();
    const tracks = isSelf ? [camera] : [streams.camera?.track, streams.microphone?.track];
    for (const track of tracks) if (track) shown.addTrack(track);
    for (const track of shown.getTracks()) if (!tracks.includes(track)) shown.removeTrack(track);
    if (video.isConnected) continue;
    Object.assign(video, { id, autoplay: true, playsInline: true, muted: isSelf, srcObject: shown });
    document.body.append(video);
  }
}
meeting.subscribe(show);
show();
