// Goroutines: who waits where, grouped; and what changed between two moments.
import { useMemo, useState } from 'preact/hooks';
import {
  Waiting,
  html,
  change,
  expression,
  grouped,
  secondsWords,
  useData,
  useReport,
  useURL,
} from './util.js';
import { nextOrder, sortRows } from './table.js';

const keyOf = (g) => g.state + '\n' + g.frames.map((f) => f.join(' ')).join('\n') + '\n' + g.by;
const text = (g) => `${g.state} ${g.by} ${g.frames.map((f) => f.join(' ')).join(' ')}`;

// Each group with its count before; groups that went have a count of 0.
function compare(now, before) {
  const old = new Map(before.groups.map((g) => [keyOf(g), g]));
  const list = now.groups.map((g) => {
    const was = old.get(keyOf(g));
    old.delete(keyOf(g));
    return { ...g, was: was ? was.count : 0 };
  });
  for (const g of old.values()) list.push({ ...g, was: g.count, count: 0 });
  return list;
}

const columns = [
  { key: 'count', title: 'Count', sort: (g) => g.count },
  { key: 'delta', title: 'Change', sort: (g) => g.count - (g.was ?? g.count) },
  { key: 'longest', title: 'Longest wait', sort: (g) => g.longest },
  { key: 'state', title: 'State', sort: (g) => g.state },
  { key: 'where', title: 'Where, and who started it', sort: (g) => g.frames[0]?.[0] || '' },
];

const delta = (g) => {
  const d = g.count - g.was;
  return d > 0 ? `+${d}` : d < 0 ? `\u2212${-d}` : '=';
};

// What a goroutine or thread waits in; who called it is what one looks for.
const WAITING =
  /^(runtime\.|sync\.|internal\/|syscall\.|__|pthread_|futex|poll$|epoll_|read$|accept)/;

function Group({ g, isDiff }) {
  const [open, set] = useState(false);
  const first = g.frames[0];
  const change = g.count < g.was ? 'less' : g.count > g.was ? 'more' : '';
  const user =
    g.frames.find(
      (f) => !WAITING.test(f[0]),
    ) || first;
  return html`<tr class="opens" onClick=${(e) => e.target.closest('a') || set(!open)}>
      <td class="num"><b>${g.count}</b></td>
      ${isDiff && html`<td class=${'num ' + change}>${delta(g)}</td>`}
      <td class="num">${secondsWords(g.longest)}</td><td>${g.state}</td>
      <th scope="row"><button class="line"
        aria-expanded=${open}>${user ? user[0] : '(no frames)'}</button>
        ${user !== first && first && html` <small>in ${first[0]}</small>`}
        ${g.by && html` <small>by ${g.by}</small>`}</th></tr>
    ${
      open &&
      html`<tr class="stack"><td colspan=${isDiff ? 5 : 4}><ol>${g.frames.map((f) => html`<li>
      <span>${f[0]}</span> <small>${f[1]}</small></li>`)}
      ${g.by && html`<li class="by">created by ${g.by} <small>${g.byAt}</small></li>`}</ol>
      <p class="faint">
        ids ${g.ids.join(', ')}${g.count > g.ids.length ? ', …' : ''}</p></td></tr>`
    }`;
}

export function Goroutines() {
  const url = useURL();
  const state = useData('goroutines', { keep: false });
  useReport(state);
  const re = expression(url.get('q'));
  const by = url.get('by') || (state.data?.before ? 'delta' : 'count');
  const isDiff = !!state.data?.before;
  const groups = useMemo(() => {
    if (!state.data) return [];
    const list = isDiff ? compare(state.data.now, state.data.before) : state.data.now.groups;
    return sortRows(list, columns, by);
  }, [state.data, by]);
  if (!state.data)
    return html`<${Waiting} state=${state} what=${'Reading the dump …'} />`;
  const states = [...new Set(groups.map((g) => g.state))].sort();
  const only = url.get('sel');
  const shown = groups.filter((g) => (!re || re.test(text(g))) && (!only || g.state === only));
  const sum = shown.reduce((n, g) => n + g.count, 0);
  const sorted = (c) => (by === c.key ? 'descending' : by === '-' + c.key ? 'ascending' : 'none');
  return html`<main class="page flow">
    <div class="tools">
      <label class="choice">State <select value=${only || ''}
        onChange=${(e) => change({ sel: e.target.value || null })}>
        <option value="">all</option>${states.map((s) => html`<option value=${s}
          selected=${s === only}>${s}</option>`)}</select></label>
      <span class="hint">${grouped(sum)} of ${grouped(state.data.now.total)} goroutines
        in ${grouped(shown.length)} ${shown.length === 1 ? 'group' : 'groups'}${isDiff ? ', compared with an earlier moment' : ''}.
      </span>
    </div>
    <table class="goroutines" aria-label="Goroutines, grouped"><thead><tr>${columns
      .filter((c) => isDiff || c.key !== 'delta')
      .map(
        (
          c,
        ) => html`<th scope="col"
          class=${['count', 'delta', 'longest'].includes(c.key) ? 'num' : ''}
            aria-sort=${sorted(c)}>
      <button onClick=${() => change({ by: nextOrder(by, c.key) })}>${c.title}<span
        aria-hidden="true">${{ descending: ' ↓', ascending: ' ↑', none: '' }[sorted(c)]}</span>
        </button></th>`,
      )}</tr></thead>
      <tbody>${shown.slice(0, 1000).map((g) => html`<${Group} key=${keyOf(g)} g=${g}
        isDiff=${isDiff} />`)}</tbody></table>
    ${shown.length > 1000 && html`<p
      class="hint">The first 1,000 groups are shown; search for others.</p>`}
    ${shown.length === 0 && html`<p class="nothing">No goroutine matches.</p>`}
  </main>`;
}
