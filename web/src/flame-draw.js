// Drawing a flame graph: on a canvas, or as SVG. What is drawn is a picture:
//
//   up rows (callers of a pivot, nearest last), a bar, down rows          icicle
//   the same from the bottom to the top                                   flame
//
// Only rows and boxes in sight are visited, and neighbours thinner than a pixel are drawn as one.
import { firstAfter, fullName, hashOf, packageOf, shorter } from './flame-model.js';
import { grouped } from './words.js';

export const ROW = 20;
const FONT = '12px system-ui, sans-serif';

export const palettes = {
  light: {
    paper: '#fff',
    ink: '#1b1d21',
    faint: '#6b7178',
    rule: '#c9ced6',
    bar: '#e9ecf0',
    sat: 52,
    light: 79,
    grey: '#d9dde3',
    dim: 0.28,
    mark: '#1a56c4',
    select: '#0b3d91',
    sliver: '#b9bfc8',
  },
  dark: {
    paper: '#15171a',
    ink: '#f1f3f5',
    faint: '#9aa2ab',
    rule: '#3a4048',
    bar: '#262a30',
    sat: 32,
    light: 33,
    grey: '#3b4149',
    dim: 0.3,
    mark: '#8ab4ff',
    select: '#cfe0ff',
    sliver: '#555c66',
  },
};

// --- colours ---

// Blue for less, orange for more, grey for the same.
export function changeColor(change, dark) {
  const s = Math.min(1, Math.abs(change));
  const k = s ** 0.6;
  const hue = change < 0 ? 214 : 28;
  return dark
    ? `hsl(${hue} ${Math.round(8 + 60 * k)}% ${Math.round(29 + 5 * k)}%)`
    : `hsl(${hue} ${Math.round(8 + 78 * k)}% ${Math.round(86 - 20 * k)}%)`;
}

// The more of a box is its own, the stronger.
function selfColor(share, dark) {
  const part = (low, more) => Math.round(low + more * share);
  return dark
    ? `hsl(16 ${part(10, 60)}% ${part(28, 10)}%)`
    : `hsl(${part(48, -30)} ${part(30, 60)}% ${part(88, -20)}%)`;
}

export class Colors {
  constructor(mode, tree, dark) {
    this.mode = mode;
    this.tree = tree;
    this.dark = dark;
    this.of = new Map();
    this.p = palettes[dark ? 'dark' : 'light'];
  }

  // One hue for a package or file; a little lighter or darker for each function in it.
  hue(text, name) {
    const key = text + '\n' + name;
    const known = this.of.get(key);
    if (known) return known;
    const hue = ((hashOf(text) + 1) * 0.618033988749895 * 360) % 360;
    const light = this.p.light + (hashOf(name) % 9) - 4;
    const color = `hsl(${hue.toFixed(0)} ${this.p.sat}% ${light}%)`;
    this.of.set(key, color);
    return color;
  }

  node(tree, i) {
    if (i === 0) return this.p.bar;
    const f = tree.frames[tree.frame[i]];
    if (this.mode === 'change') return changeColor(change(tree, i), this.dark);
    if (this.mode === 'file') return this.hue(f[2] || '?', f[1]);
    if (this.mode === 'self') {
      const share = Math.min(
        1,
        (tree.self[i] + (tree.selfMinus ? tree.selfMinus[i] : 0)) / (tree.weight[i] || 1),
      );
      return selfColor(share, this.dark);
    }
    return this.hue(packageOf(f), f[1]);
  }
}

// -1: all gone, 0: the same, 1: all new.
export function change(tree, i) {
  if (!tree.minus) return 0;
  const before = tree.minus[i];
  const after = tree.plus[i];
  return before + after ? (after - before) / (before + after) : 0;
}

// Said in words too, since not everyone sees colours: "+12%", "−5%", "new", "gone".
export function changeWords(tree, i) {
  const before = tree.minus[i];
  const after = tree.plus[i];
  if (before === after) return '=';
  if (!before) return 'new';
  if (!after) return 'gone';
  const p = Math.abs((100 * (after - before)) / before);
  return (
    (after > before ? '+' : '\u2212') +
    (p < 10 ? p.toFixed(1) : grouped(Math.round(p))) +
    '%'
  );
}

// --- the picture ---

// y counts rows from the top of the picture.
export class Picture {
  constructor(down, up, flipped) {
    this.down = down;
    this.up = up;
    this.flipped = flipped;
    this.upRows = up ? up.rows.length - 1 : 0;
    this.rows = this.upRows + down.rows.length;
  }

  // The tree and depth shown in a row of the icicle.
  line(row) {
    const r = this.flipped ? this.rows - 1 - row : row;
    return r < this.upRows ? [this.up, this.upRows - r] : [this.down, r - this.upRows];
  }

