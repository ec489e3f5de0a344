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

// What a selection and the menus are about: the function, or what a nameless one is called.
const nameOf = (node) => node[1] || node[0];

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
      g.classList.toggle('selected', selected.has(nameOf(node)));
      g.classList.toggle('found', !!re && re.test(node[0]));
      g.setAttribute('aria-pressed', selected.has(nameOf(node)));
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
    if (!pinch.up(e) && d && !d.moved && d.node) onToggle(nameOf(d.node));
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
    } else if (node && (e.key === 'Enter' || e.key === ' ')) onToggle(nameOf(node));
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

// A function is [name, function, file, flat, cum, flat text, cum text].
const functionColumns = (about) => [
  { key: 'flat', title: 'Flat', className: 'num', sort: (n) => n[3], cell: (n) => n[5] },
  { key: 'flat-share', title: 'Share', className: 'num', cell: (n) => percent(n[3], about.total) },
  { key: 'cum', title: 'Cum', className: 'num', sort: (n) => n[4], cell: (n) => n[6] },
  { key: 'cum-share', title: 'Share', className: 'num', cell: (n) => percent(n[4], about.total) },
  { key: 'name', title: 'Function', sort: (n) => n[0], cell: (n) => n[0] },
];

const callColumns = (data, about) => [
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

const LABELS = [
  { key: 'label-weight', title: 'Weight', className: 'num', cell: (l) => l.weight },
  { key: 'label', title: 'Label', cell: (l) => l.text },
  { key: 'of', title: 'Function', cell: (l) => l.of },
];

// The drawing's small boxes below a function: "N1_0" for text, "NN1_0" for numbers.
function labelsOf(data) {
  const boxes = [...(adopt(data.svg)?.querySelectorAll('g.node[id*="_"]') || [])];
  return boxes.map((g) => ({
    of: data.nodes[/^N+(\d+)_/.exec(g.id)[1] - 1][0],
    text: [...g.querySelectorAll('text')].map((t) => t.textContent).join(' '),
    weight: g.querySelector('title').textContent,
  }));
}

// What the drawing shows, as tables: its boxes, its arrows, its labels.
function Tables({ data, about, re, by, selected, onToggle, onMenu }) {
  const functions = functionColumns(about);
  const calls = callColumns(data, about);
  const orderOf = (columns, usual) =>
    columns.some((c) => c.sort && c.key === by.replace(/^-/, '')) ? by : usual;
  const sorted = (rows, columns, usual) => sortRows(rows, columns, orderOf(columns, usual));
  const named = (e, i) => re.test(data.nodes[e[i]][0]);
  const order = (columns, usual) => ({
    by: orderOf(columns, usual),
    onSort: (k) => change({ by: nextOrder(orderOf(columns, usual), k) }),
  });
  const nodes = re ? data.nodes.filter((n) => re.test(n[0])) : data.nodes;
  const labels = useMemo(() => labelsOf(data), [data]);
  const edges = re ? data.edges.filter((e) => named(e, 0) || named(e, 1)) : data.edges;
  return html`<${Table} label="Functions" columns=${functions} ...${order(functions, 'cum')}
      rows=${sorted(nodes, functions, 'cum')} isSelected=${(n) => selected.has(nameOf(n))}
      onSelect=${(n) => onToggle(nameOf(n))} onMenu=${onMenu} />
    <${Table} label="Calls" columns=${calls} ...${order(calls, 'weight')}
      rows=${sorted(edges, calls, 'weight')} empty="No calls." />
    ${labels.length > 0 && html`<${Table} label="Labels" columns=${LABELS}
      rows=${re ? labels.filter((l) => re.test(l.of)) : labels} />`}`;
}

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
  const menu = (node, where) => setAt({ name: nameOf(node), where });
  return html`<main class="page graph">
    <div class="tools" role="toolbar" aria-label="Graph">
      <label class="choice">As <select value=${table ? 'table' : 'picture'}
        onChange=${(e) => change({ as: e.target.value === 'table' ? 'table' : null })}>
        <option value="picture" selected=${!table}>picture</option><option value="table"
          selected=${table}>tables</option></select></label>
      <${Menu} title="Save picture"><${Item} title="SVG"
        onClick=${() => save('graph.svg', 'image/svg+xml', data.svg)} /><//>
      <span class="hint">${data.nodes.length} functions, ${data.edges.length} calls.
        ${table ? '' : 'Drag moves, the wheel zooms, a click selects.'}</span>
    </div>
    ${
      data.nodes.length === 0
        ? html`<p class="nothing">No functions: the profile is empty, or the filters leave
            nothing.</p>`
        : table
          ? html`<${Tables} data=${data} about=${about} re=${re} by=${url.get('by') || ''}
            selected=${selected} onToggle=${toggle} onMenu=${menu} />`
          : html`<${Drawing} data=${data} about=${about} selected=${selected} onToggle=${toggle}
            re=${re}
            onMenu=${menu} />`
    }
    ${at && html`<${FunctionMenu} at=${at.where} name=${at.name} onClose=${() => setAt(null)} />`}
  </main>`;
}
