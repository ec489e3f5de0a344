// Top and peek.
import { useEffect, useMemo, useState } from 'preact/hooks';
import {
  NO_SAMPLES,
  Waiting,
  html,
  change,
  exactly,
  expression,
  follow,
  go,
  grouped,
  percent,
  useData,
  useReport,
  useSelection,
  useURL,
  viewAddress,
} from './util.js';
import { FunctionMenu } from './menu.js';
import { Table, nextOrder, sortRows } from './table.js';

const bar = (value, total, text) =>
  html`<span class="bar"
    style=${{ '--share': Math.min(1, Math.abs(value / (total || 1))).toFixed(4) }}>${text}</span>`;
const sign = (v) => (v < 0 ? 'less' : '');

export function Top() {
  const url = useURL();
  const state = useData('top');
  useReport(state);
  const tell = useSelection();
  const [selected, setSelected] = useState(new Set());
  const [at, setAt] = useState(null);
  const re = expression(url.get('q'));
  const by = url.get('by') || (url.get('sort') === 'cum' ? 'cum' : 'flat');
  useEffect(() => {
    setSelected(new Set());
    tell([]);
  }, [state.data]);
  const total = state.about?.total;
  const most = useMemo(
    () =>
      [2, 3].map((c) => (state.data?.rows || []).reduce((m, r) => Math.max(m, Math.abs(r[c])), 0)),
    [state.data],
  );
  const columns = useMemo(
    () => [
      {
        key: 'flat',
        title: 'Flat',
        className: 'num',
        sort: (r) => Math.abs(r[2]),
        cell: (r) => html`<span class=${sign(r[2])}>${bar(r[2], most[0], r[4])}</span>`,
      },
      { key: 'flatShare', title: 'Flat%', className: 'num', cell: (r) => percent(r[2], total) },
      { key: 'sum', title: 'Sum%', className: 'num extra', cell: (r) => percent(r.sum, total) },
      {
        key: 'cum',
        title: 'Cum',
        className: 'num',
        sort: (r) => Math.abs(r[3]),
        cell: (r) => html`<span class=${sign(r[3])}>${bar(r[3], most[1], r[5])}</span>`,
      },
      { key: 'cumShare', title: 'Cum%', className: 'num', cell: (r) => percent(r[3], total) },
      {
        key: 'name',
        title: 'Name',
        sort: (r) => r[0],
        cell: (r) =>
          html`<span title=${r[0]}>${r[0]}</span>${r[1] && html` <small>${r[1]}</small>`}`,
      },
    ],
    [total, most],
  );
  const rows = useMemo(() => {
    if (!state.data) return [];
    const list = state.data.rows.map((r) => r.slice());
    list.forEach((r, i) => {
      r.i = i;
    });
    const sorted = sortRows(list, columns, by);
    let sum = 0;
    for (const r of sorted) r.sum = sum += r[2];
    return sorted;
  }, [state.data, by, columns]);
  const shown = useMemo(
    () => (re ? rows.filter((r) => re.test(r[0])) : rows),
    [rows, url.get('q')],
  );
  const nameOf = (r) => r[6] || r[0];
  const toggle = (r) => {
    const next = new Set(selected);
    if (!next.delete(nameOf(r))) next.add(nameOf(r));
    setSelected(next);
    tell([...next]);
  };
  if (!state.data)
    return html`<${Waiting} state=${state} what=${'Counting …'} />`;
  return html`<main class="page">
    <div class="tools"><span class="hint">
      ${grouped(shown.length)}${re ? ` of ${grouped(rows.length)}` : ''} functions,
      total ${state.about.totalText}. A click selects, Enter shows the source.</span></div>
    <${Table} label="Functions by weight" columns=${columns} rows=${shown} by=${by}
      onSort=${(k) => change({ by: nextOrder(by, k) })}
      isSelected=${(r) => selected.has(nameOf(r))} onSelect=${toggle}
      onAct=${(r) => go(viewAddress('source', { f: exactly([nameOf(r)]) }))}
      onMenu=${(r, where) => setAt({ name: nameOf(r), where })}
      empty=${re ? 'No function matches the search.' : NO_SAMPLES} />
    ${at && html`<${FunctionMenu} at=${at.where} name=${at.name} onClose=${() => setAt(null)} />`}
  </main>`;
}

// --- peek ---

const MOST = 60;

function Edges({ list: sent, cum, what }) {
  const [all, setAll] = useState(false);
  const more = typeof sent[sent.length - 1] === 'number' ? sent[sent.length - 1] : 0;
  const list = more ? sent.slice(0, -1) : sent;
  const shown = all ? list : list.slice(0, MOST);
  return html`${shown.map(
    (e) => html`<tr class=${what}>
    <td class="num">${bar(e[1], cum, e[2])}</td><td class="num">${percent(e[1], cum)}</td>
    <th scope="row"><span class="indent">${what === 'caller' ? '↓' : '↳'} <a
      href=${viewAddress('peek', { f: exactly([e[4]]) })}
      onClick=${(x) => follow(x, x.currentTarget.getAttribute('href'))}>${e[0]}</a>
      ${e[3] ? html` <small>(inlined)</small>` : ''}</span></th></tr>`,
  )}
    ${list.length > shown.length && html`<tr><td></td><td></td><th scope="row"><button
      onClick=${() => setAll(true)}>${list.length - shown.length} more</button></th></tr>`}
    ${more > 0 && all && html`<tr><td></td><td></td><th scope="row">
    <small>and ${more} lighter ones</small></th></tr>`}`;
}

export function Peek() {
  const url = useURL();
  const state = useData('peek');
  useReport(state);
  const re = expression(url.get('q'));
  if (!state.data)
    return html`<${Waiting} state=${state} what=${'Looking up …'} />`;
  const { data, about } = state;
  const nodes = data.nodes.filter((n) => !re || re.test(n.name));
  return html`<main class="page flow">
    ${!url.get('f') && html`<p
      class="hint">The heaviest functions. Type an expression in the search box and press Enter to
      see some.</p>`}
    <table class="peek" aria-label="Callers and callees">
      <thead><tr><th class="num" scope="col">Weight</th><th class="num" scope="col">Of cum</th><th
        scope="col">Callers above, callees below</th></tr></thead>
      ${nodes.map(
        (n) => html`<tbody>
        <${Edges} list=${n.callers} cum=${n.cum} what="caller" />
        <tr class="node"><td class="num">${n.cumText}</td><td
          class="num">${percent(n.cum, about.total)}</td>
          <th scope="row"><a href=${viewAddress('source', { f: exactly([n.function]) })}
            onClick=${(x) => follow(x, x.currentTarget.getAttribute('href'))}>${n.name}</a>
          <small> flat ${n.flatText} (${percent(n.flat, about.total)})</small></th></tr>
        <${Edges} list=${n.callees} cum=${n.cum} what="callee" />
      </tbody>`,
      )}
    </table>
    ${nodes.length === 0 && html`<p class="nothing">Nothing matches.</p>`}
    ${data.leftOut > 0 && html`<p class="hint">${grouped(data.leftOut)} more functions match; a
      narrower expression shows them.</p>`}
  </main>`;
}
