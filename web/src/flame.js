// The flame graph's page: what the pointer and the keys do, and the same tree as a table.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import {
  html,
  change,
  exactly,
  expression,
  known,
  params,
  percent,
  quoted,
  save,
  useDark,
  useData,
  useReport,
  useSelection,
  useSize,
  useURL,
  words,
} from './util.js';
import { FunctionMenu, Item, Menu } from './menu.js';
import { Table } from './table.js';
import { Tree, matched, search } from './flame-model.js';
import { Colors, Picture, ROW, changeWords, draw, svg } from './flame-draw.js';

const between = (v, low, high) => Math.max(low, Math.min(high, v));

// --- words ---

function weightWords(tree, i, about) {
  if (!tree.minus) return `${words(tree.plus[i], about)} (${percent(tree.plus[i], about.total)})`;
  const side = (v) => `${words(v, about)} (${percent(v, about.total)})`;
  return `${side(tree.minus[i])} → ${side(tree.plus[i])}, ${i ? changeWords(tree, i) : 'in all'}`;
}

function nodeWords(tree, i, about) {
  const self = tree.self[i] - (tree.selfMinus ? tree.selfMinus[i] : 0);
  return `${i ? tree.name(i) : 'root'}${tree.inlined[i] ? ' (inlined)' : ''}: ${weightWords(tree, i, about)}, self ${words(self, about)}`;
}

// --- the canvas ---

function viewFrom(text) {
  const [a, b] = (text || '').split('-').map(Number);
  return a >= 0 && b > a && b <= 1 ? [a, b] : [0, 1];
}

