// The flame graph's page: toolbar, the words under it, picture or table.
import { useEffect, useMemo, useState } from 'preact/hooks';
import {
  NO_SAMPLES,
  Waiting,
  html,
  change,
  exactly,
  expression,
  percent,
  useDark,
  useData,
  usePrinting,
  useReport,
  useURL,
  words,
} from './util.js';
import { FunctionMenu, Item, Menu } from './menu.js';
import { Canvas } from './flame-canvas.js';
import { Colors, Picture } from './flame-draw.js';
import { Tree, matched, search } from './flame-model.js';
import { asSVG, saveHTML, savePNG, saveSVG } from './flame-save.js';
import { TreeTable } from './flame-table.js';
import { frameName, nodeWords, weightWords } from './flame-words.js';

function Choice({ label, name, value, options }) {
  return html`<label class="choice">${label} <select value=${value}
    onChange=${(e) => change({ [name]: e.target.value === options[0][0] ? null : e.target.value })}>
    ${options.map(([v, text]) => html`<option value=${v}
      selected=${v === value}>${text}</option>`)}</select></label>`;
}

// On paper: all rows, in light colours.
function Paper({ picture, mode, root, about }) {
  const svg = asSVG(picture, new Colors(mode, picture.down, false), root, about, 1000);
  return html`<div class="paper" dangerouslySetInnerHTML=${{ __html: svg }}></div>`;
}

export function Flame() {
  const printing = usePrinting();
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
    return html`<${Waiting} state=${state} what=${'Drawing …'} />`;
  const about = state.about;
  const found = flags && matched(picture.down, flags);
  const whole = flags ? '' : `${root}: ${weightWords(picture.down, 0, about)}`;
  const said = line ? nodeWords(line[0], line[1], about) : whole;
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
          onClick=${() => saveSVG(picture, colors, root, about)} />
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
      <span class="who">${said}</span>
      ${flags && html`<span class="found-sum">
        matched ${words(found, about)} (${percent(found, picture.down.weight[0])})</span>`}
    </div>
    ${
      empty
        ? html`<p class="nothing">${NO_SAMPLES}</p>`
        : url.get('as') === 'table'
          ? html`${
              picture.up &&
              html`<${TreeTable} tree=${picture.up} about=${about} flags=${flags} onAct=${act}
              onMenu=${menu} label="Callers" of="who calls it" />`
            }
            <${TreeTable} tree=${picture.down} about=${about} flags=${flags} onAct=${act}
              onMenu=${menu} label="Call tree" of="what it calls" />`
          : printing
            ? html`<${Paper} picture=${picture} mode=${mode} root=${root} about=${about} />`
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