  rowOf(tree, depth) {
    const r = tree === this.up && depth ? this.upRows - depth : this.upRows + depth;
    return this.flipped ? this.rows - 1 - r : r;
  }

  at(row, x) {
    if (row < 0 || row >= this.rows) return null;
    const [tree, depth] = this.line(row);
    const node = tree.at(depth, x);
    return node < 0 ? null : { tree, node };
  }
}

const widths = new Map(); // of whole texts
const advances = []; // of ASCII characters and the ellipsis, by code
const ELLIPSIS = 0x2026;

function measured(ctx, text) {
  let w = widths.get(text);
  if (w === undefined) {
    w = ctx.measureText(text).width;
    if (widths.size > 60000) widths.clear();
    widths.set(text, w);
  }
  return w;
}

// Most names are ASCII: their characters' widths added up, which only leaves out kerning, cost a
// tenth of having each whole text laid out.
function widthOf(ctx, text) {
  let sum = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 126 && code !== ELLIPSIS) return measured(ctx, text);
    sum += advances[code] ??= ctx.measureText(text[i]).width;
  }
  return sum;
}

const shortNames = new Map();

// The longest form of a name that fits; '' when none does.
export function fit(ctx, name, room) {
  let forms = shortNames.get(name);
  if (!forms) shortNames.set(name, (forms = shorter(name)));
  for (const form of forms) if (widthOf(ctx, form) <= room) return form;
  const short = forms[forms.length - 1];
  let letters = Math.floor((room / widthOf(ctx, short)) * short.length) - 1;
  while (letters >= 2 && widthOf(ctx, short.slice(0, letters) + '…') > room) letters--;
  return letters >= 2 ? short.slice(0, letters) + '…' : '';
}

// What a box says; a difference always starts with its sign.
function label(ctx, tree, i, root, room) {
  if (i === 0) return fit(ctx, root, room);
  if (!tree.minus) return fit(ctx, tree.name(i), room);
  const whole = changeWords(tree, i);
  const d = tree.plus[i] - tree.minus[i];
  const sign = room - widthOf(ctx, whole + ' ') > 60 ? whole : d > 0 ? '+' : d < 0 ? '\u2212' : '=';
  return `${sign} ${fit(ctx, tree.name(i), room - widthOf(ctx, sign + ' '))}`;
}

// A pattern over what shrank, so that colour is not the only sign.
function hatch(ctx, x, y, w, color) {
  ctx.save();
  ctx.beginPath();
  ctx.rect(x, y, w, ROW - 1);
  ctx.clip();
  ctx.strokeStyle = color;
  ctx.globalAlpha *= 0.35;
  ctx.beginPath();
  for (let at = x - ROW; at < x + w; at += 6) {
    ctx.moveTo(at, y + ROW);
    ctx.lineTo(at + ROW, y);
  }
  ctx.stroke();
  ctx.restore();
}

// options: {view: [x0, x1], top, width, height, flags, hover, selected, colors, root}
export function draw(ctx, picture, o) {
  const p = o.colors.p;
  ctx.fillStyle = p.paper;
  ctx.fillRect(0, 0, o.width, o.height);
  ctx.font = FONT;
  ctx.textBaseline = 'middle';
  const first = Math.max(0, Math.floor(o.top / ROW));
  const last = Math.min(picture.rows - 1, Math.floor((o.top + o.height) / ROW));
  for (let row = first; row <= last; row++) {
    const [tree, depth] = picture.line(row);
    drawRow(ctx, tree, tree.rows[depth], row * ROW - o.top, o);
  }
  if (o.hover) outline(ctx, picture, o, o.hover, p.mark, 1.5);
  if (o.selected) outline(ctx, picture, o, o.selected, p.select, 2.5);
}

function drawRow(ctx, tree, nodes, y, o) {
  const scale = o.width / (o.view[1] - o.view[0]);
  const p = o.colors.p;
  let i = Math.max(0, firstAfter(tree, nodes, o.view[0]) - 1);
  let sliver = -1;
  let end = 0;
  for (; i < nodes.length && tree.x[nodes[i]] < o.view[1]; i++) {
    const node = nodes[i];
    const left = (tree.x[node] - o.view[0]) * scale;
    const w = tree.w[node] * scale;
    if (left + w < 0) continue;
    if (w < 1.5) {
      // thin neighbours become one
      if (sliver >= 0 && left - end > 1) {
        ctx.fillStyle = p.sliver;
        ctx.fillRect(sliver, y, Math.max(0.7, end - sliver), ROW - 1);
        sliver = -1;
      }
      if (sliver < 0) sliver = left;
      end = left + w;
      continue;
    }
    if (sliver >= 0) {
      ctx.fillStyle = p.sliver;
      ctx.fillRect(sliver, y, Math.max(0.7, end - sliver), ROW - 1);
      sliver = -1;
    }
    drawBox(ctx, tree, node, left, w, y, o);
  }
  if (sliver >= 0) {
    ctx.fillStyle = p.sliver;
    ctx.fillRect(sliver, y, Math.max(0.7, end - sliver), ROW - 1);
  }
}