function Canvas({ picture, about, colors, flags, act, pivot, menu, setLine, root }) {
  const box = useRef();
  const canvas = useRef();
  const [width, height] = useSize(box);
  const live = useRef({ view: viewFrom(params().get('x')), hover: null, selected: null, frame: 0 });
  const [, refresh] = useState(0);
  const s = live.current;
  const scale = () => (s.view[1] - s.view[0]) / (width || 1);

  const paint = () => {
    s.frame = 0;
    if (!canvas.current || !width) return;
    const ratio = devicePixelRatio || 1;
    const w = Math.round(width * ratio);
    const h = Math.round(height * ratio);
    if (canvas.current.width !== w || canvas.current.height !== h) {
      canvas.current.width = w;
      canvas.current.height = h;
    }
    const ctx = canvas.current.getContext('2d', { alpha: false });
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    draw(ctx, picture, {
      view: s.view,
      top: box.current.scrollTop,
      width,
      height,
      flags,
      hover: s.hover,
      selected: s.selected,
      colors,
      root,
    });
  };
  const queue = () => {
    if (!s.frame) s.frame = requestAnimationFrame(paint);
  };
  useEffect(() => {
    s.selected = null;
    s.hover = null;
    s.view = viewFrom(params().get('x'));
    if (box.current) box.current.scrollTop = picture.flipped ? 1e7 : 0;
  }, [picture]);
  useEffect(() => queue(), [picture, colors, flags, width, height]);
  // An arrow of "back" may bring another stretch of x.
  const place = params().get('x') || '';
  useEffect(() => {
    s.view = viewFrom(place);
    queue();
  }, [place]);

  const look = (view) => {
    const w = between(view[1] - view[0], 1e-6, 1);
    const left = between(view[0], 0, 1 - w);
    s.view = [left, left + w];
    queue();
    clearTimeout(s.later);
    s.later = setTimeout(
      () => change({ x: w > 0.9999 ? null : `${left.toFixed(7)}-${(left + w).toFixed(7)}` }, true),
      300,
    );
  };
  useEffect(() => () => clearTimeout(s.later), []);
  const zoomBy = (factor, at = 0.5) => {
    const middle = s.view[0] + at * (s.view[1] - s.view[0]);
    look([middle - (middle - s.view[0]) * factor, middle + (s.view[1] - middle) * factor]);
  };
  const under = (e) => {
    const r = canvas.current.getBoundingClientRect();
    const row = Math.floor((e.clientY - r.top + box.current.scrollTop) / ROW);
    return picture.at(row, s.view[0] + (e.clientX - r.left) * scale());
  };
  const point = (hit) => {
    if (s.hover?.node === hit?.node && s.hover?.tree === hit?.tree) return;
    s.hover = hit;
    setLine(hit ? [hit.tree, hit.node] : null);
    queue();
  };
  const select = (hit) => {
    s.selected = hit;
    s.hover = null;
    setLine([hit.tree, hit.node]);
    const row = picture.rowOf(hit.tree, hit.tree.depth[hit.node]) * ROW;
    if (row < box.current.scrollTop) box.current.scrollTop = row;
    if (row + ROW > box.current.scrollTop + height) box.current.scrollTop = row + ROW - height;
    const [x0, x1] = [hit.tree.x[hit.node], hit.tree.x[hit.node] + hit.tree.w[hit.node]];
    if (x1 <= s.view[0] || x0 >= s.view[1])
      look([x0 - (s.view[1] - s.view[0]) / 2, x0 + (s.view[1] - s.view[0]) / 2]);
    queue();
    refresh((n) => n + 1);
  };
  const step = (dx, dy) => {
    const from = s.selected || { tree: picture.down, node: 0 };
    const { tree, node } = from;
    if (dy > 0) {
      const kid = (tree.kids[node] || [])[0];
      return select(kid !== undefined ? { tree, node: kid } : from);
    }
    if (dy < 0) {
      if (node === 0 && picture.up && tree === picture.down && picture.up.kids[0])
        return select({ tree: picture.up, node: picture.up.kids[0][0] });
      const up = tree.parent[node];
      return select(
        tree === picture.up && up === 0 ? { tree: picture.down, node: 0 } : { tree, node: up },
      );
    }
    const row = tree.rows[tree.depth[node]];
    return select({ tree, node: row[between(row.indexOf(node) + dx, 0, row.length - 1)] });
  };
  const keys = {
    ArrowLeft: () => step(-1, 0),
    ArrowRight: () => step(1, 0),
    ArrowDown: () => step(0, picture.flipped ? -1 : 1),
    ArrowUp: () => step(0, picture.flipped ? 1 : -1),
    '+': () => zoomBy(0.7),
    '=': () => zoomBy(0.7),
    '-': () => zoomBy(1 / 0.7),
    0: () => look([0, 1]),
    a: () =>
      look([s.view[0] - (s.view[1] - s.view[0]) / 5, s.view[1] - (s.view[1] - s.view[0]) / 5]),
    e: () =>
      look([s.view[0] + (s.view[1] - s.view[0]) / 5, s.view[1] + (s.view[1] - s.view[0]) / 5]),
    Enter: () => s.selected && act(s.selected, false),
    p: () => s.selected && pivot(s.selected),
    z: () => s.selected && act(s.selected, true),
    Escape: () => change({ p: null, z: null, x: null }),
    ' ': () => s.selected && toggle(s.selected),
  };
  const keydown = (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    if (
      s.selected &&
      (e.key === 'ContextMenu' || (e.key === 'F10' && e.shiftKey) || e.key === 'm')
    ) {
      const r = canvas.current.getBoundingClientRect();
      const { tree, node } = s.selected;
      menu(s.selected, [
        r.left + between((tree.x[node] - s.view[0]) / scale(), 0, width),
        r.top + picture.rowOf(tree, tree.depth[node]) * ROW - box.current.scrollTop + ROW,
      ]);
    } else if (keys[e.key]) keys[e.key]();
    else return;
    e.preventDefault();
  };
  const header = useSelection();
  const toggle = (hit) => header([hit.tree.name(hit.node)]);

  // Drag pans, a click does what the toolbar says, Ctrl and the wheel zoom at the pointer.
  const drag = useRef(null);
  const down = (e) => {
    if (e.button) return;
    drag.current = {
      x: e.clientX,
      y: e.clientY,
      view: s.view,
      top: box.current.scrollTop,
      moved: false,
    };
    canvas.current.setPointerCapture(e.pointerId);
  };
  const moveTo = (e) => {
    const d = drag.current;
    if (!d) return point(under(e));
    if (Math.abs(e.clientX - d.x) + Math.abs(e.clientY - d.y) > 4) d.moved = true;
    if (d.moved) {
      const by = (e.clientX - d.x) * scale();
      look([d.view[0] - by, d.view[1] - by]);
      box.current.scrollTop = d.top - (e.clientY - d.y);
    }
    return undefined;
  };
  const up = (e) => {
    const d = drag.current;
    drag.current = null;
    const hit = d && !d.moved && under(e);
    if (hit) act(hit, e.shiftKey);
  };
  const wheel = (e) => {
    if (e.ctrlKey || e.metaKey) {
      e.preventDefault();
      const r = canvas.current.getBoundingClientRect();
      zoomBy(Math.exp(between(e.deltaY, -80, 80) / 160), (e.clientX - r.left) / width);
    } else if (Math.abs(e.deltaX) > Math.abs(e.deltaY) || e.shiftKey) {
      e.preventDefault();
      const by = (e.deltaX || e.deltaY) * scale();
      look([s.view[0] + by, s.view[1] + by]);
    }
  };
  useEffect(() => {
    const c = box.current;
    c.addEventListener('wheel', wheel, { passive: false });
    return () => c.removeEventListener('wheel', wheel);
  });
  const label = s.selected
    ? nodeWords(s.selected.tree, s.selected.node, about)
    : 'Flame graph. Arrow keys go from box to box; the table shows the same as text.';
  return html`<div class="flame-box" ref=${box} onScroll=${queue}>
    <canvas ref=${canvas} tabindex="0" role="img" aria-label=${label} onKeyDown=${keydown}
      onPointerDown=${down} onPointerMove=${moveTo} onPointerUp=${up}
        onPointerCancel=${() => (drag.current = null)}
      onPointerLeave=${() => point(null)}
      onContextMenu=${(e) => {
        e.preventDefault();
        const hit = under(e);
        if (hit && hit.node) menu(hit, [e.clientX, e.clientY]);
      }}
      style=${{ height: height + 'px' }}></canvas>
    <div style=${{ height: Math.max(0, picture.rows * ROW - height) + 'px' }}></div>
  </div>`;
}

