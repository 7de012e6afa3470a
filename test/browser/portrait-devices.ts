export type Portrait = {
  /** Wall behind, and what people wear; CSS colours. */
  wall: readonly [string, string];
  skin: string;
  hair: string;
  clothes: string;
  hairstyle: 'short' | 'long' | 'bun' | 'bald';
  glasses?: boolean;
  /** Something on the wall. */
  decor: 'window' | 'plant' | 'shelf' | 'picture';
};

/** Nine people who are pleasant to look at in a documentation. */
export const PORTRAITS: readonly Portrait[] = [
  {
    wall: ['#e9dcc8', '#cdb48f'],
    skin: '#e3b18c',
    hair: '#5a3a24',
    clothes: '#2f6b5c',
    hairstyle: 'long',
    decor: 'window',
  },
  {
    wall: ['#c9d8e4', '#93adc2'],
    skin: '#8a5a3c',
    hair: '#1d1512',
    clothes: '#e2b04a',
    hairstyle: 'short',
    decor: 'shelf',
    glasses: true,
  },
  {
    wall: ['#dfe5d3', '#aebf98'],
    skin: '#f0c8a8',
    hair: '#b5622c',
    clothes: '#35507a',
    hairstyle: 'bun',
    decor: 'plant',
  },
  {
    wall: ['#ead6d0', '#c79f94'],
    skin: '#c98f63',
    hair: '#241a17',
    clothes: '#7a3b4f',
    hairstyle: 'long',
    decor: 'picture',
    glasses: true,
  },
  {
    wall: ['#d5dbe8', '#9fa9c6'],
    skin: '#f1cfb4',
    hair: '#c9a15a',
    clothes: '#475569',
    hairstyle: 'short',
    decor: 'plant',
  },
  {
    wall: ['#e8e2d6', '#bfb299'],
    skin: '#6b4430',
    hair: '#15100e',
    clothes: '#b8543c',
    hairstyle: 'bun',
    decor: 'window',
  },
  {
    wall: ['#cfe0dd', '#8fb5ae'],
    skin: '#e8bd98',
    hair: '#8d8d8d',
    clothes: '#27464b',
    hairstyle: 'short',
    decor: 'picture',
    glasses: true,
  },
  {
    wall: ['#e4d9ea', '#b39fc0'],
    skin: '#b57c54',
    hair: '#2c1c14',
    clothes: '#3f7d56',
    hairstyle: 'long',
    decor: 'shelf',
  },
  {
    wall: ['#f0e3c6', '#d2b277'],
    skin: '#deaa80',
    hair: '#3a2a20',
    clothes: '#514a86',
    hairstyle: 'bald',
    decor: 'plant',
  },
];

/** `width` of a 16:9 picture, in pixels. */
export type PortraitCamera = { portrait: Portrait; width: number; fps: number };

/**
 * Runs in the page, before its own scripts, and must not use anything outside: a camera that shows somebody at a
 * desk, and a screen that shows a slide. The microphone stays the browser's.
 */
