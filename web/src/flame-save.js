// The flame graph as a file: SVG, PNG, or one page that works alone.
import { known, params, save } from './util.js';
import { ROW, draw, svg } from './flame-draw.js';
import { nodeWords } from './flame-words.js';

const title = () => `${known.file || 'profile'} ${params().get('si') || known.type}`;

export function savePNG(picture, colors, root) {
  const width = 1600;
  const ratio = 2;
  const height = Math.min(picture.rows * ROW, Math.floor(32000 / ratio));
  const canvas = document.createElement('canvas');
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  const ctx = canvas.getContext('2d');
  ctx.scale(ratio, ratio);
  draw(ctx, picture, { view: [0, 1], top: 0, width, height, flags: null, colors, root });
  canvas.toBlob((blob) => save('flamegraph.png', 'image/png', blob));
}

const STYLE = `:root{color-scheme:light dark}
body{margin:0 8px;font:13px system-ui,sans-serif}
header{position:sticky;top:0;display:flex;gap:12px;align-items:center}
header{padding:8px 0;background:Canvas}
#line{overflow:hidden;white-space:nowrap;text-overflow:ellipsis}input{font:inherit}`;

const escaped = (json) => json.replace(/</g, '\\u003c');

export async function saveHTML(state, picture, mode, order, root) {
  const script = await (await fetch('assets/flame.js')).text();
  const content = escaped(
    JSON.stringify({
      data: state.data,
      about: { unit: state.about.unit, ratio: state.about.ratio, total: state.about.total },
      color: mode,
      order,
      root,
      flipped: picture.flipped,
    }),
  );
  const name = title().replace(/[&<>]/g, '');
  save(
    'flamegraph.html',
    'text/html',
    `<!doctype html><html lang="en"><meta charset="utf-8"><title>${name}</title>
<meta name="viewport" content="width=device-width,initial-scale=1"><style>${STYLE}</style>
<header><b>${name}</b>
<input id="search" placeholder="Search regexp" aria-label="Search regexp">
<span id="line" role="status"></span></header>
<canvas></canvas><script type="application/json" id="flame">${content}<` +
      `/script><script>${script.replace(/<\/script/g, '<\\/script')}<` +
      `/script></html>`,
  );
}

export function asSVG(picture, colors, root, about, width) {
  const words = (tree, i) => nodeWords(tree, i, about);
  return svg(picture, colors, { width, title: title(), root, words });
}

export const saveSVG = (picture, colors, root, about) =>
  save('flamegraph.svg', 'image/svg+xml', asSVG(picture, colors, root, about, 1600));