// --- the same as a table: a call tree that opens ---

function TreeTable({ tree, about, flags, onAct, onMenu }) {
  const [open, setOpen] = useState(() => new Set(hotPath(tree)));
  useEffect(() => setOpen(new Set(hotPath(tree))), [tree]);
  const rows = useMemo(() => {
    const list = [];
    const stack = [0];
    while (stack.length) {
      const node = stack.pop();
      list.push(node);
      const kids = tree.kids[node] || [];
      if (open.has(node)) for (let i = kids.length; i-- > 0;) stack.push(kids[i]);
    }
    return list;
  }, [tree, open]);
  const toggle = (node) => {
    const next = new Set(open);
    if (!next.delete(node)) next.add(node);
    setOpen(next);
  };
  const total = about.total;
  const value = (plus, minus, i) => words(plus[i] - (minus ? minus[i] : 0), about);
  const columns = [
    {
      key: 'total',
      title: tree.minus ? 'Change' : 'Total',
      className: 'num',
      cell: (i) => value(tree.plus, tree.minus, i),
    },
    {
      key: 'share',
      title: 'Share',
      className: 'num',
      cell: (i) => percent(tree.plus[i] - (tree.minus ? tree.minus[i] : 0), total),
    },
    {
      key: 'self',
      title: 'Self',
      className: 'num',
      cell: (i) => value(tree.self, tree.selfMinus, i),
    },
    {
      key: 'name',
      title: 'Function, with what it calls below it',
      cell: (i) => html`<span style=${{ paddingLeft: tree.depth[i] * 14 + 'px' }}>
      ${
        tree.kids[i]
          ? html`<button class="twist" aria-expanded=${open.has(i)}
            aria-label=${open.has(i) ? 'Close' : 'Open'}
        onClick=${() => toggle(i)}>${open.has(i) ? '▾' : '▸'}</button>`
          : html`<span class="twist"></span>`
      }
      ${i ? tree.name(i) : 'root'}${tree.inlined[i] ? html` <small>(inlined)</small>` : ''}</span>`,
    },
  ];
  return html`<${Table} label="Call tree" columns=${columns} rows=${rows}
    onSelect=${(i) => tree.kids[i] && toggle(i)} onAct=${(i) => onAct({ tree, node: i }, false)}
    onMenu=${(i, at) => i && onMenu({ tree, node: i }, at)}
    rowClass=${(i) => (flags && i && flags[tree.frame[i]] ? 'found' : '')} />`;
}

