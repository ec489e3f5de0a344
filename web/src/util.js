// What all views share: the page's knowledge, its state in the URL, data, words for numbers.
import { h, createContext } from 'preact';
import { useContext, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import htm from 'htm';

export const html = htm.bind(h);

// --- what the page knows ---

const told = JSON.parse(document.getElementById('known').textContent);
// The first view's data; the server has begun to make it and has told the browser where it is.
const firstData = told.data && load(told.data);
if (firstData) firstData.catch(() => {}); // whoever shows the view says so

// While the profile is still being read the page has to ask for what depends on it.
async function learnLater() {
  const place = document.getElementById('app');
  const began = Date.now();
  const timer = setInterval(() => {
    const seconds = ((Date.now() - began) / 1000).toFixed(1);
    place.firstChild.textContent = `Reading the profile, ${seconds} s`;
  }, 500);
  try {
    return { ...(await load(told.later)), data: told.data };
  } catch (error) {
    place.firstChild.textContent = `This profile cannot be shown. ${inWords(error)}`;
    place.firstChild.setAttribute('role', 'alert');
    return new Promise(() => {}); // there will be nothing to draw
  } finally {
    clearInterval(timer);
  }
}

export const known = told.later ? await learnLater() : told;

// --- state: all of it is in the URL ---

// Parameters that only change how data is drawn; the server is not asked again for them.
const DRAWN = ['q', 'color', 'dir', 'as', 'by', 'x', 'click', 'sel', 'every', 'open'];
const FLAME = ['p', 'z', 'order'];
const listeners = new Set();

export const viewOf = () => location.pathname.split('/').pop() || 'flamegraph';
export const params = () => new URLSearchParams(location.search);

export function onNavigate(f) {
  listeners.add(f);
  return () => listeners.delete(f);
}

function tell() {
  for (const f of listeners) f();
}
addEventListener('popstate', tell);

// The address of a view with some parameters changed; '' and null take one away.
export function address(view, changes = {}, from = params()) {
  const next = new URLSearchParams(from);
  next.delete('config');
  for (const [key, value] of Object.entries(changes)) {
    if (value === '' || value === null || value === undefined) next.delete(key);
    else next.set(key, value);
  }
  const text = next.toString();
  return view + (text ? '?' + text : '');
}

// Another view starts without what only the old one understands.
export function viewAddress(view, changes = {}) {
  const gone = { sel: null, by: null, x: null, as: null, open: null };
  if (view !== 'flamegraph') for (const k of [...FLAME, 'dir', 'color', 'click']) gone[k] = null;
  return address(view, { ...gone, ...changes });
}

export function go(to, replace = false) {
  const next = new URL(to, location.href);
  if (next.href === location.href) return;
  history[replace ? 'replaceState' : 'pushState'](null, '', next);
  tell();
}

export const change = (changes, replace) => go(address(viewOf(), changes), replace);

export function useURL() {
  const [, set] = useState(0);
  useEffect(() => onNavigate(() => set((n) => n + 1)), []);
  return params();
}

// A link that stays on this page unless the user wants another tab.
export function follow(event, to) {
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
  event.preventDefault();
  go(to);
}

// --- data ---

export function dataQuery(view) {
  const q = params();
  for (const key of DRAWN) q.delete(key);
  if (view !== 'flamegraph') for (const key of FLAME) q.delete(key);
  q.sort();
  const text = q.toString();
  return text ? '?' + text : '';
}

const recent = new Map();

async function load(url, signal) {
  const reply = await fetch(url, { signal });
  const text = await reply.text();
  if (!reply.ok) throw new Error(text.trim() || `the server answered ${reply.status}`);
  return JSON.parse(text);
}

function inWords(error) {
  const gone = error instanceof TypeError;
  return gone ? 'pprof does not answer: it was ended, or is out of reach.' : error.message;
}

let early = firstData && { url: `data/${viewOf()}${dataQuery(viewOf())}`, answer: firstData };

// A page whose data comes within a few frames is drawn once, with it; else without it first.
const SOON_MS = 60;
export async function awaitFirstData() {
  if (!early) return;
  const got = early.answer.then((data) => early && (early.got = data)).catch(() => {});
  await Promise.race([got, new Promise((done) => setTimeout(done, SOON_MS))]);
}

function ask(url, signal) {
  const first = early?.url === url ? early.answer : null;
  early = null;
  return first || load(url, signal);
}

function keepRecent(url, value) {
  recent.set(url, value);
  if (recent.size > 8) recent.delete(recent.keys().next().value);
}

const withMessages = (got) => (got.about ? got : { data: got, messages: [] });

// What a view starts with: the first data, where it is there, or a wait for it.
function firstState(url) {
  if (early?.url !== url || !early.got) return { since: Date.now() };
  const value = withMessages(early.got);
  early = null;
  keepRecent(url, value);
  return { ...value, url };
}

// {data, about, messages, error, since}: since is set while waiting; the last picture stays.
export function useData(view, { keep = true, tick = 0 } = {}) {
  const url = `data/${view}${dataQuery(view)}`;
  const [state, set] = useState(() => firstState(url));
  const shown = useRef(state.url);
  useLayoutEffect(() => {
    const isShown = shown.current === url;
    shown.current = null;
    if (isShown) return undefined;
    if (keep && recent.has(url)) {
      set({ ...recent.get(url), url });
      return undefined;
    }
    const abort = new AbortController();
    set((old) => ({ ...old, error: null, since: Date.now() }));
    ask(url, abort.signal).then(
      (got) => {
        const value = withMessages(got);
        if (keep) keepRecent(url, value);
        set({ ...value, url });
      },
      (error) => {
        if (error.name === 'AbortError') return;
        set({ error: inWords(error) });
      },
    );
    return () => abort.abort();
  }, [url, tick]);
  return state;
}

export async function post(url) {
  const reply = await fetch(url, { method: 'POST' });
  const text = await reply.text();
  if (!reply.ok) throw new Error(text.trim());
  return text;
}

// --- what a view hands to the header ---

export const Header = createContext(null);

// Legend, messages, and what is selected, for the menus.
export function useReport(state) {
  const header = useContext(Header);
  useEffect(() => {
    header({
      about: state.about,
      messages: state.messages || [],
      error: state.error,
      since: state.since,
    });
  }, [state.about, state.messages, state.error, state.since]);
}

export const NO_SAMPLES = 'No samples: the profile is empty, or the filters leave nothing.';

// In place of a view whose data is not there yet.
export function Waiting({ state, what }) {
  return html`<main class="page"><p class="nothing">${state.error ? '' : what}</p></main>`;
}

export function useSelection() {
  const header = useContext(Header);
  return (names) => header({ selected: names });
}

export { words, percent, bytesWords, grouped, secondsWords } from './words.js';

export const quoted = (text) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
export const exactly = (names) => names.map((n) => `^${quoted(n)}$`).join('|');

// A typed expression, or null when it is none yet.
export function expression(text) {
  if (!text) return null;
  try {
    return new RegExp(text);
  } catch {
    return null;
  }
}

// --- files ---

export function save(name, type, content) {
  const blob = content instanceof Blob ? content : new Blob([content], { type });
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

// The size of an element, known before it is first drawn.
export function useSize(ref) {
  const [size, set] = useState([0, 0]);
  useLayoutEffect(() => {
    const measure = () => {
      const { clientWidth: w, clientHeight: h } = ref.current;
      set((old) => (old[0] === w && old[1] === h ? old : [w, h]));
    };
    const watch = new ResizeObserver(measure);
    measure();
    watch.observe(ref.current);
    return () => watch.disconnect();
  }, []);
  return size;
}

// True while the page is on its way to paper: everything has to be in it then.
export function usePrinting() {
  const [printing, set] = useState(false);
  useEffect(() => {
    const begin = () => set(true);
    const end = () => set(false);
    addEventListener('beforeprint', begin);
    addEventListener('afterprint', end);
    return () => {
      removeEventListener('beforeprint', begin);
      removeEventListener('afterprint', end);
    };
  }, []);
  return printing;
}

// Two fingers: onPinch(factor, x, y, dx, dy) with what they did since the last time, their middle
// in the element. Handlers return true when the event is the pinch's, and nobody else's.
export function usePinch(ref, onPinch) {
  const fingers = useRef(new Map()).current;
  const measure = () => {
    const [a, b] = [...fingers.values()];
    return { x: (a[0] + b[0]) / 2, y: (a[1] + b[1]) / 2, d: Math.hypot(a[0] - b[0], a[1] - b[1]) };
  };
  return {
    down(e) {
      fingers.set(e.pointerId, [e.clientX, e.clientY]);
      return fingers.size > 1;
    },
    move(e) {
      if (!fingers.has(e.pointerId)) return false;
      const old = fingers.size === 2 && measure();
      fingers.set(e.pointerId, [e.clientX, e.clientY]);
      if (!old) return fingers.size > 1;
      const now = measure();
      const r = ref.current.getBoundingClientRect();
      if (old.d > 0)
        onPinch(now.d / old.d, now.x - r.left, now.y - r.top, now.x - old.x, now.y - old.y);
      return true;
    },
    up(e) {
      const several = fingers.size > 1;
      fingers.delete(e.pointerId);
      return several;
    },
  };
}

export function useDark() {
  const query = matchMedia('(prefers-color-scheme: dark)');
  const [dark, set] = useState(query.matches);
  useEffect(() => {
    const f = () => set(query.matches);
    query.addEventListener('change', f);
    return () => query.removeEventListener('change', f);
  }, []);
  return dark;
}