function drawBox(ctx, tree, node, left, w, y, o) {
  const p = o.colors.p;
  const x0 = Math.max(0, left);
  const x1 = Math.min(o.width, left + w);
  const dim = o.flags && node && !o.flags[tree.frame[node]];
  ctx.globalAlpha = dim ? p.dim : 1;
  ctx.fillStyle = o.colors.node(tree, node);
  ctx.fillRect(x0, y, Math.max(0.7, x1 - x0 - (w > 3 ? 1 : 0.3)), ROW - 1);
  if (tree.minus && node && tree.plus[node] < tree.minus[node] && x1 - x0 > 8)
    hatch(ctx, x0, y, x1 - x0 - 1, p.ink);
  ctx.globalAlpha = dim ? 0.55 : 1;
  if (x1 - x0 > 18) {
    const text = label(ctx, tree, node, o.root, x1 - x0 - 8);
    ctx.fillStyle = p.ink;
    if (text) ctx.fillText(text, x0 + 4, y + ROW / 2);
  }
  if (o.hover && node && o.hover.node && tree.frame[node] === o.hover.tree.frame[o.hover.node]) {
    // the same function
    ctx.strokeStyle = p.mark;
    ctx.lineWidth = 1;
    ctx.strokeRect(x0 + 0.5, y + 0.5, Math.max(0.5, x1 - x0 - 2), ROW - 2);
  }
  if (tree.inlined[node] && w > 6) {
    // an inlined call hangs on its caller
    ctx.fillStyle = p.ink;
    ctx.globalAlpha = 0.35;
    for (let x = x0; x < x1 - 2; x += 5) ctx.fillRect(x, y, 2, 1);
  }
  ctx.globalAlpha = 1;
}

// The box under the pointer, or the selected one.
function outline(ctx, picture, o, { tree, node }, color, width) {
  const scale = o.width / (o.view[1] - o.view[0]);
  const row = picture.rowOf(tree, tree.depth[node]);
  const left = Math.max(0, (tree.x[node] - o.view[0]) * scale);
  const right = Math.min(o.width, (tree.x[node] + tree.w[node] - o.view[0]) * scale);
  ctx.strokeStyle = color;
  ctx.lineWidth = width;
  ctx.strokeRect(
    left + width / 2,
    row * ROW - o.top + width / 2,
    Math.max(1, right - left - width - 1),
    ROW - 1 - width,
  );
}

// --- SVG ---

const xml = (text) =>
  text.replace(
    /[&<>"\u0000-\u0008\u000b-\u001f]/g,
    (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c] || '?',
  );

export function svg(picture, colors, { width, title, root, words }) {
  const p = colors.p;
  const ctx = document.createElement('canvas').getContext('2d');
  ctx.font = FONT;
  const head = 28;
  const height = picture.rows * ROW + head + 4;
  const out = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"`,
    `viewBox="0 0 ${width} ${height}"`,
    'font-family="system-ui,sans-serif" font-size="12">',
    `<title>${xml(title)}</title><rect width="100%" height="100%" fill="${p.paper}"/>`,
    `<text x="8" y="18" fill="${p.ink}" font-size="13" font-weight="600">${xml(title)}</text>`,
    '<defs><pattern id="less" width="6" height="6" patternUnits="userSpaceOnUse">',
    `<path d="M0 6L6 0" stroke="${p.ink}" stroke-opacity=".35"/></pattern></defs>`,
  ];
  for (let row = 0; row < picture.rows; row++) {
    const [tree, depth] = picture.line(row);
    const y = head + row * ROW;
    for (const node of tree.rows[depth]) {
      const w = tree.w[node] * width;
      if (w < 0.3) continue;
      const x = (tree.x[node] * width).toFixed(1);
      const seen = Math.max(0.3, w - (w > 3 ? 1 : 0)).toFixed(1);
      const box = `x="${x}" y="${y}" width="${seen}" height="${ROW - 1}"`;
      out.push(`<g><title>${xml(words(tree, node))}</title>`);
      out.push(`<rect ${box} fill="${colors.node(tree, node)}"/>`);
      if (tree.minus && node && tree.plus[node] < tree.minus[node] && w > 8)
        out.push(`<rect ${box} fill="url(#less)"/>`);
      const text = w > 18 ? label(ctx, tree, node, root, w - 8) : '';
      if (text) out.push(`<text x="${+x + 4}" y="${y + 14}" fill="${p.ink}">${xml(text)}</text>`);
      out.push('</g>');
    }
  }
  out.push('</svg>');
  return out.join('\n');
}

export { fullName };
