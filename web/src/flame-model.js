// The flame graph as numbers: nodes with places, found by depth and by position. No drawing here.
//
//   server's columns -> nodes (children sorted) -> rows[depth] = node numbers from left to right
//
// A place is a share of the whole: x from 0 to 1.

export class Tree {
  constructor(frames, columns, order) {
    this.frames = frames; // [number, name, file, line, shown]
    this.count = columns.parent.length;
    this.parent = columns.parent;
    this.frame = columns.frame;
    this.plus = columns.plus;
    this.minus = columns.minus || null;
    this.self = columns.self;
    this.selfMinus = columns.selfMinus || null;
    this.inlined = columns.inlined;
    this.leftOut = columns.leftOut;
    this.weight = new Float64Array(this.plus);
    if (this.minus) for (let i = 0; i < this.count; i++) this.weight[i] += this.minus[i];
    this.place(order);
  }

  // Children side by side in one list, those of node i from begin[i] to begin[i + 1].
  sortKids(order) {
    const { count, parent } = this;
    const begin = new Int32Array(count + 1);
    const list = new Int32Array(count);
    for (let i = 1; i < count; i++) begin[parent[i] + 1]++;
    for (let i = 1; i <= count; i++) begin[i] += begin[i - 1];
    const next = begin.slice();
    for (let i = 1; i < count; i++) list[next[parent[i]]++] = i;
    this.begin = begin;
    this.list = list;
    if (order !== 'name') return; // as they came: the heaviest first, or in order of time
    const name = (i) => this.frames[this.frame[i]][1];
    const compare = (a, b) => (name(a) < name(b) ? -1 : name(a) > name(b) ? 1 : 0);
    for (let i = 0; i < count; i++) list.subarray(begin[i], begin[i + 1]).sort(compare);
  }

  // Row by row: the children of a row from left to right are the next row. What ends in a box, and
  // what is too light to be sent, is the gap behind its children.
  place(order) {
    this.sortKids(order);
    const { begin, count, list, weight } = this;
    const total = weight[0] || 1;
    const x = new Float64Array(count);
    const w = new Float64Array(count);
    const depth = new Int32Array(count);
    const nodes = new Int32Array(count); // in rows
    this.rows = [];
    w[0] = 1;
    for (let from = 0, to = 1, end = 1; from < to; from = to, to = end) {
      for (let i = from; i < to; i++) {
        const node = nodes[i];
        let left = x[node];
        for (let k = begin[node]; k < begin[node + 1]; k++) {
          const kid = list[k];
          x[kid] = left;
          left += w[kid] = weight[kid] / total;
          depth[kid] = depth[node] + 1;
          nodes[end++] = kid;
        }
      }
      this.rows.push(nodes.subarray(from, to));
    }
    Object.assign(this, { x, w, depth });
  }

  kids(node) {
    return this.list.subarray(this.begin[node], this.begin[node + 1]);
  }

  name(node) {
    const f = this.frames[this.frame[node]];
    return f ? fullName(f) : 'root';
  }

  // The node of a row at a place; -1 when there is none.
  at(depth, x) {
    const row = this.rows[depth];
    if (!row) return -1;
    const i = firstAfter(this, row, x) - 1;
    return i >= 0 && x < this.x[row[i]] + this.w[row[i]] ? row[i] : -1;
  }

  // Frame numbers from the root, for the server.
  path(node) {
    const list = [];
    for (let n = node; n > 0; n = this.parent[n]) list.push(this.frames[this.frame[n]][0]);
    return list.reverse();
  }
}

// The first of a row that starts behind x.
export function firstAfter(tree, row, x) {
  let low = 0;
  let high = row.length;
  while (low < high) {
    const mid = (low + high) >> 1;
    if (tree.x[row[mid]] <= x) low = mid + 1;
    else high = mid;
  }
  return low;
}

export function fullName(f) {
  if (f[4]) return f[4];
  return f[1] ? f[1] + (f[3] ? ':' + f[3] : '') : f[2] || '?';
}

// From whole to short: shortened names as google/pprof's pages show them, longest first.
export function shorter(name) {
  const list = [name];
  let depth = 0; // arguments and parameters have no say
  for (let i = 0; i < name.length; i++) {
    if ('(<['.includes(name[i])) depth++;
    if (')>]'.includes(name[i])) depth--;
    if (depth > 0) continue;
    if (name[i] === '.' && i + 1 < name.length && name[i + 1] !== '.') list.push(name.slice(i + 1));
    else if (name[i] === ':' && name[i + 1] === ':') list.push(name.slice(i + 2));
    else if (name[i] === '/') list.push(name.slice(i + 1));
  }
  return list.sort((a, b) => b.length - a.length);
}

export function packageOf(f) {
  const m = /^((.*\/)?[\w\d_]+)(\.|::)([^/]*)$/.exec(f[1]);
  if (m) return m[1];
  return f[2] ? f[2].replace(/\/[^/]*$/, '') : '';
}

export function hashOf(text) {
  let hash = 2166136261;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 16777619);
  return (hash >>> 0) % 1048576;
}

// Frames that an expression finds, as flags by frame.
export function search(frames, re) {
  return Uint8Array.from(frames, (f) => (re && (re.test(fullName(f)) || re.test(f[1])) ? 1 : 0));
}

// Weight below the outermost nodes that match: nothing counts twice.
export function matched(tree, flags) {
  let sum = 0;
  const inside = new Uint8Array(tree.count);
  for (let i = 1; i < tree.count; i++) {
    // parents come before their children
    const above = inside[tree.parent[i]];
    const own = flags[tree.frame[i]];
    if (own && !above) sum += tree.weight[i];
    inside[i] = above | own;
  }
  return sum;
}
