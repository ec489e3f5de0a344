// The flame graph as a table: a call tree that opens.
import { useEffect, useMemo, useState } from 'preact/hooks';
import { html, percent, words } from './util.js';
import { Table } from './table.js';

export function TreeTable({ tree, about, flags, onAct, onMenu }) {
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
        tree.kids(i).length
          ? html`<button class="twist" aria-expanded=${open.has(i)}
            aria-label=${open.has(i) ? 'Close' : 'Open'}
        onClick=${() => toggle(i)}>${open.has(i) ? '▾' : '▸'}</button>`
          : html`<span class="twist"></span>`
      }
      ${i ? tree.name(i) : 'root'}${tree.inlined[i] ? html` <small>(inlined)</small>` : ''}</span>`,
    },
  ];
  return html`<${Table} label="Call tree" columns=${columns} rows=${rows}
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
