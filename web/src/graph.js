// The graph: our own drawing, to pan, zoom and select in; and its calls as a table.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import {
  Waiting,
  html,
  change,
  expression,
  percent,
  save,
  useData,
  usePinch,
  useReport,
  useSelection,
  useURL,
} from './util.js';
import { FunctionMenu, Item, Menu } from './menu.js';
import { Table, nextOrder, sortRows } from './table.js';

const clamp = (v, low, high) => Math.max(low, Math.min(high, v));

// The server's drawing without what only matters to it alone: its script and its white ground.
function adopt(text) {
  const svg = new DOMParser().parseFromString(text, 'image/svg+xml').documentElement;
  if (svg.nodeName !== 'svg') return null;
  svg.querySelectorAll('script').forEach((s) => s.remove());
  svg.querySelector(':scope > rect')?.remove();
  svg.querySelector('#legend')?.remove();
  svg.removeAttribute('font-family');
  return document.importNode(svg, true);
}

const HELP =
  'Call graph. Tab goes from function to function, Enter selects, plus and minus zoom, arrows ' +
  'move.';

function Drawing({ data, about, selected, onToggle, onMenu, re }) {
  const box = useRef();
  const live = useRef({ k: 1, x: 0, y: 0 });
  const svg = useMemo(() => adopt(data.svg), [data]);
  const s = live.current;
  const place = () => {
    svg.style.transform = `translate(${s.x}px, ${s.y}px) scale(${s.k})`;
  };
  const fit = (least) => {
    const [, , w, h] = svg.getAttribute('viewBox').split(' ').map(Number);
    const r = box.current.getBoundingClientRect();
    s.k = clamp(Math.min(r.width / w, r.height / h), least, 1);
    s.x = (r.width - w * s.k) / 2;
    s.y = 0;
    if (w * s.k > r.width || h * s.k > r.height) {
      // not all is in sight: begin at the heaviest function
      let top = 0;
      data.nodes.forEach((node, i) => {
        if (Math.abs(node[4]) > Math.abs(data.nodes[top][4])) top = i;
      });
      const at = svg.querySelector(`#node${top + 1}`)?.getBBox();
      if (at) s.x = r.width / 2 - (at.x + at.width / 2) * s.k;
      if (at) s.y = Math.min(8, r.height / 3 - at.y * s.k);
    }
    place();
  };
  const zoomAt = (factor, px, py) => {
    const k = clamp(s.k * factor, 0.05, 10);
    s.x = px - ((px - s.x) * k) / s.k;
    s.y = py - ((py - s.y) * k) / s.k;
    s.k = k;
    place();
  };
  useEffect(() => {
    if (!svg) return undefined;
    // What is left of the page's own coordinates: without the legend the drawing starts higher.
    const inner = svg.querySelector('#graph0');
    inner?.setAttribute('transform', 'translate(0,0)');
    const [, , w, h] = svg.getAttribute('viewBox').split(' ').map(Number);
    box.current.replaceChildren(svg);
    const real = inner?.getBBox();
    const size =
      real && real.width
        ? [Math.ceil(real.x + real.width + 24), Math.ceil(real.y + real.height + 24)]
        : [w, h];
    svg.setAttribute('viewBox', `0 0 ${size[0]} ${size[1]}`);
    svg.setAttribute('width', size[0]);
    svg.setAttribute('height', size[1]);
    svg.setAttribute('role', 'group');
    data.nodes.forEach((node, i) => {
      const g = svg.querySelector(`#node${i + 1}`);
      if (!g) return;
      g.setAttribute('tabindex', '0');
      g.setAttribute('role', 'button');
      g.setAttribute(
        'aria-label',
        `${node[0]}: ${node[5]} of ${node[6]} (${percent(node[4], about.total)})`,
      );
      g.dataset.at = i;
    });
    fit(0.6);
    return undefined;
  }, [svg]);
  useEffect(() => {
    data.nodes.forEach((node, i) => {
      const g = svg?.querySelector(`#node${i + 1}`);
      if (!g) return;
      g.classList.toggle('selected', selected.has(node[1] || node[0]));
      g.classList.toggle('found', !!re && re.test(node[0]));
      g.setAttribute('aria-pressed', selected.has(node[1] || node[0]));
    });
  }, [svg, selected, re]);

  const drag = useRef(null);
  const nodeOf = (e) => {
    const g = e.target.closest?.('[data-at]');
    return g ? data.nodes[g.dataset.at] : null;
  };
  const pinch = usePinch(box, (factor, x, y, dx, dy) => {
    zoomAt(factor, x, y);
    s.x += dx;
    s.y += dy;
    place();
  });
  const down = (e) => {
    if (e.button) return;
    if (pinch.down(e)) {
      drag.current = null;
      return;
    }
    drag.current = { x: e.clientX, y: e.clientY, ox: s.x, oy: s.y, moved: false, node: nodeOf(e) };
    box.current.setPointerCapture(e.pointerId);
  };
  const move = (e) => {
    const d = drag.current;
    if (pinch.move(e) || !d) return;
    if (Math.abs(e.clientX - d.x) + Math.abs(e.clientY - d.y) > 4) d.moved = true;
    if (d.moved) {
      s.x = d.ox + e.clientX - d.x;
      s.y = d.oy + e.clientY - d.y;
      place();
    }
  };
  const up = (e) => {
    const d = drag.current;
    drag.current = null;
    if (!pinch.up(e) && d && !d.moved && d.node) onToggle(d.node[1] || d.node[0]);
  };
  useEffect(() => {
    const wheel = (e) => {
      e.preventDefault();
      const r = box.current.getBoundingClientRect();
      zoomAt(e.deltaY < 0 ? 1.1 : 1 / 1.1, e.clientX - r.left, e.clientY - r.top);
    };
    const b = box.current;
    b.addEventListener('wheel', wheel, { passive: false });
    return () => b.removeEventListener('wheel', wheel);
  });
  const key = (e) => {
    const r = box.current.getBoundingClientRect();
    const node = nodeOf(e);
    const steps = {
      ArrowLeft: [60, 0],
      ArrowRight: [-60, 0],
      ArrowUp: [0, 60],
      ArrowDown: [0, -60],
    };
    if (e.key === '+' || e.key === '=') zoomAt(1.25, r.width / 2, r.height / 2);
    else if (e.key === '-') zoomAt(0.8, r.width / 2, r.height / 2);
    else if (e.key === '0') fit(0.05);
    else if (steps[e.key]) {
      s.x += steps[e.key][0];
      s.y += steps[e.key][1];
      place();
    } else if (node && (e.key === 'Enter' || e.key === ' ')) onToggle(node[1] || node[0]);
    else if (node && (e.key === 'ContextMenu' || e.key === 'm')) {
      const at = e.target.getBoundingClientRect();
      onMenu(node, [at.left, at.bottom]);
    } else return;
    e.preventDefault();
  };
  return html`<div class="graph-box" ref=${box} tabindex="0" role="group" onKeyDown=${key}
    aria-label=${HELP}
    onPointerDown=${down} onPointerMove=${move} onPointerUp=${up}
      onPointerCancel=${(e) => {
        pinch.up(e);
        drag.current = null;
      }}
    onContextMenu=${(e) => {
      const n = nodeOf(e);
      if (n) {
        e.preventDefault();
        onMenu(n, [e.clientX, e.clientY]);
      }
    }}
    onDblClick=${(e) => nodeOf(e) || fit(0.05)}></div>`;
}

