// Source and disassembly.
import { useState } from 'preact/hooks';
import {
  Waiting,
  html,
  change,
  expression,
  percent,
  useData,
  useReport,
  useURL,
} from './util.js';

const hot = (text) => (text ? 'num hot' : 'num');

function Weights({ of, about }) {
  return html`<p>flat <b>${of.texts[0] || '0'}</b>, cum <b>${of.texts[1] || '0'}</b>
    ${' '}(${percent(of.cum, about.total)} of the total)</p>`;
}

function Instruction({ i, before }) {
  const calls = i[6];
  const old = before ? before[6] : [];
  let same = 0;
  while (
    same < calls.length &&
    same < old.length &&
    calls[same][0] === old[same][0] &&
    calls[same][1] === old[same][1]
  )
    same++;
  const base = (f) => f.split('/').pop();
  const gap = html`<tr class="gap"><td colspan="3"></td><td class="code">⋮</td></tr>`;
  return html`${i[5] ? gap : ''}
    ${calls.slice(same).map(
      (c, n) => html`<tr class="call"><td colspan="2"></td><td class="num">${c[1]}</td>
      <td class="code"><span
        style=${{ paddingLeft: (same + n + 1) * 2 + 'ch' }}>inlined: ${base(c[0])}:${c[1]}</span>
        </td></tr>`,
    )}
    <tr class="asm"><td class=${hot(i[0])}>${i[0]}</td><td class="num">${i[1]}</td><td
      class="num faint">${i[2]}</td>
      <td class="code"><span
        style=${{ paddingLeft: (calls.length + 1) * 2 + 'ch' }}>${i[3]}</span>${i[4] && html`<span
          class="place">${i[4]}</span>`}</td></tr>`;
}

function Line({ line, forced }) {
  const [opened, set] = useState(null);
  const code = line[4];
  const open = code && (opened ?? forced);
  const text =
    line[3] === null
      ? line[0]
        ? '(this line of the source is not here)'
        : '(line not known)'
      : line[3];
  const cells = html`<td class=${hot(line[1])}>${line[1]}</td><td class="num">${line[2]}</td><td
    class="num faint">${line[0] || ''}</td>`;
  if (!code)
    return html`<tr class=${line[2] ? '' : 'idle'}>${cells}<td class="code">${text}</td></tr>`;
  return html`<tr class="opens" onClick=${() => set(!open)}>${cells}
      <td class="code"><button class="line" aria-expanded=${!!open}>${text || ' '}</button></td>
      </tr>
    ${open && code.map((i, n) => html`<${Instruction} i=${i} before=${code[n - 1]} />`)}`;
}

function Function({ f, about, forced }) {
  return html`<section class="function"><h2>${f.name}</h2>
    <p class="faint file">${f.file || '(no source file is known)'}</p>
    ${f.trouble && html`<p class="warning">${f.trouble}</p>`}
    <${Weights} of=${f} about=${about} />
    <div class="code-box" tabindex="0" role="region" aria-label=${'Source of ' + f.name}><table
      class="source" aria-label=${f.name}>
      <thead><tr><th class="num" scope="col">Flat</th><th class="num" scope="col">Cum</th><th
        class="num" scope="col">Line</th><th scope="col">Source</th></tr></thead>
      <tbody>${f.lines.map((l) => html`<${Line} line=${l} forced=${forced} />`)}</tbody></table>
      </div></section>`;
}

export function Source() {
  const url = useURL();
  const state = useData('source');
  useReport(state);
  const forced = url.get('open') === 'all';
  const re = expression(url.get('q'));
  if (!state.data)
    return html`<${Waiting} state=${state} what=${'Reading binaries and sources …'} />`;
  const { data, about } = state;
  const list = data.functions.filter((f) => !re || re.test(f.name) || re.test(f.file));
  return html`<main class="page flow">
    <div class="tools"><button aria-pressed=${forced}
      onClick=${() => change({ open: forced ? null : 'all' })}>
      ${forced ? 'Hide' : 'Show'} all instructions</button>
      <span class="hint">A click on a line shows its instructions and inlined calls.
        ${url.get('f') ? '' : ' The heaviest functions are shown; search for others.'}</span></div>
    ${list.map((f) => html`<${Function} key=${f.name + f.file} f=${f} about=${about}
      forced=${forced} />`)}
    ${list.length === 0 && html`<p class="nothing">No function to show.</p>`}
    ${data.leftOut > 0 && html`<p
      class="hint">${data.leftOut} more functions match; a narrower expression shows them.</p>`}
  </main>`;
}

// --- disassembly ---

function Routine({ r, about }) {
  return html`<section class="function"><h2>${r.name}</h2>
    ${r.others.length > 0 && html`<p class="faint">also ${r.others.join(', ')}</p>`}
    <${Weights} of=${r} about=${about} />
    <div class="code-box" tabindex="0" role="region" aria-label=${'Instructions of ' + r.name}>
    <table class="source disasm" aria-label=${r.name}>
      <thead><tr><th class="num" scope="col">Flat</th><th class="num" scope="col">Cum</th><th
        class="num" scope="col">Address</th><th scope="col">Instruction</th><th
          scope="col">Comes from</th></tr></thead>
      <tbody>${r.lines.map((l, n) => {
        const before = r.lines[n - 1];
        const changed = !before || before[4] !== l[4] || before[5] !== l[5];
        return html`<tr class=${l[1] ? '' : 'idle'}><td class=${hot(l[0])}>${l[0]}</td><td
          class="num">${l[1]}</td><td class="num faint">${l[2]}</td>
          <td class="code">${l[3]}</td><td
            class="code faint">${changed ? [l[4], l[5]].filter(Boolean).join(' ') : ''}</td></tr>`;
      })}</tbody></table></div></section>`;
}

export function Disasm() {
  const url = useURL();
  const state = useData('disasm');
  useReport(state);
  const re = expression(url.get('q'));
  if (!state.data)
    return html`<${Waiting} state=${state} what=${'Disassembling …'} />`;
  const list = state.data.routines.filter((r) => !re || re.test(r.name));
  return html`<main class="page flow">
    ${!url.get('f') && html`<p
      class="hint">The heaviest functions are shown; search for others.</p>`}
    ${list.map((r) => html`<${Routine} key=${r.name} r=${r} about=${state.about} />`)}
    ${list.length === 0 && html`<p class="nothing">No function to show.</p>`}
  </main>`;
}
