// The frame around the views: title, menus, search, messages, keys.
import { render } from 'preact';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import {
  Header,
  address,
  awaitFirstData,
  change,
  exactly,
  expression,
  follow,
  go,
  html,
  known,
  params,
  post,
  save,
  useURL,
  viewAddress,
  viewOf,
} from './util.js';
import { Dialog, Item, Menu, refinements } from './menu.js';
import { Flame } from './flame.js';
import { Graph } from './graph.js';
import { Peek, Top } from './top.js';
import { Disasm, Source } from './code.js';
import { Labels } from './labels.js';
import { Goroutines } from './goroutines.js';
import { Live } from './live.js';

const VIEWS = {
  top: Top,
  graph: Graph,
  flamegraph: Flame,
  peek: Peek,
  source: Source,
  disasm: Disasm,
  labels: Labels,
  goroutines: Goroutines,
  live: Live,
};
const views = known.views.filter((v) => v.there);
const OPTIONS = new Map(known.options.map((o) => [o.url, o]));

// --- menus ---

// What is typed or selected goes along to views that are about one function.
function taken(to, from, re) {
  if (!re) return {};
  if (['peek', 'source', 'disasm'].includes(to)) return { f: re };
  return to === 'flamegraph' && from !== to ? { p: re } : {};
}

function ViewMenu({ view, re }) {
  return html`<${Menu} title="View">${views.map(
    (v) => html`<${Item} title=${v.title} hint=${v.help} current=${v.path === view}
      to=${viewAddress(v.path, taken(v.path, view, re))} />`,
  )}<//>`;
}

function SampleMenu({ url, view }) {
  const si = url.get('si') || known.type;
  const now = /^\d+$/.test(si) ? known.types[si] : si;
  return html`<${Menu} title="Sample">${known.types.map(
    (t) => html`<${Item} title=${t} current=${t === now}
    to=${address(view, { si: t, z: null, x: null })} />`,
  )}<//>`;
}

function RefineMenu({ view, re, url }) {
  const cut = [...OPTIONS.keys()].filter(
    (k) =>
      ['f', 'i', 'h', 's', 'sf', 'prunefrom', 'tf', 'ti', 'ts', 'th'].includes(k) && url.get(k),
  );
  const none = Object.fromEntries(
    ['f', 'i', 'h', 's', 'sf', 'prunefrom', 'tf', 'ti', 'ts', 'th', 'p', 'z', 'x', 'q'].map((k) => [
      k,
      null,
    ]),
  );
  return html`<${Menu} title="Refine">
    ${!re && html`<div class="popup-title">Type an expression or select something first</div>`}
    ${refinements(re).map(([title, key, value, hint]) => html`<${Item} title=${title} hint=${hint}
      disabled=${!re} to=${re && viewAddress(view, { [key]: value, q: null, z: null, x: null })}
        />`)}
    <hr />
    ${cut.map((k) => html`<${Item} title=${`Without ${OPTIONS.get(k).name}`} hint=${url.get(k)}
      to=${address(view, { [k]: null, z: null, x: null })} />`)}
    <${Item} title="Reset" hint="no filters" to=${address(view, none)} /><//>`;
}

function sameConfig(url, config) {
  const names = known.options.filter((o) => o.saved).map((o) => o.url);
  return names.every((n) => (url.get(n) ?? defaultOf(n)) === (config[n] ?? defaultOf(n)));
}

const defaultOf = (name) => {
  const o = OPTIONS.get(name);
  return o.kind === 'bool' ? o.value[0] : o.value;
};

function configAddress(view, config) {
  const next = {};
  for (const o of known.options)
    if (o.saved)
      next[o.url] = o.url in config && config[o.url] !== defaultOf(o.url) ? config[o.url] : null;
  return address(view, { ...next, z: null, x: null });
}

function ConfigMenu({ view, url, configs, onSave, onDelete, onOptions }) {
  return html`<${Menu} title="Config">
    <${Item} title="Options ..." hint="granularity, units, limits" onClick=${onOptions} />
    <${Item} title="Save as ..." onClick=${onSave} /><hr />
    <${Item} title="Default" current=${sameConfig(url, {})} to=${configAddress(view, {})} />
    ${configs.map(
      (
        c,
      ) => html`<div class="pair"><${Item} title=${c.name} current=${sameConfig(url, c.params)}
        to=${configAddress(view, c.params)} />
      <button class="quiet" aria-label=${`Delete ${c.name}`}
        onClick=${() => onDelete(c.name)}>✕</button></div>`,
    )}<//>`;
}