function hotPath(tree) {
  const list = [0];
  for (let i = 0; i < 12 && tree.kids[list[i]]; i++) list.push(tree.kids[list[i]][0]);
  return list;
}

// --- saving ---

const title = () => `${known.file || 'profile'} ${params().get('si') || known.type}`;

function savePNG(picture, colors, root) {
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

const escaped = (json) => json.replace(/</g, '\\u003c');

async function saveHTML(state, picture, mode, order, root) {
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
    `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${name}</title>
<style>:root{color-scheme:light dark}body{margin:0 8px;font:13px system-ui,sans-serif}header{position:sticky;top:0;display:flex;gap:12px;align-items:center;padding:8px 0;background:Canvas}#line{overflow:hidden;white-space:nowrap;text-overflow:ellipsis}input{font:inherit}</style>
<header><b>${name}</b><input id="search" placeholder="Search regexp" aria-label="Search regexp"><span id="line" role="status"></span></header>
<canvas></canvas><script type="application/json" id="flame">${content}<` +
      `/script><script>${script.replace(/<\/script/g, '<\\/script')}<` +
      `/script></html>`,
  );
}

// --- the page ---

function Choice({ label, name, value, options }) {
  return html`<label class="choice">${label} <select value=${value}
    onChange=${(e) => change({ [name]: e.target.value === options[0][0] ? null : e.target.value })}>
    ${options.map(([v, text]) => html`<option value=${v}
      selected=${v === value}>${text}</option>`)}</select></label>`;
}

