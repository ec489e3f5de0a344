// A box of the flame graph in words.
import { percent, words } from './util.js';
import { changeWords } from './flame-draw.js';

export function weightWords(tree, i, about) {
  if (!tree.minus) return `${words(tree.plus[i], about)} (${percent(tree.plus[i], about.total)})`;
  const side = (v) => `${words(v, about)} (${percent(v, about.total)})`;
  return `${side(tree.minus[i])} → ${side(tree.plus[i])}, ${i ? changeWords(tree, i) : 'in all'}`;
}

export function nodeWords(tree, i, about) {
  const self = tree.self[i] - (tree.selfMinus ? tree.selfMinus[i] : 0);
  const name = i ? tree.name(i) : 'root';
  const inlined = tree.inlined[i] ? ' (inlined)' : '';
  return `${name}${inlined}: ${weightWords(tree, i, about)}, self ${words(self, about)}`;
}

// What expressions are matched with: the function's own name.
export function frameName(tree, node) {
  const f = tree.frames[tree.frame[node]];
  return f ? f[1] || f[2] : '';
}