function DownloadMenu({ url }) {
  const moment = ['m', 'mb']
    .filter((k) => url.get(k))
    .map((k) => `${k}=${url.get(k)}`)
    .join('&');
  const saveJSON = async () => {
    const reply = await fetch(`data/${viewOf()}${location.search}`);
    save(`${viewOf()}.json`, 'application/json', await reply.text());
  };
  return html`<${Menu} title="Download">
    <a role="menuitem" href=${'download' + (moment ? '?' + moment : '')} download="profile.pb.gz">
    <span>Profile</span><small>profile.pb.gz</small></a>
    <${Item} title="This view as JSON" onClick=${saveJSON} /><//>`;
}

// --- dialogs ---

function SaveDialog({ configs, onClose, onDone }) {
  const [name, set] = useState('');
  const [trouble, setTrouble] = useState('');
  const send = async (e) => {
    e.preventDefault();
    const q = params();
    q.set('config', name);
    try {
      await post('saveconfig?' + q);
      onDone();
      onClose();
    } catch (error) {
      setTrouble(error.message);
    }
  };
  return html`<${Dialog} title="Save configuration as" onClose=${onClose}><form onSubmit=${send}>
    <label>Name <input autofocus list="config-names" value=${name}
      onInput=${(e) => set(e.target.value)} /></label>
    <datalist id="config-names">${configs.map((c) => html`<option value=${c.name} />`)}</datalist>
    <p class="hint">Options and filters of this address are kept in the settings file that
      google/pprof uses too.</p>
    ${trouble && html`<p class="warning" role="alert">${trouble}</p>`}
    <p class="buttons"><button type="submit" class="primary" disabled=${!name}>Save</button></p>
    </form><//>`;
}

function DeleteDialog({ name, onClose, onDone }) {
  const [trouble, setTrouble] = useState('');
  const send = async () => {
    try {
      const reply = await fetch('deleteconfig?config=' + encodeURIComponent(name), {
        method: 'DELETE',
      });
      if (!reply.ok) throw new Error(await reply.text());
      onDone();
      onClose();
    } catch (error) {
      setTrouble(error.message);
    }
  };
  return html`<${Dialog} title="Delete configuration" onClose=${onClose}>
    <p>Delete “${name}”?</p>
    ${trouble && html`<p class="warning" role="alert">${trouble}</p>`}
    <p class="buttons"><button onClick=${send} class="primary">Delete</button></p><//>`;
}

function OptionsDialog({ onClose }) {
  const [values, set] = useState(
    Object.fromEntries(known.options.map((o) => [o.url, params().get(o.url) ?? defaultOf(o.url)])),
  );
  const shown = known.options.filter((o) => o.url !== 'si');
  const apply = (e) => {
    e.preventDefault();
    const next = { z: null, x: null };
    for (const o of shown) next[o.url] = values[o.url] === defaultOf(o.url) ? null : values[o.url];
    change(next);
    onClose();
  };
  const field = (o) => {
    const put = (v) => set({ ...values, [o.url]: v });
    if (o.kind === 'bool')
      return html`<input type="checkbox" id=${'o-' + o.url}
        checked=${/^(t|true|1|y|yes)$/i.test(values[o.url])}
          onChange=${(e) => put(e.target.checked ? 't' : 'f')} />`;
    if (o.choices)
      return html`<select id=${'o-' + o.url} value=${values[o.url]}
        onChange=${(e) => put(e.target.value)}>
      <option value=${o.value}
        selected=${values[o.url] === o.value}>${o.value || '(default)'}</option>${o.choices
        .split(' ')
        .filter((c) => c !== o.value)
        .map(
          (c) => html`<option value=${c} selected=${values[o.url] === c}>${c}</option>`,
        )}</select>`;
    return html`<input id=${'o-' + o.url} value=${values[o.url]}
      onInput=${(e) => put(e.target.value)} />`;
  };
  return html`<${Dialog} title="Options" onClose=${onClose} wide=${true}><form onSubmit=${apply}
    class="options">
    ${shown.map((o) => html`<div class="option"><label
      for=${'o-' + o.url}>${o.name.replace(/_/g, ' ')}</label>${field(o)}<small>${o.help}</small>
      </div>`)}
    <p class="buttons"><button type="submit" class="primary">Apply</button></p></form><//>`;
}

