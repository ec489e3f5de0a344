// What the steps work on: two profiles, before and after a change, and a goroutine dump.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encode } from './profile.mjs';
import { work } from './harness.mjs';

export const path = (name) => join(work, name);
export const put = (name, content) => {
  writeFileSync(path(name), content);
  return path(name);
};
export const line = (page) => page.textContent('.line .who');
export const CPU = [
  ['samples', 'count'],
  ['cpu', 'nanoseconds'],
];
export const ms = (n) => [n, n * 1000000];

// main calls parse (lex 30, alloc 20) and render (draw 40, alloc 10): 100 ms in all
export const source = put(
  'server.c',
  'int main(void)\n{\n    parse();\n    return 0;\n}\n\nvoid parse(void)\n{\n    lex();\n    alloc();\n}\n',
);
export const at = (name, n, inline) => ({ name, file: source, line: n, inline });
export const base = {
  types: CPU,
  samples: [
    {
      stack: [at('main', 3), at('parse', 9), at('lex', 20)],
      values: ms(30),
      labels: { tenant: 'alice', timestamp: 10 },
    },
    {
      stack: [at('main', 3), at('parse', 10), at('alloc', 21, true)],
      values: ms(20),
      labels: { tenant: 'bob', timestamp: 20 },
    },
    {
      stack: [at('main', 4), 'render', 'draw'],
      values: ms(40),
      labels: { tenant: 'alice', timestamp: 30 },
    },
    {
      stack: [at('main', 4), 'render', at('alloc', 21)],
      values: ms(10),
      labels: { tenant: 'bob', timestamp: 40 },
    },
  ],
};
export const one = put('one.pb', encode(base));
// after a change: lex is gone, draw takes twice as long, compress is new
export const two = put(
  'two.pb',
  encode({
    types: CPU,
    samples: [
      { stack: [at('main', 3), at('parse', 10), at('alloc', 21, true)], values: ms(20) },
      { stack: [at('main', 4), 'render', 'draw'], values: ms(80) },
      { stack: [at('main', 4), 'render', 'compress'], values: ms(25) },
    ],
  }),
);

export const DUMP = (n) =>
  Array.from(
    { length: n },
    (_, i) =>
      `goroutine ${i + 10} [chan receive, ${i + 1} minutes]:\nmain.worker(0xc000010000, 0x${i})\n\t/src/main.go:31 +0x1d\ncreated by main.start in goroutine 1\n\t/src/main.go:20 +0x3f\n`,
  ).join('\n') + '\ngoroutine 1 [running]:\nmain.main()\n\t/src/main.go:9 +0x20\n';

export async function download(page, act) {
  const [got] = await Promise.all([page.waitForEvent('download'), act()]);
  const to = path('got-' + got.suggestedFilename());
  await got.saveAs(to);
  return [got.suggestedFilename(), readFileSync(to), to];
}