export function Flame() {
  const url = useURL();
  const state = useData('flamegraph');
  useReport(state);
  const dark = useDark();
  const [line, setLine] = useState(null);
  const [at, setAt] = useState(null);
  const order = url.get('order') || 'weight';
  const picture = useMemo(() => {
    if (!state.data) return null;
    const { frames, down, up } = state.data;
    return new Picture(
      new Tree(frames, down, order),
      up && up.parent.length > 1 ? new Tree(frames, up, order) : null,
      url.get('dir') === 'flame',
    );
  }, [state.data, order, url.get('dir')]);
  const isDiff = !!picture?.down.minus;
  const mode = url.get('color') || (isDiff ? 'change' : 'package');
  const colors = useMemo(
    () => picture && new Colors(mode, picture.down, dark),
    [picture, mode, dark],
  );
  const re = expression(url.get('q'));
  const flags = useMemo(
    () => (picture && re ? search(state.data.frames, re) : null),
    [state.data, url.get('q'), picture],
  );
  const pivoted = url.get('p');
  const root = pivoted ? `all stacks through ${pivoted}` : url.get('z') ? 'root (zoomed)' : 'root';
  useEffect(() => setLine(null), [picture]);

  const pivot = ({ tree, node }) =>
    change({ p: node ? exactly([frameName(tree, node)]) : null, z: null, x: null });
  const zoom = ({ tree, node }) => {
    if (pivoted || tree !== picture.down)
      change({
        x: node
          ? `${tree.x[node].toFixed(7)}-${Math.min(1, tree.x[node] + tree.w[node]).toFixed(7)}`
          : null,
      });
    else change({ z: node ? tree.path(node).join('.') : null, x: null });
  };
  const act = (hit, other) => ((url.get('click') === 'zoom') !== other ? zoom(hit) : pivot(hit));
  const menu = (hit, where) => setAt({ hit, where });

  if (!picture)
    return html`<main class="page"><p class="nothing">${state.error ? '' : 'Drawing …'}</p></main>`;
  const about = state.about;
  const found = flags && matched(picture.down, flags);
  const words1 = line && nodeWords(line[0], line[1], about);
  const sorted = [
    ['weight', 'by weight (left heavy)'],
    ['name', 'by name'],
  ].concat(state.data.times ? [['time', 'by time']] : []);
  const empty = picture.down.count === 1;
  return html`<main class="page flame">
    <div class="tools" role="toolbar" aria-label="Flame graph">
      <${Choice} label="Direction" name="dir" value=${url.get('dir') || 'icicle'} options=${[
        ['icicle', 'icicle'],
        ['flame', 'flame'],
      ]} />
      <${Choice} label="Order" name="order" value=${order} options=${sorted} />
      <${Choice} label="Colour" name="color" value=${mode} options=${(isDiff
        ? [['change', 'by change']]
        : []
      ).concat([
        ['package', 'by package'],
        ['file', 'by file'],
        ['self', 'by self'],
      ])} />
      <${Choice} label="Click" name="click" value=${url.get('click') || 'pivot'} options=${[
        ['pivot', 'pivots'],
        ['zoom', 'zooms'],
      ]} />
      <${Choice} label="As" name="as" value=${url.get('as') || 'picture'} options=${[
        ['picture', 'picture'],
        ['table', 'table'],
      ]} />
      <${Menu} title="Save picture">
        <${Item} title="SVG"
          onClick=${() => save('flamegraph.svg', 'image/svg+xml', svg(picture, colors, { width: 1600, title: title(), root, words: (t, i) => nodeWords(t, i, about) }))} />
        <${Item} title="PNG" onClick=${() => savePNG(picture, colors, root)} />
        <${Item} title="HTML" hint="one file that works alone"
          onClick=${() => saveHTML(state, picture, mode, order, root)} />
      <//>
      ${(pivoted || url.get('z') || url.get('x')) && html`<button
        onClick=${() => change({ p: null, z: null, x: null })}>Show all</button>`}
      ${isDiff && html`<span class="legend" aria-hidden="true"><i class="less"></i>less<i
        class="same"></i>same<i class="more"></i>more</span>`}
    </div>
    <div class="line" role="status">
      <span class="who">${words1 || (found !== null && found !== undefined ? '' : `${root}: ${weightWords(picture.down, 0, about)}`)}</span>
      ${flags && html`<span
        class="found-sum">matched ${words(found, about)} (${percent(found, picture.down.weight[0])})</span>`}
    </div>
    ${
      empty
        ? html`<p class="nothing">No samples: the profile is empty, or the filters leave nothing.</p>`
        : url.get('as') === 'table'
          ? html`<${TreeTable} tree=${picture.down} about=${about} flags=${flags} onAct=${act}
            onMenu=${menu} />`
          : html`<${Canvas} picture=${picture} about=${about} colors=${colors} flags=${flags}
            act=${act} pivot=${pivot} menu=${menu} setLine=${setLine} root=${root} />`
    }
    ${
      at &&
      html`<${FunctionMenu} at=${at.where} name=${frameName(at.hit.tree, at.hit.node)}
        onClose=${() => setAt(null)}
      more=${[
        ['Pivot: all stacks through it', () => pivot(at.hit)],
        ['Zoom into this box', () => zoom(at.hit)],
      ]} />`
    }
  </main>`;
}

// What expressions are matched with: the function's own name.
function frameName(tree, node) {
  const f = tree.frames[tree.frame[node]];
  return f ? f[1] || f[2] : '';
}

export { quoted };
