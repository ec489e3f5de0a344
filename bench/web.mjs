// Measures the pages in Chromium; see web.sh.
import { spawn } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

const [, , dir, ours, theirs, rounds] = process.argv;
const require = createRequire(join(resolve(process.env.PP_PLAYWRIGHT), 'x.js'));
const { chromium } = require('playwright-core');
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
});
const median = (list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)];
const p95 = (list) => list.sort((a, b) => a - b)[Math.floor(list.length * 0.95)];

// Median (least..most).
function spread(list) {
  const [middle, least, most] = [median(list), list[0], list[list.length - 1]].map((x) => x.toFixed(2));
  return `${middle} (${least}..${most})`;
}

const children = new Set();
process.on('exit', () => children.forEach((c) => c.kill()));

// Starts a tool and waits for its address.
function serve(program, file) {
  const child = spawn(program, ['-http=localhost:', '-no_browser', '-symbolize=none', file]);
  children.add(child);
  return new Promise((done, fail) => {
    let said = '';
    child.stderr.on('data', (d) => {
      said += d;
      const m = /Serving web UI on (\S+)/.exec(said);
      if (m) done({ url: m[1].replace('://:', '://localhost:'), child });
    });
    child.on('exit', () => children.delete(child) && fail(new Error(said)));
  });
}

// The most memory the process ever had, in MB.
const peak = (pid) =>
  Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;

// What is drawn: our canvas with more than one colour, or their boxes.
const drawn = () => {
  const c = document.querySelector('.flame-box canvas');
  if (c && c.width > 300) {
    const data = new Uint32Array(c.getContext('2d').getImageData(0, 0, c.width, 60).data.buffer);
    return new Set(data).size > 4;
  }
  return document.querySelectorAll('.boxbg').length > 5;
};

// google/pprof says where it serves before it listens.
async function go(page, url) {
  for (let i = 0; ; i++) {
    try {
      return await page.goto(url, { waitUntil: 'commit' });
    } catch (error) {
      if (i > 200 || !/REFUSED/.test(error.message)) throw error;
      await new Promise((done) => setTimeout(done, 10));
    }
  }
}

// [idle, all] ticks of all processors since the start.
function ticks() {
  const all = readFileSync('/proc/stat', 'utf8').split('\n')[0].trim().split(/\s+/).slice(1, 9).map(Number);
  return [all[3], all.reduce((sum, n) => sum + n)];
}

// Waits until the processors are idle: a page of 275 MB keeps the browser busy for seconds after it was closed.
async function settled() {
  for (let i = 0; i < 60; i++) {
    const [idle, all] = ticks();
    await new Promise((done) => setTimeout(done, 500));
    const [idleNow, allNow] = ticks();
    if (idleNow - idle > 0.95 * (allNow - all)) return;
  }
}

async function first(program, file) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  const net = await page.context().newCDPSession(page);
  let bytes = 0;
  await net.send('Network.enable');
  net.on('Network.dataReceived', (d) => {
    bytes += d.dataLength;
  });
  page.setDefaultTimeout(240000);
  await settled();
  const began = performance.now();
  const { url, child } = await serve(program, file);
  await go(page, `${url}/ui/flamegraph`);
  await page.waitForFunction(drawn);
  const picture = performance.now() - began;
  const weight = bytes;
  const again = performance.now();
  await go(page, `${url}/ui/flamegraph?f=read`);
  await page.waitForFunction(drawn);
  const refilter = performance.now() - again;
  const result = { picture, refilter, megabytes: weight / 1e6, memory: peak(child.pid) };
  child.kill();
  await page.close();
  return result;
}

// Each frame does a step of a zoom or a pan; how long the page works for it.
async function frames(file) {
  const { url, child } = await serve(ours, file);
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.setDefaultTimeout(300000);
  await page.goto(`${url}/ui/flamegraph`);
  await page.waitForFunction(drawn);
  const times = await page.evaluate(
    () =>
      new Promise((done) => {
        const box = document.querySelector('.flame-box');
        const r = box.getBoundingClientRect();
        const work = [];
        let n = 0;
        const step = (at) => {
          if (n > 2) work.push(performance.now() - at); // the drawing ran before this in the same frame
          if (n++ > 300) return done(work);
          const zoom = n % 100 < 50;
          box.dispatchEvent(
            new WheelEvent('wheel', {
              ctrlKey: zoom,
              deltaY: zoom ? (n % 200 < 100 ? -40 : 40) : 0,
              deltaX: zoom ? 0 : 30,
              clientX: r.left + r.width * 0.4,
              clientY: r.top + 100,
              bubbles: true,
              cancelable: true,
            }),
          );
          return requestAnimationFrame(step);
        };
        requestAnimationFrame(step);
      }),
  );
  child.kill();
  await page.close();
  return times;
}

const names = {
  picture: 'first picture, from the start of the process (s)',
  refilter: 'a refilter (s)',
  megabytes: 'weight of the page (MB)',
  memory: 'peak memory of the server (MB)',
};
const file = join(dir, 'm.pb.gz');
const results = { ours: [], theirs: [] };
for (let i = 0; i < Number(rounds); i++) {
  results.ours.push(await first(ours, file));
  if (theirs) results.theirs.push(await first(theirs, file));
}
console.log(
  `Profile: 220,000 samples, ${(statSync(file).size / 1e6).toFixed(1)} MB gzipped; median of ${rounds}, each begun on idle processors.\n`,
);
console.log('| flame graph page | pprof-c | google/pprof |\n| --- | ---: | ---: |');
for (const [key, name] of Object.entries(names)) {
  const show = (list) =>
    list.length
      ? key === 'picture' || key === 'refilter'
        ? spread(list.map((x) => x[key] / 1000))
        : median(list.map((x) => x[key])).toFixed(1)
      : '';
  console.log(`| ${name} | ${show(results.ours)} | ${show(results.theirs)} |`);
}
const work = await frames(join(dir, 'million.pb.gz'));
console.log(
  `\nPan and zoom over 1,000,000 samples, ${work.length} frames: median ${median(work).toFixed(1)} ms, p95 ${p95(work).toFixed(1)} ms of work a frame.`,
);
await browser.close();
