// Labels: each key with its values; a click filters by it.
import {
  Waiting,
  html,
  address,
  expression,
  follow,
  grouped,
  percent,
  quoted,
  useData,
  useReport,
  useURL,
  viewAddress,
} from './util.js';

function filter(key, value) {
  const number = `${value[4]}${key.unit}`;
  return `${key.key}=${value[4] === null ? `^${quoted(value[0])}$` : `${number}:${number}`}`;
}

function Link({ to, children, title }) {
  return html`<a href=${to} title=${title} onClick=${(e) => follow(e, to)}>${children}</a>`;
}

function Key({ k, about, re }) {
  const values = k.values.filter((v) => !re || re.test(v[0]) || re.test(k.key));
  if (!values.length) return null;
  const frames = { tagroot: k.key };
  return html`<section class="label-key">
  <h2>${k.key} <small>${k.sumText} (${percent(k.sum, about.total)})</small></h2>
    <p class="hint"><${Link}
      to=${viewAddress('flamegraph', frames)}>Flame graph with it at the root</${Link}></p>
    <table aria-label=${'Values of ' + k.key}><thead><tr><th class="num" scope="col">Weight</th><th
      class="num" scope="col">Share</th>
      <th class="num" scope="col">Samples</th><th scope="col">Value</th><th scope="col">Filter</th>
      </tr></thead><tbody>
      ${values.map(
        (
          v,
        ) => html`<tr><td class="num"><span class="bar"
          style=${{ '--share': Math.min(1, Math.abs(v[1] / (about.total || 1))) }}>${v[2]}</span>
          </td>
        <td class="num">${percent(v[1], about.total)}</td><td
          class="num">${grouped(v[3])}</td><th scope="row">${v[0] || '(empty)'}</th>
        <td><${Link} to=${address('labels', { tf: filter(k, v) })}>only</${Link}> <${Link}
          to=${address('labels', { ti: filter(k, v) })}>without</${Link}> <${Link}
            to=${viewAddress('flamegraph', { tf: filter(k, v) })}>flame graph</${Link}></td></tr>`,
      )}
    </tbody></table>
    ${k.leftOut > 0 && html`<p
      class="hint">${grouped(k.leftOut)} more values.</p>`}</section>`;
}

export function Labels() {
  const url = useURL();
  const state = useData('labels');
  useReport(state);
  const re = expression(url.get('q'));
  if (!state.data)
    return html`<${Waiting} state=${state} what=${'Summing …'} />`;
  const clear = url.get('tf') || url.get('ti');
  return html`<main class="page flow">
    ${clear && html`<div class="tools"><button
      onClick=${(e) => follow(e, address('labels', { tf: null, ti: null }))}>
      Show all samples</button></div>`}
    ${state.data.keys.map((k) => html`<${Key} key=${k.key} k=${k} about=${state.about} re=${re}
      />`)}
    ${state.data.keys.length === 0 && html`<p class="nothing">The samples carry no labels.</p>`}
  </main>`;
}
