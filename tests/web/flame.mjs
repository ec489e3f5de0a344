// The flame graph: pivot, zoom, search, keys, saving, differences.
import { gunzipSync } from 'node:zlib';
import { is, like, ok, open, query, serve, settle, until } from './harness.mjs';
import { CPU, download, line, ms, put } from './fixtures.mjs';
import { encode } from './profile.mjs';

// --- flame graph ---

// The middle of a box: its place as a share of the width, its row.
async function box(page, x, row) {
  const r = await page.locator('canvas').boundingBox();
  return [r.x + r.width * x, r.y + row * 20 + 10];
}

export async function flame(server) {
  const page = await open(server.url + 'flamegraph');
  await page.mouse.move(...(await box(page, 0.7, 2)));
  await until(
    page,
    () =>
      /parse/.test(document.querySelector('.line .who').textContent) ||
      /render/.test(document.querySelector('.line .who').textContent),
  );
  const first = await line(page);
  like(first, /50ms \(50.0%\)/, 'flame: the box under the pointer is told in words');
  await page.mouse.click(...(await box(page, 0.25, 2)));
  await until(page, () => new URLSearchParams(location.search).get('p'));
  await settle(page);
  like(await query(page, 'p'), /^\^(parse|render)\$$/, 'flame: a click pivots, in the address');
  await until(page, () => /50ms/.test(document.querySelector('.line .who').textContent));
  like(await line(page), /all stacks through .*50ms \(50.0%\)/, 'flame: the pivot has its sum');
  await page.goBack();
  await until(page, () => !location.search.includes('p='));
  await settle(page);
  await until(page, () => /root: 100ms/.test(document.querySelector('.line .who').textContent));
  ok(true, 'flame: back shows all again');
  await page.goForward();
  await until(page, () =>
    /all stacks through/.test(document.querySelector('.line .who').textContent),
  );
  ok(true, 'flame: forward shows the pivot again');
  await page.reload();
  await settle(page);
  like(await line(page), /all stacks through/, 'flame: the address alone brings the same view');

  await page.goto(server.url + 'flamegraph?click=zoom');
  await settle(page);
  await page.mouse.click(...(await box(page, 0.25, 2)));
  await until(page, () => new URLSearchParams(location.search).get('z'));
  await settle(page);
  await until(page, () => /root \(zoomed\)/.test(document.querySelector('.line .who').textContent));
  like(await line(page), /50ms/, 'flame: zoom shows one box over the whole width');

  await page.goto(server.url + 'flamegraph');
  await settle(page);
  await page.fill('#search', 'alloc');
  await until(page, () => document.querySelector('.found-sum'));
  like(
    await page.textContent('.found-sum'),
    /matched 30ms \(30.0%\)/,
    'flame: the search sums what it finds',
  );
  await page.press('#search', 'Enter');
  await until(page, () => new URLSearchParams(location.search).get('p') === 'alloc');
  await settle(page);
  await until(page, () => /30ms \(30.0%\)/.test(document.querySelector('.line .who').textContent));
  ok(true, 'flame: Enter in the search pivots by the expression');

  await page.goto(server.url + 'flamegraph');
  await settle(page);
  await page.focus('canvas');
  for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown']) await page.keyboard.press(key);
  like(await line(page), /^(draw|lex|render|parse): /, 'flame: arrows go from box to box');
  like(
    await page.getAttribute('canvas', 'aria-label'),
    /ms/,
    'flame: a screen reader hears the box',
  );
  await page.keyboard.press('p');
  await until(page, () => new URLSearchParams(location.search).get('p'));
  ok(true, 'flame: p pivots by keyboard');
  await settle(page);
  await page.focus('canvas');
  await page.keyboard.press('Escape');
  await until(page, () => !location.search.includes('p='));
  ok(true, 'flame: Escape shows all');

  await page.mouse.click(...(await box(page, 0.25, 2)), { button: 'right' });
  await page.waitForSelector('.popup.floating');
  const entries = await page.$$eval('.popup.floating [role=menuitem]', (l) =>
    l.map((e) => e.textContent),
  );
  for (const want of [
    'Show source code',
    'Show source in new tab',
    'Focus',
    'Ignore',
    'Hide',
    'Show from',
  ]) {
    ok(
      entries.some((e) => e.startsWith(want)),
      `flame: the right button offers "${want}"`,
      entries.join(', '),
    );
  }
  await page.keyboard.press('Escape');

  await page.goto(server.url + 'flamegraph?as=table');
  await settle(page);
  const rows = await page.$$eval('tbody tr[aria-rowindex]', (l) =>
    l.map((r) => r.textContent.replace(/\s+/g, ' ')),
  );
  ok(
    rows.some((r) => /100ms.*main/.test(r)),
    'flame: the same as a table',
    rows.join('\n'),
  );
  const table = (label) =>
    page.$$eval(`table[aria-label="${label}"] tbody tr[aria-rowindex]`, (l) =>
      l.map((r) => [...r.children].map((c) => c.textContent.trim()).join('|')),
    );
  await page.goto(server.url + 'flamegraph?p=%5Eparse%24&as=table');
  await settle(page);
  like((await table('Callers')).join('\n'), /^50ms\|50.0%\|.*main$/m, 'flame: callers, too');
  like((await table('Call tree')).join('\n'), /^30ms\|30.0%\|30ms\|.*lex$/m, 'flame: and callees');
  await page.goto(server.url + 'flamegraph?order=time');
  await settle(page);
  like(await line(page), /100ms/, 'flame: by time, where samples have one');
  is(page.trouble.join('\n'), '', 'flame: no errors on the way');
  await page.context().close();
}