const note = (is, text) => (is ? html` <small>(${text})</small>` : '');

const columns = (data, about) => [
  { key: 'weight', title: 'Weight', className: 'num', sort: (e) => e[2], cell: (e) => e[3] },
  { key: 'share', title: 'Share', className: 'num', cell: (e) => percent(e[2], about.total) },
  {
    key: 'from',
    title: 'Caller',
    sort: (e) => data.nodes[e[0]][0],
    cell: (e) => data.nodes[e[0]][0],
  },
  {
    key: 'to',
    title: 'Callee',
    sort: (e) => data.nodes[e[1]][0],
    cell: (e) =>
      html`${data.nodes[e[1]][0]}${note(e[4], 'inlined')}${note(e[5], 'over others')}`,
  },
];

export function Graph() {
  const url = useURL();
  const state = useData('graph');
  useReport(state);
  const tell = useSelection();
  const [selected, setSelected] = useState(new Set());
  const [at, setAt] = useState(null);
  const re = expression(url.get('q'));
  useEffect(() => {
    setSelected(new Set());
    tell([]);
  }, [state.data]);
  const toggle = (name) => {
    const next = new Set(selected);
    if (!next.delete(name)) next.add(name);
    setSelected(next);
    tell([...next]);
  };
  if (!state.data)
    return html`<${Waiting} state=${state} what=${'Laying out …'} />`;
  const { data, about } = state;
  const table = url.get('as') === 'table';
  const by = url.get('by') || 'weight';
  return html`<main class="page graph">
    <div class="tools" role="toolbar" aria-label="Graph">
      <label class="choice">As <select value=${table ? 'table' : 'picture'}
        onChange=${(e) => change({ as: e.target.value === 'table' ? 'table' : null })}>
        <option value="picture" selected=${!table}>picture</option><option value="table"
          selected=${table}>table of calls</option></select></label>
      <${Menu} title="Save picture"><${Item} title="SVG"
        onClick=${() => save('graph.svg', 'image/svg+xml', data.svg)} /><//>
      <span class="hint">${data.nodes.length} functions, ${data.edges.length} calls. Drag moves,
        the wheel zooms, a click selects.</span>
    </div>
    ${
      data.nodes.length === 0
        ? html`<p class="nothing">No functions: the profile is empty, or the filters leave
            nothing.</p>`
        : table
          ? html`<${Table} label="Calls" columns=${columns(data, about)} by=${by}
            onSort=${(k) => change({ by: nextOrder(by, k) })}
        rows=${sortRows(
          data.edges.filter(
            (e) => !re || re.test(data.nodes[e[0]][0]) || re.test(data.nodes[e[1]][0]),
          ),
          columns(data, about),
          by,
        )} />`
          : html`<${Drawing} data=${data} about=${about} selected=${selected} onToggle=${toggle}
            re=${re}
        onMenu=${(node, where) => setAt({ name: node[1] || node[0], where })} />`
    }
    ${at && html`<${FunctionMenu} at=${at.where} name=${at.name} onClose=${() => setAt(null)} />`}
  </main>`;
}
