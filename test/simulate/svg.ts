/** Pictures made of text. Colours follow the reader's choice of light or dark. */
export const WIDTH = 760;
const MARGIN = { left: 64, right: 16, top: 36, bottom: 40 };

export type Scale = (value: number) => number;

export type Line = { name: string; points: readonly (readonly [number, number])[]; dashed?: boolean };
export type Bar = { name: string; value: number; note?: string };
export type Axis = {
  label: string;
  max: number;
  ticks: readonly number[];
  text: (value: number) => string;
};

/** Told apart also by those who do not see all colours (Okabe and Ito). */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'];

export function lineChart(title: string, x: Axis, y: Axis, lines: readonly Line[], height = 320): string {
  const [right, bottom] = [WIDTH - MARGIN.right, height - MARGIN.bottom];
  const toX: Scale = (value) => MARGIN.left + (value / x.max) * (right - MARGIN.left);
  const toY: Scale = (value) => bottom - (value / y.max) * (bottom - MARGIN.top);
  const drawn = lines.map(({ points, dashed }, i) => {
    const path = points.map(([a, b]) => `${round(toX(a))},${round(toY(Math.min(b, y.max)))}`).join(' ');
    const dashes = dashed ? ' stroke-dasharray="5 4"' : '';
    return `<polyline points="${path}" fill="none" stroke="${colour(i)}" stroke-width="2"${dashes}/>`;
  });
  const legend = lines.map(({ name }, i) => {
    const at = MARGIN.left + 8 + i * ((right - MARGIN.left) / lines.length);
    return `<rect x="${round(at)}" y="22" width="10" height="10" fill="${colour(i)}"/>${text(at + 15, 31, name)}`;
  });
  return svg(title, height, [
    ...y.ticks.map((tick) => rule(MARGIN.left, toY(tick), right, toY(tick))),
    ...y.ticks.map((tick) => text(MARGIN.left - 6, toY(tick) + 4, y.text(tick), 'end')),
    ...x.ticks.map((tick) => text(toX(tick), bottom + 16, x.text(tick), 'middle')),
    text((MARGIN.left + right) / 2, height - 6, x.label, 'middle'),
    text(4, 31, y.label),
    ...drawn,
    ...legend,
  ]);
}

/** Bars from the left, one below the other, with an optional mark. */
export function barChart(
  title: string,
  bars: readonly Bar[],
  { max, text: show }: Pick<Axis, 'max' | 'text'>,
  mark?: { at: number; name: string },
): string {
  const row = 17;
  const left = 150;
  const right = WIDTH - 110;
  const height = MARGIN.top + bars.length * row + 12;
  const toX: Scale = (value) => left + (Math.min(value, max) / max) * (right - left);
  const rows = bars.flatMap(({ name, value, note }, i) => {
    const y = MARGIN.top + i * row;
    return [
      text(left - 6, y + 12, name, 'end'),
      `<rect x="${left}" y="${y + 2}" width="${round(toX(value) - left)}" height="${row - 5}" fill="${colour(0)}"/>`,
      text(toX(value) + 5, y + 12, note ? `${show(value)} ${note}` : show(value)),
    ];
  });
  const line = mark
    ? [
        `<line x1="${round(toX(mark.at))}" x2="${round(toX(mark.at))}" y1="${MARGIN.top - 2}" y2="${height - 10}" stroke="${colour(1)}" stroke-dasharray="5 4"/>`,
        text(toX(mark.at), MARGIN.top - 6, mark.name, 'middle'),
      ]
    : [];
  return svg(title, height, [...rows, ...line]);
}

/** Round numbers from 0 to the first that is not below `max`, some five of them. */
export function niceTicks(max: number): number[] {
  const rough = max / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((one) => one * power >= rough) ?? 10) * power;
  return Array.from({ length: Math.ceil(max / step - 1e-9) + 1 }, (_, i) => i * step);
}

function svg(title: string, height: number, content: readonly string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="12" role="img" aria-label="${escaped(title)}">
<style>text{fill:#333}.rule{stroke:#8884}@media (prefers-color-scheme:dark){text{fill:#ddd}}</style>
<title>${escaped(title)}</title>
${text(4, 14, title, 'start', ' font-weight="600"')}
${content.join('\n')}
</svg>
`;
}

function rule(x1: number, y1: number, x2: number, y2: number): string {
  return `<line class="rule" x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}"/>`;
}

function text(x: number, y: number, content: string, anchor = 'start', more = ''): string {
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}"${more}>${escaped(content)}</text>`;
}

function colour(index: number): string {
  return COLOURS[index % COLOURS.length] ?? '';
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(content: string): string {
  return content.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;');
}
