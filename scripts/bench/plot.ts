/** The plot of docs/bench.svg: three bars for each operation, as parts of the limit's. */
import { type Findings, grouped, SHOWN } from "./report.ts";

const LEFT = 52;
const TOP = 80;
const HEIGHT = 260;
const BAR = 34;
const GAP = 4;
const GROUP = 3 * (BAR + GAP) + 34;

// Told apart by lightness too, and readable on white and on black.
const STYLE = `
    text { font: 12px system-ui, sans-serif; fill: #24292f; }
    .title { font-size: 15px; font-weight: 600; }
    .grid { stroke: #d0d7de; }
    .limit { fill: #9aa4ae; } .kith { fill: #1f6feb; } .usual { fill: #e0a23b; }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3; }
      .grid { stroke: #3d444d; }
      .limit { fill: #6e7681; } .kith { fill: #58a6ff; } .usual { fill: #d29922; }
    }`;

interface Group {
  readonly label: string;
  readonly values: readonly { readonly name: string; readonly value: number }[];
}

function groupsOf({ operations, fanOut }: Findings): Group[] {
  const groups: Group[] = operations.map(({ operation, measures }) => ({
    label: operation.name,
    values: SHOWN.map(({ name }) => ({ name, value: measures[name].perSecond })),
  }));
  if (fanOut !== null) {
    const values = SHOWN.map(({ name }) => ({ name, value: fanOut[name].deliveriesPerSecond }));
    groups.push({ label: "fan-out", values });
  }
  return groups;
}

/** Draws the findings as an SVG that is readable on light and on dark. */
export function plot(findings: Findings): string {
  const groups = groupsOf(findings);
  const width = Math.max(520, LEFT + groups.length * GROUP + 16);
  const bottom = TOP + HEIGHT;
  const most = Math.max(
    1,
    ...groups.flatMap(({ values }) => values.map(({ value }) => value / (values[0]?.value ?? 1))),
  );
  const y = (part: number) => (bottom - (part / most) * HEIGHT).toFixed(1);
  const lines: string[] = [];

  for (const part of [0, 0.25, 0.5, 0.75, 1]) {
    lines.push(
      `<line class="grid" x1="${LEFT}" x2="${width - 8}" y1="${y(part)}" y2="${y(part)}"/>`,
      `<text x="${LEFT - 6}" y="${Number(y(part)) + 4}" text-anchor="end">${part * 100} %</text>`,
    );
  }
  SHOWN.forEach(({ name, title }, at) => {
    const x = LEFT + at * 130;
    lines.push(
      `<rect class="${name}" x="${x}" y="34" width="12" height="12" rx="2"/>`,
      `<text x="${x + 18}" y="44">${title}</text>`,
    );
  });
  groups.forEach(({ label, values }, at) => {
    const left = LEFT + 16 + at * GROUP;
    const whole = values[0]?.value ?? 1;
    values.forEach(({ name, value }, nr) => {
      const x = left + nr * (BAR + GAP);
      const top = Number(y(value / whole));
      lines.push(
        `<rect class="${name}" x="${x}" y="${top}" width="${BAR}" height="${(bottom - top).toFixed(1)}" rx="2"/>`,
        `<text x="${x + BAR / 2}" y="${(top - 5).toFixed(1)}" text-anchor="middle" font-size="11">${grouped(value)}</text>`,
      );
    });
    const middle = left + (3 * BAR + 2 * GAP) / 2;
    lines.push(`<text x="${middle}" y="${bottom + 18}" text-anchor="middle">${label}</text>`);
  });

  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${bottom + 32}" width="${width}" height="${bottom + 32}" role="img" aria-label="Requests a second of the three servers, as a part of the limit's">
  <style>${STYLE}
  </style>
  <text class="title" x="${LEFT}" y="20">Requests (of fan-out: deliveries) a second, as a part of the limit's</text>
  ${lines.join("\n  ")}
</svg>
`;
}
