// The flame graph as a table: a call tree that opens.
import { useEffect, useMemo, useState } from 'preact/hooks';
import { html, percent, words } from './util.js';
import { Table } from './table.js';
import { changeWords } from './flame-draw.js';

// A box's weights as columns; in a difference before, after and what lies between.
function weights(tree, about) {
  const net = (plus, minus) => (i) => plus[i] - (minus ? minus[i] : 0);
  const cell = (f) => (i) => words(f(i), about);
  const column = (key, title, f) => ({ key, title, className: 'num', cell: f });
  const total = net(tree.plus, tree.minus);
  const sides = [
    column('before', 'Before', (i) => words(tree.minus[i], about)),
    column('after', 'After', (i) => words(tree.plus[i], about)),
    column('change', 'Change', (i) => `${words(total(i), about)} ${changeWords(tree, i)}`),
  ];
  return [
    ...(tree.minus ? sides : [column('total', 'Total', cell(total))]),
    column('share', 'Share', (i) => percent(total(i), about.total)),
    column('self', 'Self', cell(net(tree.self, tree.selfMinus))),
  ];
}

// of: what stands below a function, "what it calls" or "who calls it".
export function TreeTable({ tree, about, flags, label, of, onAct, onMenu }) {
  const [open, setOpen] = useState(() => new Set(hotPath(tree)));
  useEffect(() => setOpen(new Set(hotPath(tree))), [tree]);
  const rows = useMemo(() => {
    const list = [];
    const stack = [0];
    while (stack.length) {
      const node = stack.pop();
      list.push(node);
      const kids = tree.kids(node);
      if (open.has(node)) for (let i = kids.length; i-- > 0;) stack.push(kids[i]);
    }
    return list;
  }, [tree, open]);
  const toggle = (node) => {
    const next = new Set(open);
    if (!next.delete(node)) next.add(node);
    setOpen(next);
  };
  const columns = [
    ...weights(tree, about),
    {
      key: 'name',
      title: `Function, with ${of} below it`,
      cell: (i) => html`<span style=${{ paddingLeft: tree.depth[i] * 14 + 'px' }}>
      ${
        tree.kids(i).length
          ? html`<button class="twist" aria-expanded=${open.has(i)}
            aria-label=${open.has(i) ? 'Close' : 'Open'}
        onClick=${() => toggle(i)}>${open.has(i) ? '▾' : '▸'}</button>`
          : html`<span class="twist"></span>`
      }
      ${i ? tree.name(i) : 'root'}${tree.inlined[i] ? html` <small>(inlined)</small>` : ''}</span>`,
    },
  ];
  return html`<${Table} label=${label} columns=${columns} rows=${rows}
    onSelect=${(i) => tree.kids(i).length > 0 && toggle(i)}
    onAct=${(i) => onAct({ tree, node: i }, false)}
    onMenu=${(i, at) => i && onMenu({ tree, node: i }, at)}
    rowClass=${(i) => (flags && i && flags[tree.frame[i]] ? 'found' : '')} />`;
}

function hotPath(tree) {
  const list = [0];
  for (let i = 0; i < 12 && tree.kids(list[i]).length; i++) list.push(tree.kids(list[i])[0]);
  return list;
}