export function installPortraitDevices({ portrait, width, fps }: PortraitCamera): void {
  type Context = CanvasRenderingContext2D;

  function capture(size: number, rate: number, draw: (c: Context, t: number) => void) {
    const canvas = document.createElement('canvas');
    canvas.width = size;
    canvas.height = (size * 9) / 16;
    const context = canvas.getContext('2d');
    if (!context) throw new Error('no canvas');
    // Everything is drawn as if on 1280 × 720.
    context.scale(size / 1280, size / 1280);
    const paint = () => draw(context, performance.now() / 1000);
    paint();
    setInterval(paint, 1000 / rate);
    return canvas.captureStream(rate).getVideoTracks();
  }

  function ellipse(c: Context, x: number, y: number, rx: number, ry: number, fill: string): void {
    c.fillStyle = fill;
    c.beginPath();
    c.ellipse(x, y, rx, ry, 0, 0, Math.PI * 2);
    c.fill();
  }

  function box(c: Context, x: number, y: number, w: number, h: number, radius: number, fill: string): void {
    c.fillStyle = fill;
    c.beginPath();
    c.roundRect(x, y, w, h, radius);
    c.fill();
  }

  function drawRoom(c: Context): void {
    const wall = c.createLinearGradient(0, 0, 1280, 720);
    wall.addColorStop(0, portrait.wall[0]);
    wall.addColorStop(1, portrait.wall[1]);
    c.fillStyle = wall;
    c.fillRect(0, 0, 1280, 720);
    switch (portrait.decor) {
      case 'window':
        box(c, 90, 60, 300, 380, 10, '#fdfaf2');
        box(c, 106, 76, 130, 348, 6, '#cfe6f5');
        box(c, 246, 76, 130, 348, 6, '#bfdcf0');
        break;
      case 'shelf':
        for (const [y, colours] of [
          [190, ['#7a4d33', '#3c6e71', '#d9a441', '#8c3b3b']],
          [370, ['#44566c', '#c9b79c', '#6a8d5a', '#b0643a']],
        ] as const) {
          box(c, 880, y, 330, 14, 4, '#8a6a4c');
          for (const [i, colour] of colours.entries()) {
            box(c, 900 + i * 46, y - 96 + (i % 2) * 14, 34, 96 - (i % 2) * 14, 4, colour);
          }
        }
        break;
      case 'plant':
        box(c, 1010, 520, 130, 200, 16, '#b9694a');
        for (let leaf = 0; leaf < 7; leaf++) {
          c.save();
          c.translate(1075, 520);
          c.rotate(-1.2 + leaf * 0.4);
          ellipse(c, 0, -130, 34, 130, leaf % 2 ? '#4d7c50' : '#3a6642');
          c.restore();
        }
        break;
      case 'picture':
        box(c, 120, 110, 250, 190, 6, '#3c342c');
        box(c, 134, 124, 222, 162, 2, '#f3ead8');
        ellipse(c, 290, 180, 26, 26, '#e2a64b');
        c.fillStyle = '#5a7d6c';
        c.beginPath();
        c.moveTo(134, 286);
        c.lineTo(210, 200);
        c.lineTo(262, 250);
        c.lineTo(300, 214);
        c.lineTo(356, 286);
        c.fill();
        break;
    }
  }

  function drawPerson(c: Context, t: number): void {
    const sway = Math.sin(t * 0.9) * 6;
    const x = 640 + sway;
    const y = 330 + Math.sin(t * 1.7) * 3;
    const { skin, hair, clothes, hairstyle } = portrait;
    if (hairstyle === 'long') box(c, x - 150, y - 150, 300, 370, 140, hair);
    if (hairstyle === 'bun') ellipse(c, x, y - 190, 62, 58, hair);
    box(c, x - 290, y + 195, 580, 400, 190, clothes);
    box(c, x - 58, y + 110, 116, 140, 50, skin);
    c.fillStyle = 'rgb(0 0 0 / 10%)';
    c.beginPath();
    c.ellipse(x, y + 150, 62, 30, 0, 0, Math.PI);
    c.fill();
    ellipse(c, x - 126, y + 12, 22, 34, skin);
    ellipse(c, x + 126, y + 12, 22, 34, skin);
    ellipse(c, x, y, 126, 158, skin);
    if (hairstyle !== 'bald') {
      c.fillStyle = hair;
      c.beginPath();
      c.ellipse(x, y - 66, 138, 112, 0, Math.PI, Math.PI * 2);
      c.quadraticCurveTo(x + 90, y - 92, x - 10, y - 88);
      c.quadraticCurveTo(x - 100, y - 82, x - 138, y - 40);
      c.fill();
    }
    const blink = t % 4 < 0.16 ? 0.15 : 1;
    for (const side of [-1, 1]) {
      ellipse(c, x + side * 48, y + 4, 13, 15 * blink, '#2a211c');
      c.strokeStyle = hairstyle === 'bald' ? '#4a382c' : hair;
      c.lineWidth = 8;
      c.lineCap = 'round';
      c.beginPath();
      c.moveTo(x + side * 28, y - 34);
      c.quadraticCurveTo(x + side * 50, y - 46, x + side * 72, y - 34);
      c.stroke();
      if (portrait.glasses) {
        c.strokeStyle = '#2b2b30';
        c.lineWidth = 6;
        c.beginPath();
        c.roundRect(x + side * 50 - 38, y - 26, 76, 60, 24);
        c.stroke();
      }
    }
    c.strokeStyle = 'rgb(90 40 20 / 35%)';
    c.lineWidth = 6;
    c.beginPath();
    c.moveTo(x, y + 18);
    c.quadraticCurveTo(x + 16, y + 46, x - 4, y + 50);
    c.stroke();
    c.strokeStyle = '#8c3a33';
    c.lineWidth = 8;
    c.beginPath();
    c.arc(x, y + 62, 40, 0.35, Math.PI - 0.35);
    c.stroke();
  }

  function drawSlide(c: Context): void {
    c.fillStyle = '#fbfaf7';
    c.fillRect(0, 0, 1280, 720);
    box(c, 0, 0, 18, 720, 0, '#0b6b57');
    c.fillStyle = '#14211c';
    c.font = '700 56px "Figtree Variable", sans-serif';
    c.fillText('Spring release', 90, 130);
    c.fillStyle = '#5c6a64';
    c.font = '400 30px "Figtree Variable", sans-serif';
    c.fillText('People in meetings per week, in thousands', 90, 182);
    const values = [18, 24, 31, 29, 42, 55, 61, 78];
    for (const [i, value] of values.entries()) {
      const height = value * 5;
      box(c, 100 + i * 136, 640 - height, 92, height, 10, i === values.length - 1 ? '#f2b632' : '#7fb8a6');
      c.fillStyle = '#48574f';
      c.font = '600 26px "Figtree Variable", sans-serif';
      c.fillText(String(value), 130 + i * 136, 628 - height);
      c.fillText(`W${i + 9}`, 124 + i * 136, 680);
    }
  }

  const devices = navigator.mediaDevices;
  const native = devices.getUserMedia.bind(devices);
  devices.getUserMedia = async (constraints) => {
    const audio = constraints?.audio;
    const microphone = audio ? await native({ audio }) : new MediaStream();
    const camera = constraints?.video
      ? capture(width, fps, (c, t) => {
          drawRoom(c);
          drawPerson(c, t);
        })
      : [];
    return new MediaStream([...microphone.getAudioTracks(), ...camera]);
  };
  devices.getDisplayMedia = async () => new MediaStream(capture(1280, 3, drawSlide));
}
