// The flame graph in one file: data, this script, and nothing else to fetch.
import { Colors, Picture, ROW, draw, palettes } from './flame-draw.js';
import { Tree, matched, search } from './flame-model.js';
import { percent, words } from './words.js';

const saved = JSON.parse(document.getElementById('flame').textContent);
const canvas = document.querySelector('canvas');
const line = document.getElementById('line');
const box = document.getElementById('search');
const dark = matchMedia('(prefers-color-scheme: dark)');
const down = new Tree(saved.data.frames, saved.data.down, saved.order);
const up = saved.data.up && new Tree(saved.data.frames, saved.data.up, saved.order);
const picture = new Picture(down, up, saved.flipped);
const state = { view: [0, 1], hover: null, flags: null };

function tell(tree, node) {
  const w = (v) => words(v, saved.about);
  const name = node ? tree.name(node) : 'all';
  const share = percent(tree.weight[node], saved.about.total);
  return `${name}: ${w(tree.weight[node])} (${share}), self ${w(tree.self[node])}`;
}

function paint() {
  const ratio = devicePixelRatio || 1;
  const width = document.body.clientWidth;
  const height = picture.rows * ROW;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  canvas.style.width = width + 'px';
  canvas.style.height = height + 'px';
  const ctx = canvas.getContext('2d');
  ctx.scale(ratio, ratio);
  draw(ctx, picture, {
    ...state,
    width,
    height,
    top: 0,
    root: saved.root,
    colors: new Colors(saved.color, down, dark.matches),
  });
  document.body.style.background = palettes[dark.matches ? 'dark' : 'light'].paper;
}

function under(e) {
  const r = canvas.getBoundingClientRect();
  const x = state.view[0] + ((e.clientX - r.left) / r.width) * (state.view[1] - state.view[0]);
  return picture.at(Math.floor((e.clientY - r.top) / ROW), x);
}

canvas.onmousemove = (e) => {
  state.hover = under(e);
  line.textContent = state.hover ? tell(state.hover.tree, state.hover.node) : '';
  paint();
};
canvas.onclick = (e) => {
  const hit = under(e);
  state.view =
    hit && hit.node ? [hit.tree.x[hit.node], hit.tree.x[hit.node] + hit.tree.w[hit.node]] : [0, 1];
  paint();
};
box.oninput = () => {
  let re = null;
  try {
    re = box.value ? new RegExp(box.value) : null;
  } catch {
    re = null;
  }
  state.flags = re && search(down.frames, re);
  line.textContent = re ? `matched ${percent(matched(down, state.flags), saved.about.total)}` : '';
  paint();
};
onresize = paint;
dark.onchange = paint;
paint();