// The same function at two times is two boxes by time, one by weight.
export async function byTime() {
  const sample = (name, timestamp, n) => ({
    stack: ['main', name],
    values: ms(n),
    labels: { timestamp },
  });
  const samples = [sample('tick', 1, 10), sample('tock', 2, 30), sample('tick', 3, 20)];
  const server = await serve(put('times.pb', encode({ types: CPU, samples })));
  const page = await open(server.url + 'flamegraph');
  const told = async (x) => {
    await page.mouse.move(...(await box(page, x, 0)));
    await until(page, () => /^root/.test(document.querySelector('.line .who').textContent));
    await page.mouse.move(...(await box(page, x, 2)));
    await until(page, () => /^t.ck/.test(document.querySelector('.line .who').textContent));
    return line(page);
  };
  like(await told(0.4), /^tick: 30ms/, 'time: by weight both are one box');
  await page.selectOption('.tools select >> nth=1', 'time');
  await until(page, () => new URLSearchParams(location.search).get('order') === 'time');
  await settle(page);
  like(await told(0.1), /^tick: 10ms/, 'time: the first of its time');
  like(await told(0.4), /^tock: 30ms/, 'time: then the other');
  like(await told(0.9), /^tick: 20ms/, 'time: then the first again');
  await page.context().close();
  server.stop();
  const timeless = await serve(
    put('timeless.pb', encode({ types: CPU, samples: [{ stack: ['main'], values: ms(1) }] })),
  );
  const other = await open(timeless.url + 'flamegraph');
  is(await other.locator('option[value=time]').count(), 0, 'time: not offered without times');
  await other.context().close();
  timeless.stop();
}

export async function saving(server) {
  const page = await open(server.url + 'flamegraph');
  const pick = (menu, item) => async () => {
    await page.click(`button:has-text("${menu}")`);
    await page.click(`[role=menu] >> text="${item}"`);
  };
  const [, svg] = await download(page, pick('Save picture', 'SVG'));
  like(svg.toString(), /<svg[^]*main[^]*<\/svg>/, 'saved: SVG with names');
  const [, png] = await download(page, pick('Save picture', 'PNG'));
  is(png.subarray(1, 4).toString(), 'PNG', 'saved: PNG');
  const [, , file] = await download(page, pick('Save picture', 'HTML'));
  const [name, profile] = await download(page, pick('Download', 'Profile'));
  is(name, 'profile.pb.gz', 'download: the name google/pprof gives');
  ok(gunzipSync(profile).includes('render'), 'download: the profile itself');
  const alone = await page.context().newPage();
  const trouble = [];
  alone.on('pageerror', (e) => trouble.push(e.message));
  alone.on('request', (r) => r.url().startsWith('http') && trouble.push(r.url()));
  await alone.goto('file://' + file);
  await alone.fill('#search', 'alloc');
  like(await alone.textContent('#line'), /matched 30.0%/, 'saved: the HTML file works alone');
  const drawn = await alone.evaluate(() => {
    const c = document.querySelector('canvas');
    return new Set(
      new Uint32Array(c.getContext('2d').getImageData(0, 0, c.width, c.height).data.buffer),
    ).size;
  });
  ok(drawn > 5, 'saved: it draws', drawn);
  is(trouble.join('\n'), '', 'saved: it asks nobody for anything');
  await page.context().close();
}

// --- differences ---

export async function difference(server) {
  const page = await open(server.url + 'flamegraph');
  like(await line(page), /100ms \(100%\) → 125ms \(125%\)/, 'diff: before and after in words');
  const colors = await page.evaluate(() => {
    const c = document.querySelector('canvas');
    const data = c.getContext('2d').getImageData(0, 0, c.width, 100).data;
    let blue = 0;
    let orange = 0;
    for (let i = 0; i < data.length; i += 4) {
      if (data[i + 2] > data[i] + 60) blue++;
      if (data[i] > data[i + 2] + 60) orange++;
    }
    return { blue, orange };
  });
  ok(
    colors.blue > 100 && colors.orange > 100,
    'diff: less is blue, more is orange',
    JSON.stringify(colors),
  );
  like(await page.textContent('.legend'), /less.*same.*more/, 'diff: the legend says which');
  await page.focus('canvas');
  const seen = [];
  for (const key of [
    'ArrowDown',
    'ArrowDown',
    'ArrowDown',
    'ArrowRight',
    'ArrowRight',
    'ArrowRight',
    'ArrowRight',
  ]) {
    await page.keyboard.press(key);
    seen.push(await line(page));
  }
  ok(
    seen.some((s) => /^draw.*\+100%/.test(s)),
    'diff: growth has its sign, not only a colour',
    seen.join('\n'),
  );
  ok(
    seen.some((s) => /^lex.*gone/.test(s)) && seen.some((s) => /^compress.*new/.test(s)),
    'diff: what is gone and what is new is said',
    seen.join('\n'),
  );
  await page.goto(server.url + 'top');
  await settle(page);
  like(await page.textContent('main'), /-30ms|-30.00ms|−30ms/, 'diff: top has negative rows');
  await page.goto(server.url + 'flamegraph?as=table');
  await settle(page);
  like(
    await page.$$eval('tbody tr[aria-rowindex]', (l) =>
      l.map((r) => [...r.children].map((c) => c.textContent.trim()).join('|')).join('\n'),
    ),
    /100ms\|125ms\|25ms \+25%/,
    'diff: the table has before, after and the change',
  );
  is(page.trouble.join('\n'), '', 'diff: no errors');
  await page.context().close();
}
