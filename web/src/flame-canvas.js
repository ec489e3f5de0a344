// The flame graph's canvas: what is drawn when, and what the pointer and the keys do.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { html, change, params, usePinch, useSelection, useSize } from './util.js';
import { ROW, draw } from './flame-draw.js';
import { nodeWords } from './flame-words.js';

const between = (v, low, high) => Math.max(low, Math.min(high, v));

function viewFrom(text) {
  const [a, b] = (text || '').split('-').map(Number);
  return a >= 0 && b > a && b <= 1 ? [a, b] : [0, 1];
}

export function Canvas({ picture, about, colors, flags, act, pivot, menu, setLine, root }) {
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
  s.paint = paint;
  const queue = () => {
    if (!s.frame) s.frame = requestAnimationFrame(() => s.paint());
  };
  useLayoutEffect(() => {
    s.selected = null;
    s.hover = null;
    s.view = viewFrom(params().get('x'));
    if (box.current) box.current.scrollTop = picture.flipped ? 1e7 : 0;
  }, [picture]);
  // An arrow of "back" may bring another stretch of x.
  const place = params().get('x') || '';
  useLayoutEffect(() => {
    s.view = viewFrom(place);
  }, [place]);
  // At once: a frame's wait is a frame without a picture.
  useLayoutEffect(paint, [picture, colors, flags, width, height, place]);

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
      const kid = tree.kids(node)[0];
      return select(kid !== undefined ? { tree, node: kid } : from);
    }
    if (dy < 0) {
      if (node === 0 && picture.up && tree === picture.down && picture.up.count > 1)
        return select({ tree: picture.up, node: picture.up.kids(0)[0] });
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
  const pinch = usePinch(canvas, (factor, x, y, dx) => {
    zoomBy(1 / factor, x / width);
    look([s.view[0] - dx * scale(), s.view[1] - dx * scale()]);
  });
  const down = (e) => {
    if (e.button) return;
    if (pinch.down(e)) {
      drag.current = null;
      return;
    }
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
    if (pinch.move(e)) return undefined;
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
    const hit = !pinch.up(e) && d && !d.moved && under(e);
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
        onPointerCancel=${(e) => {
          pinch.up(e);
          drag.current = null;
        }}
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