const KEYS = [
  [
    'Everywhere',
    [
      ['?', 'this list'],
      ['/', 'search'],
      ['1 … 9', 'the views, in the order of the menu'],
      ['t', 'picture or table'],
      ['Escape', 'close, or leave the search'],
    ],
  ],
  [
    'Flame graph',
    [
      ['arrows', 'from box to box'],
      ['Enter', 'what a click does'],
      ['p, z', 'pivot, zoom'],
      ['+, −, 0', 'zoom in, out, all'],
      ['a, e', 'move left, right'],
      ['m', 'actions on the box'],
      ['space', 'select, for the menus'],
      ['Escape', 'show all'],
    ],
  ],
  [
    'Graph',
    [
      ['Tab', 'from function to function'],
      ['Enter', 'select'],
      ['+, −, 0', 'zoom in, out, fit'],
      ['arrows', 'move'],
      ['m', 'actions on the function'],
    ],
  ],
  [
    'Tables',
    [
      ['↑ ↓ Page Home End', 'from row to row'],
      ['space', 'select'],
      ['Enter', 'show the source'],
      ['Shift F10', 'actions on the row'],
    ],
  ],
];

function KeysDialog({ onClose }) {
  return html`<${Dialog} title="Keys" onClose=${onClose} wide=${true}><div class="keys">${KEYS.map(
    ([title, list]) => html`<section><h3>${title}</h3>
    <dl>${list.map(([k, what]) => html`<dt><kbd>${k}</kbd></dt><dd>${what}</dd>`)}</dl></section>`,
  )}</div>
    <p class="hint">Flame graph: a click pivots, Shift and a click zooms (or the other way round, by
      the toolbar); Ctrl and the wheel zoom, dragging moves, the right button lists actions.</p>
    <//>`;
}

// --- the frame ---

const SEARCH_HELP =
  'Marks what matches. Enter: in the flame graph all stacks through it, elsewhere only stacks ' +
  'through it.';

function Search({ url, view }) {
  const input = useRef();
  const [text, set] = useState(url.get('q') || '');
  const timer = useRef();
  useEffect(() => set(url.get('q') || ''), [url.get('q')]);
  const type = (e) => {
    const value = e.target.value;
    set(value);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => change({ q: value }, true), 300);
  };
  const enter = (e) => {
    if (e.key === 'Escape') input.current.blur();
    if (e.key !== 'Enter' || !expression(text)) return;
    clearTimeout(timer.current);
    const by =
      view === 'flamegraph'
        ? { p: text, z: null, x: null }
        : ['goroutines', 'labels', 'live'].includes(view)
          ? { q: text }
          : { f: text };
    change(by.q ? by : { ...by, q: null });
  };
  const bad = text && !expression(text);
  return html`<input type="search" id="search" ref=${input} value=${text}
    placeholder="Search regexp" aria-label="Search regexp" aria-invalid=${!!bad}
    title=${bad ? 'This is no regular expression (yet).' : SEARCH_HELP}
    onInput=${type} onKeyDown=${enter} spellcheck="false" autocomplete="off" />`;
}

function Progress({ since }) {
  const [, tick] = useState(0);
  useEffect(() => {
    if (!since) return undefined;
    const timer = setInterval(() => tick((n) => n + 1), 250);
    return () => clearInterval(timer);
  }, [since]);
  const waited = since ? (Date.now() - since) / 1000 : 0;
  return html`<div class=${'progress' + (since ? ' busy' : '')}
    role="status">${waited > 0.7 ? `Working, ${waited.toFixed(1)} s` : ''}</div>`;
}

function Chips({ url, view }) {
  const list = known.options
    .filter((o) => url.get(o.url) && !['si', 'g'].includes(o.url))
    .map((o) => [o.url, o.name, url.get(o.url)]);
  if (url.get('p')) list.push(['p', 'pivot', url.get('p')]);
  if (url.get('mb')) list.push(['mb', 'compared with moment', url.get('mb')]);
  if (url.get('m')) list.push(['m', 'moment', url.get('m')]);
  if (!list.length) return null;
  return html`<div class="chips" aria-label="Filters and options in force">${list.map(
    ([k, name, v]) => html`<span class="chip"><b>${name.replace(/_/g, ' ')}</b> <span>${v}</span>
    <button class="quiet" aria-label=${`Without ${name}`}
      onClick=${() => change({ [k]: null, z: null, x: null })}>✕</button></span>`,
  )}</div>`;
}

