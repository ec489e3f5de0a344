// The pages as a person uses them, in a real browser. Prints TAP. usage: pages.mjs [STEP]
import { existsSync } from 'node:fs';
import { end, ok, serve, work } from './harness.mjs';
import { one, two } from './fixtures.mjs';
import { flame, byTime, saving, difference } from './flame.mjs';
import { everyPage, menus, configs, keys, graph, code, paper, fingers, looks } from './views.mjs';
import { early, hostile, empty, mistakes, goroutines, live, large } from './others.mjs';

const server = await serve(one);
const compared = await serve('-diff_base', one, two);
const steps = [
  () => everyPage(server),
  () => flame(server),
  byTime,
  () => saving(server),
  () => difference(compared),
  () => menus(server),
  () => configs(server),
  () => keys(server),
  () => graph(server),
  () => code(server),
  () => paper(server),
  () => fingers(server),
  () => looks(server),
  early,
  hostile,
  empty,
  () => mistakes(server),
  goroutines,
  live,
];
if (process.argv[2] === 'large') steps.push(large); // minutes and gigabytes
const only = process.argv[2];
for (const step of steps) {
  if (only && !step.toString().includes(only) && step.name !== only) continue;
  try {
    await step();
  } catch (error) {
    ok(false, `${step.name || step}: goes through`, error.stack);
  }
}
ok(existsSync(work), 'all steps were taken');
await end();