function App() {
  const url = useURL();
  const view = VIEWS[viewOf()] ? viewOf() : known.view;
  const [head, setHead] = useState({ messages: [] });
  const [dialog, setDialog] = useState(null);
  const [details, setDetails] = useState(false);
  const [configs, setConfigs] = useState(known.configs);
  const tell = useCallback((more) => setHead((old) => ({ ...old, ...more })), []);
  const typed = url.get('q');
  const re = expression(typed) ? typed : head.selected?.length ? exactly(head.selected) : '';
  const close = () => setDialog(null);
  const reload = async () => setConfigs(await (await fetch('data/configs')).json());
  const title = known.views.find((v) => v.path === view)?.title;
  useEffect(() => {
    document.title = `${known.file || known.source} ${title} - pprof`;
    tell({ selected: [] });
  }, [view]);
  useEffect(() => {
    const key = (e) => {
      if (
        e.ctrlKey ||
        e.metaKey ||
        e.altKey ||
        e.target.closest?.('input,select,textarea,dialog,[role=menu]')
      )
        return;
      const n = Number(e.key);
      if (e.key === '?') setDialog('keys');
      else if (e.key === '/') document.getElementById('search').focus();
      else if (e.key === 't') change({ as: params().get('as') === 'table' ? null : 'table' });
      else if (n >= 1 && n <= views.length && !e.defaultPrevented)
        go(viewAddress(views[n - 1].path));
      else return;
      e.preventDefault();
    };
    addEventListener('keydown', key);
    return () => removeEventListener('keydown', key);
  }, []);
  const View = VIEWS[view];
  const error = head.error || '';
  return html`<${Header.Provider} value=${tell}>
    <header class="top">
      <a class="brand" href="./">pprof</a>
      <nav aria-label="Menus"><${ViewMenu} view=${view} re=${re} />
        ${known.types.length > 1 && html`<${SampleMenu} url=${url} view=${view} />`}
        <${RefineMenu} view=${view} re=${re} url=${url} />
        <${ConfigMenu} view=${view} url=${url} configs=${configs} onSave=${() => setDialog('save')}
          onDelete=${(name) => setDialog({ name })} onOptions=${() => setDialog('options')} />
        <${DownloadMenu} url=${url} /></nav>
      <${Search} url=${url} view=${view} />
      <h1 class="view-name">${title}</h1>
      <button class="about" aria-expanded=${details} onClick=${() => setDetails(!details)}
        title="Details of the profile">${known.file || known.source.split('/').pop()}${' '}
        <span>${head.about?.type || url.get('si') || known.type}</span></button>
      ${known.doc && html`<a class="doc" href=${known.doc} target="_blank"
        rel="noopener noreferrer">Help ⤇</a>`}
      <button class="quiet" aria-label="Keys" title="Keys (?)"
        onClick=${() => setDialog('keys')}>?</button>
    </header>
    <${Progress} since=${head.since} />
    <${Chips} url=${url} view=${view} />
    ${details && html`<div class="details" id="details">
      ${(head.about?.lines || []).filter(Boolean).map((l) => html`<div>${l}</div>`)}
      ${known.comments.map((c) => html`<div class="faint">${c}</div>`)}</div>`}
    ${error && html`<div id="errors" class="error" role="alert">
    <b>This view cannot be made.</b> ${error}</div>`}
    ${!error && head.messages.length > 0 && html`<div id="errors" class="messages"
      role="status">${[...new Set(head.messages)].map((m) => html`<div>${m}</div>`)}</div>`}
    <${View} key=${view} />
    ${dialog === 'keys' && html`<${KeysDialog} onClose=${close} />`}
    ${dialog === 'save' && html`<${SaveDialog} configs=${configs} onClose=${close} onDone=${reload}
      />`}
    ${dialog === 'options' && html`<${OptionsDialog} onClose=${close} />`}
    ${dialog?.name && html`<${DeleteDialog} name=${dialog.name} onClose=${close} onDone=${reload}
      />`}
  <//>`;
}

export { follow };
await awaitFirstData();
render(html`<${App} />`, document.getElementById('app'));
