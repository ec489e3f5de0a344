// The pages as a person uses them, in a real browser. Prints TAP.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { encode } from './profile.mjs';
import { end, is, like, ok, open, query, serve, settle, until, work } from './harness.mjs';

const path = (name) => join(work, name);
const put = (name, content) => {
  writeFileSync(path(name), content);
  return path(name);
};
const line = (page) => page.textContent('.line .who');
const CPU = [['samples', 'count'], ['cpu', 'nanoseconds']];
const ms = (n) => [n, n * 1000000];

// main calls parse (lex 30, alloc 20) and render (draw 40, alloc 10): 100 ms in all
const source = put('server.c', 'int main(void)\n{\n    parse();\n    return 0;\n}\n\nvoid parse(void)\n{\n    lex();\n    alloc();\n}\n');
const at = (name, n, inline) => ({ name, file: source, line: n, inline });
const base = { types: CPU, samples: [
  { stack: [at('main', 3), at('parse', 9), at('lex', 20)], values: ms(30), labels: { tenant: 'alice', timestamp: 10 } },
  { stack: [at('main', 3), at('parse', 10), at('alloc', 21, true)], values: ms(20), labels: { tenant: 'bob', timestamp: 20 } },
  { stack: [at('main', 4), 'render', 'draw'], values: ms(40), labels: { tenant: 'alice', timestamp: 30 } },
  { stack: [at('main', 4), 'render', at('alloc', 21)], values: ms(10), labels: { tenant: 'bob', timestamp: 40 } },
] };
const one = put('one.pb', encode(base));
// after a change: lex is gone, draw takes twice as long, compress is new
const two = put('two.pb', encode({ types: CPU, samples: [
  { stack: [at('main', 3), at('parse', 10), at('alloc', 21, true)], values: ms(20) },
  { stack: [at('main', 4), 'render', 'draw'], values: ms(80) },
  { stack: [at('main', 4), 'render', 'compress'], values: ms(25) },
] }));

// --- every page ---------------------------------------------------------------------------------------

async function everyPage(server) {
  const wanted = {
    top: /draw/, graph: /4|5/, flamegraph: /root: 100ms/, peek: /lex/, source: /parse\(\);/, labels: /alice/,
  };
  for (const [view, re] of Object.entries(wanted)) {
    const page = await open(server.url + view);
    like(await page.textContent('main'), re, `${view}: the page shows the profile`);
    is(await page.textContent('.view-name').then((t) => t.length > 2), true, `${view}: it is named`);
    is(page.trouble.join('\n'), '', `${view}: no errors, nothing refused by the content security policy`);
    await page.context().close();
  }
  const page = await open(server.url + 'disasm');
  like(await page.textContent('#errors'), /no matches found for regexp/, 'disasm: says in words that there is no code');
  await page.context().close();
}

// --- flame graph --------------------------------------------------------------------------------------

// The middle of a box: its place as a share of the width, its row.
async function box(page, x, row) {
  const r = await page.locator('canvas').boundingBox();
  return [r.x + r.width * x, r.y + row * 20 + 10];
}

async function flame(server) {
  const page = await open(server.url + 'flamegraph');
  await page.mouse.move(...await box(page, 0.7, 2));
  await until(page, () => /parse/.test(document.querySelector('.line .who').textContent) || /render/.test(document.querySelector('.line .who').textContent));
  const first = await line(page);
  like(first, /50ms \(50.0%\)/, 'flame: the box under the pointer is told in words');
  await page.mouse.click(...await box(page, 0.25, 2));
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
  await until(page, () => /all stacks through/.test(document.querySelector('.line .who').textContent));
  ok(true, 'flame: forward shows the pivot again');
  await page.reload();
  await settle(page);
  like(await line(page), /all stacks through/, 'flame: the address alone brings the same view');

  await page.goto(server.url + 'flamegraph?click=zoom');
  await settle(page);
  await page.mouse.click(...await box(page, 0.25, 2));
  await until(page, () => new URLSearchParams(location.search).get('z'));
  await settle(page);
  await until(page, () => /root \(zoomed\)/.test(document.querySelector('.line .who').textContent));
  like(await line(page), /50ms/, 'flame: zoom shows one box over the whole width');

  await page.goto(server.url + 'flamegraph');
  await settle(page);
  await page.fill('#search', 'alloc');
  await until(page, () => document.querySelector('.found-sum'));
  like(await page.textContent('.found-sum'), /matched 30ms \(30.0%\)/, 'flame: the search sums what it finds');
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
  like(await page.getAttribute('canvas', 'aria-label'), /ms/, 'flame: a screen reader hears the box');
  await page.keyboard.press('p');
  await until(page, () => new URLSearchParams(location.search).get('p'));
  ok(true, 'flame: p pivots by keyboard');
  await settle(page);
  await page.focus('canvas');
  await page.keyboard.press('Escape');
  await until(page, () => !location.search.includes('p='));
  ok(true, 'flame: Escape shows all');

  await page.mouse.click(...await box(page, 0.25, 2), { button: 'right' });
  await page.waitForSelector('.popup.floating');
  const entries = await page.$$eval('.popup.floating [role=menuitem]', (l) => l.map((e) => e.textContent));
  for (const want of ['Show source code', 'Show source in new tab', 'Focus', 'Ignore', 'Hide', 'Show from']) {
    ok(entries.some((e) => e.startsWith(want)), `flame: the right button offers "${want}"`, entries.join(', '));
  }
  await page.keyboard.press('Escape');

  await page.goto(server.url + 'flamegraph?as=table');
  await settle(page);
  const rows = await page.$$eval('tbody tr[aria-rowindex]', (l) => l.map((r) => r.textContent.replace(/\s+/g, ' ')));
  ok(rows.some((r) => /100ms.*main/.test(r)), 'flame: the same as a table', rows.join('\n'));
  await page.goto(server.url + 'flamegraph?order=time');
  await settle(page);
  like(await line(page), /100ms/, 'flame: by time, where samples have one');
  is(page.trouble.join('\n'), '', 'flame: no errors on the way');
  await page.context().close();
}

async function download(page, act) {
  const [got] = await Promise.all([page.waitForEvent('download'), act()]);
  const to = path('got-' + got.suggestedFilename());
  await got.saveAs(to);
  return [got.suggestedFilename(), readFileSync(to), to];
}

async function saving(server) {
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
    return new Set(new Uint32Array(c.getContext('2d').getImageData(0, 0, c.width, c.height).data.buffer)).size;
  });
  ok(drawn > 5, 'saved: it draws', drawn);
  is(trouble.join('\n'), '', 'saved: it asks nobody for anything');
  await page.context().close();
}

// --- differences --------------------------------------------------------------------------------------

async function difference(server) {
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
  ok(colors.blue > 100 && colors.orange > 100, 'diff: less is blue, more is orange', JSON.stringify(colors));
  like(await page.textContent('.legend'), /less.*same.*more/, 'diff: the legend says which');
  await page.focus('canvas');
  const seen = [];
  for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowRight', 'ArrowRight', 'ArrowRight', 'ArrowRight']) {
    await page.keyboard.press(key);
    seen.push(await line(page));
  }
  ok(seen.some((s) => /^draw.*\+100%/.test(s)), 'diff: growth has its sign, not only a colour', seen.join('\n'));
  ok(seen.some((s) => /^lex.*gone/.test(s)) && seen.some((s) => /^compress.*new/.test(s)), 'diff: what is gone and what is new is said', seen.join('\n'));
  await page.goto(server.url + 'top');
  await settle(page);
  like(await page.textContent('main'), /-30ms|-30.00ms|−30ms/, 'diff: top has negative rows');
  is(page.trouble.join('\n'), '', 'diff: no errors');
  await page.context().close();
}

// --- menus, top, refine -------------------------------------------------------------------------------

async function menus(server) {
  const page = await open(server.url + 'top');
  for (const [title, want] of [['View', 'Flame Graph'], ['Sample', 'samples'], ['Refine', 'Focus'], ['Config', 'Save as'], ['Download', 'Profile']]) {
    await page.click(`nav button:has-text("${title}")`);
    like(await page.textContent('nav [role=menu]'), new RegExp(want), `menu ${title}: opens, with "${want}"`);
    await page.keyboard.press('Escape');
    is(await page.locator('nav [role=menu]').count(), 0, `menu ${title}: Escape closes it`);
  }
  await page.focus('nav button >> nth=0');
  await page.keyboard.press('ArrowDown');
  await page.waitForSelector('nav [role=menu]');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await until(page, () => location.pathname.endsWith('/graph'));
  ok(true, 'menus work by keyboard');
  await settle(page);

  await page.goto(server.url + 'top');
  await settle(page);
  const names = () => page.$$eval('tbody tr[aria-rowindex] th', (l) => l.map((e) => e.textContent.trim().split(' ')[0]));
  is((await names())[0], 'draw', 'top: by flat weight first');
  await page.click('thead button:has-text("Cum")');
  await until(page, () => new URLSearchParams(location.search).get('by') === 'cum');
  is((await names())[0], 'main', 'top: a click on Cum sorts by it');
  await page.click('thead button:has-text("Name")');
  await until(page, () => new URLSearchParams(location.search).get('by') === 'name');
  is((await names())[0], 'alloc', 'top: by name');
  await page.fill('#search', '^(lex|alloc)$');
  await until(page, () => document.querySelectorAll('tbody tr[aria-rowindex]').length === 2);
  ok(true, 'top: the search leaves what matches');
  await page.fill('#search', '');
  await until(page, () => document.querySelectorAll('tbody tr[aria-rowindex]').length > 2);
  await page.click('tbody tr:has-text("lex")');
  await page.click('nav button:has-text("Refine")');
  await page.click('[role=menu] a:has-text("Focus")');
  await until(page, () => new URLSearchParams(location.search).get('f') === '^lex$');
  await settle(page);
  await until(page, () => !/alloc/.test(document.querySelector('tbody').textContent));
  ok(true, 'refine: focus on the selected row');
  like(await page.textContent('.chips'), /focus.*\^lex\$/, 'refine: what is in force is shown');
  await page.click('nav button:has-text("Refine")');
  await page.click('[role=menu] a:has-text("Reset")');
  await until(page, () => !new URLSearchParams(location.search).get('f'));
  ok(true, 'refine: reset');
  await page.click('nav button:has-text("Sample")');
  await page.click('[role=menu] >> text="samples"');
  await until(page, () => new URLSearchParams(location.search).get('si') === 'samples');
  await settle(page);
  await until(page, () => /total 100\b/.test(document.querySelector('.tools').textContent));
  ok(true, 'sample: another type');
  is(page.trouble.join('\n'), '', 'menus: no errors');
  await page.context().close();
}

async function configs(server) {
  const page = await open(server.url + 'top?f=render&nf=0.25');
  await page.click('nav button:has-text("Config")');
  await page.click('[role=menu] >> text="Save as ..."');
  await page.fill('dialog input', 'only render');
  await page.click('dialog button[type=submit]');
  await page.waitForSelector('dialog', { state: 'detached' });
  const saved = JSON.parse(readFileSync(path('pprof/settings.json'), 'utf8'));
  is(saved.configs[0].name, 'only render', 'config: saved where google/pprof saves');
  is(saved.configs[0].focus, 'render', 'config: with its filters');
  await page.goto(server.url + 'top');
  await settle(page);
  await page.click('nav button:has-text("Config")');
  await page.click('[role=menu] >> text="only render"');
  await until(page, () => new URLSearchParams(location.search).get('f') === 'render');
  is(await query(page, 'nf'), '0.25', 'config: brings its options back');
  await page.click('nav button:has-text("Config")');
  await page.click('[aria-label="Delete only render"]');
  await page.click('dialog >> text="Delete"');
  await page.waitForSelector('dialog', { state: 'detached' });
  is(JSON.parse(readFileSync(path('pprof/settings.json'), 'utf8')).configs.length, 0, 'config: deleted');
  await page.click('nav button:has-text("Config")');
  await page.click('[role=menu] >> text="Options ..."');
  await page.selectOption('#o-g', 'lines');
  await page.click('dialog button[type=submit]');
  await until(page, () => new URLSearchParams(location.search).get('g') === 'lines');
  ok(true, 'config: options from a dialog');
  is(page.trouble.join('\n'), '', 'config: no errors');
  await page.context().close();
}

async function keys(server) {
  const page = await open(server.url + 'top');
  await page.keyboard.press('?');
  await page.waitForSelector('dialog');
  like(await page.textContent('dialog'), /Flame graph.*pivot/s, 'keys: ? lists them');
  await page.keyboard.press('Escape');
  await page.waitForSelector('dialog', { state: 'detached' });
  await page.keyboard.press('3');
  await until(page, () => location.pathname.endsWith('/flamegraph'));
  ok(true, 'keys: 3 is the third view');
  await settle(page);
  await page.keyboard.press('t');
  await until(page, () => new URLSearchParams(location.search).get('as') === 'table');
  ok(true, 'keys: t shows the table');
  await page.keyboard.press('/');
  is(await page.evaluate(() => document.activeElement.id), 'search', 'keys: / goes to the search');
  await page.keyboard.press('Escape');
  await page.goto(server.url + 'top');
  await settle(page);
  await page.focus('tbody tr[tabindex="0"]');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press(' ');
  await until(page, () => document.querySelector('tr.selected'));
  ok(true, 'keys: a row is selected without a pointer');
  await page.keyboard.press('Enter');
  await until(page, () => location.pathname.endsWith('/source'));
  ok(true, 'keys: Enter shows its source');
  await page.context().close();
}

// --- graph, source, labels ------------------------------------------------------------------------------

async function graph(server) {
  const page = await open(server.url + 'graph');
  is(await page.locator('.graph-box svg script').count(), 0, 'graph: no script comes with the drawing');
  const before = await page.$eval('.graph-box svg', (s) => s.style.transform);
  const r = await page.locator('.graph-box').boundingBox();
  await page.mouse.move(r.x + 200, r.y + 200);
  await page.mouse.wheel(0, -300);
  await until(page, (old) => document.querySelector('.graph-box svg').style.transform !== old, before);
  ok(true, 'graph: the wheel zooms');
  await page.locator('[data-at]', { hasText: 'alloc' }).first().click();
  await until(page, () => document.querySelector('.graph-box .selected'));
  await page.click('nav button:has-text("Refine")');
  like(await page.getAttribute('[role=menu] a:has-text("Ignore")', 'href'), /i=%5Ealloc%24/, 'graph: a click selects for the menus');
  await page.keyboard.press('Escape');
  await page.goto(server.url + 'graph?as=table');
  await settle(page);
  like(await page.textContent('tbody'), /main.*parse/s, 'graph: calls as a table');
  is(page.trouble.join('\n'), '', 'graph: no errors');
  await page.context().close();
}

async function code(server) {
  const page = await open(server.url + 'source?f=parse');
  const text = await page.textContent('main');
  like(text, /lex\(\);/, 'source: lines of the file');
  like(text, /30ms/, 'source: with weights');
  await page.goto(server.url + 'peek?f=parse');
  await settle(page);
  like(await page.textContent('main'), /main.*parse.*lex/s, 'peek: callers above, callees below');
  await page.goto(server.url + 'labels');
  await settle(page);
  await page.click('tr:has-text("bob") >> text="only"');
  await until(page, () => /tenant=/.test(new URLSearchParams(location.search).get('tf')));
  await settle(page);
  await until(page, () => !/alice/.test(document.querySelector('main').textContent));
  ok(true, 'labels: a click leaves the samples with it');
  is(page.trouble.join('\n'), '', 'source, peek, labels: no errors');
  await page.context().close();
}

// --- looks ----------------------------------------------------------------------------------------------

async function looks(server) {
  for (const scheme of ['light', 'dark']) {
    const page = await open(server.url + 'flamegraph', { colorScheme: scheme });
    const [r] = await page.$eval('body', (b) => getComputedStyle(b).backgroundColor.match(/\d+/g).map(Number));
    ok(scheme === 'dark' ? r < 60 : r > 220, `looks: ${scheme} by preference`, r);
    const pixel = await page.evaluate(() => {
      const c = document.querySelector('canvas');
      return c.getContext('2d').getImageData(c.width - 4, c.height - 4, 1, 1).data[0];
    });
    ok(scheme === 'dark' ? pixel < 60 : pixel > 220, `looks: the canvas too, ${scheme}`, pixel);
    await page.context().close();
  }
  for (const width of [390, 1280, 1920]) {
    for (const view of ['flamegraph', 'top', 'graph', 'peek?f=parse', 'source?f=parse', 'labels']) {
      const page = await open(server.url + view, { viewport: { width, height: 800 } });
      const over = await page.evaluate(() => Math.max(document.documentElement.scrollWidth - innerWidth,
        document.querySelector('main').scrollWidth - document.querySelector('main').clientWidth));
      ok(over <= 0, `looks: ${view} fits ${width} pixels`, `${over} too wide`);
      await page.context().close();
    }
  }
}

// --- hostile and empty ------------------------------------------------------------------------------------

async function hostile() {
  const evil = '<script>alert(1)</script>';
  const more = '"><img src=x onerror=alert(2)>';
  const server = await serve(put('evil.pb', encode({ types: CPU, file: `/bin/${evil}`, samples: [
    { stack: ['main', evil, { name: more, file: `/tmp/${evil}`, line: 3 }, '\u2028</script>'], values: ms(5), labels: { [evil]: more } },
  ] })));
  for (const view of ['flamegraph', 'flamegraph?as=table', 'top', 'graph', 'peek', 'source', 'disasm', 'labels', `top?f=${encodeURIComponent(evil)}`, `top?n=${encodeURIComponent(evil)}`]) {
    const page = await open(server.url + view);
    await page.evaluate(() => new Promise(requestAnimationFrame));
    is(page.trouble.join('\n'), '', `hostile: ${view.slice(0, 30)} shows names, runs nothing`);
    await page.context().close();
  }
  const page = await open(server.url + 'flamegraph');
  const [, , file] = await download(page, async () => {
    await page.click('button:has-text("Save picture")');
    await page.click('[role=menu] >> text="HTML"');
  });
  const alone = await page.context().newPage();
  const trouble = [];
  alone.on('dialog', (d) => { trouble.push(d.message()); d.dismiss(); });
  alone.on('pageerror', (e) => trouble.push(e.message));
  await alone.goto('file://' + file);
  await alone.evaluate(() => new Promise(requestAnimationFrame));
  is(trouble.join('\n'), '', 'hostile: the saved file runs nothing either');
  await page.context().close();
  server.stop();
}

async function empty() {
  const server = await serve(put('empty.pb', encode({ types: CPU, samples: [] })));
  for (const [view, re] of [['flamegraph', /No samples/], ['top', /No samples/], ['graph', /No functions/], ['labels', /no labels/], ['peek', /Nothing matches/]]) {
    const page = await open(server.url + view);
    like(await page.textContent('main'), re, `empty: ${view} says so`);
    is(page.trouble.join('\n'), '', `empty: ${view} without errors`);
    await page.context().close();
  }
  server.stop();
}

async function mistakes(server) {
  const page = await open(server.url + 'top?f=(');
  like(await page.textContent('#errors'), /missing closing \)/, 'mistake: a bad expression is told in words');
  await page.click('nav button:has-text("Refine")');
  await page.click('[role=menu] a:has-text("Reset")');
  await settle(page);
  like(await page.textContent('main'), /draw/, 'mistake: and can be taken back');
  await page.goto(server.url + 'peek?f=zzz');
  await settle(page);
  like(await page.textContent('#errors'), /no matches found for regexp: zzz/, 'mistake: nothing matches');
  await page.context().close();
}

// --- goroutines and live ------------------------------------------------------------------------------------

const DUMP = (n) => Array.from({ length: n }, (_, i) => `goroutine ${i + 10} [chan receive, ${i + 1} minutes]:\nmain.worker(0xc000010000, 0x${i})\n\t/src/main.go:31 +0x1d\ncreated by main.start in goroutine 1\n\t/src/main.go:20 +0x3f\n`).join('\n')
  + '\ngoroutine 1 [running]:\nmain.main()\n\t/src/main.go:9 +0x20\n';

async function goroutines() {
  const server = await serve(put('dump.txt', DUMP(5)));
  const page = await open(server.url + 'goroutines');
  const row = await page.textContent('tbody tr:has-text("main.worker")');
  like(row, /^5/, 'goroutines: equal stacks are one row with a count');
  like(row, /5 min 0 s/, 'goroutines: the longest wait');
  like(row, /chan receive/, 'goroutines: the state');
  await page.click('tbody button:has-text("main.worker")');
  like(await page.textContent('.stack'), /main\.go:31.*created by main\.start.*main\.go:20/s, 'goroutines: the stack opens');
  await page.selectOption('.tools select', 'running');
  await until(page, () => !/main\.worker/.test(document.querySelector('tbody').textContent));
  ok(true, 'goroutines: filter by state');
  await page.setViewportSize({ width: 390, height: 844 });
  const over = await page.evaluate(() => document.querySelector('main').scrollWidth - document.querySelector('main').clientWidth);
  ok(over <= 0, 'goroutines: fits a phone', `${over} too wide`);
  is(page.trouble.join('\n'), '', 'goroutines: no errors');
  await page.context().close();
  server.stop();
}

async function live() {
  let asked = 0;
  const program = createServer((request, reply) => {
    const url = new URL(request.url, 'http://x');
    const page = url.pathname.replace('/debug/pprof/', '');
    if (page === '') reply.end(`<table>\n<tr><td>${7 + asked}</td><td><a href='goroutine?debug=1'>goroutine</a></td></tr>\n</table>`);
    else if (page === 'goroutine') reply.end(DUMP(3 + asked));
    else if (page === 'heap' && url.searchParams.get('debug')) reply.end(`heap profile: 1: ${4096 * (1 + asked)} [1: 4096] @ heap/1\n`);
    else if (page === 'heap') reply.end(encode({ types: [['inuse_space', 'bytes']], samples: [{ stack: ['main', 'grow'], values: [1024 * ++asked] }, { stack: ['main', 'keep'], values: [2048] }] }));
    else reply.writeHead(404).end();
  });
  await new Promise((done) => program.listen(0, '127.0.0.1', done));
  const server = await serve(`http://127.0.0.1:${program.address().port}/debug/pprof/heap`);
  const page = await open(server.url + 'live');
  await page.click('text="Record every 2 s"');
  await page.waitForSelector('.chart canvas');
  await until(page, () => /goroutine/.test(document.querySelector('.charts').textContent) && /heap in use/.test(document.querySelector('.charts').textContent));
  ok(true, 'live: totals are recorded and drawn');
  await page.click('text="Stop recording"');
  await page.waitForSelector('text="Record every 2 s"');
  await page.click('text="Take a moment now"');
  await page.waitForSelector('[aria-label="look at moment 2"]');
  ok(true, 'live: another moment is taken');
  await page.check('[aria-label="compare with moment 1"]');
  await page.click('text="Flame graph of the difference"');
  await until(page, () => location.pathname.endsWith('/flamegraph'));
  await settle(page);
  await until(page, () => /→/.test(document.querySelector('.line .who')?.textContent || ''));
  like(await line(page), /3kB \(100%\) → 4kB/, 'live: the difference of two moments');
  await page.goto(server.url + 'goroutines?m=2&mb=1');
  await settle(page);
  like(await page.textContent('tbody tr:has-text("main.worker")'), /\+1/, 'live: goroutines of two moments are compared');
  program.close();
  program.closeAllConnections();
  await page.goto(server.url + 'live');
  await settle(page);
  await page.click('text="Take a moment now"');
  await page.waitForSelector('.warning');
  like(await page.textContent('.warning'), /failed to fetch|refused|connect/, 'live: a program that ended is told in words');
  is(page.trouble.join('\n'), '', 'live: no errors');
  await page.context().close();
  server.stop();
}

// --- size: only when asked for ------------------------------------------------------------------------------

async function large() {
  const file = path('large.pb.gz');
  execFileSync('python3', ['tests/data/gen.py', '--samples', '1900000', '--depth', '40', '--funcs', '60000', '--locs', '200000', file]);
  const server = await serve(file);
  const page = await open(server.url + 'flamegraph');
  like(await line(page), /root: /, 'large: a profile of 200 MB has a flame graph');
  await page.goto(server.url + 'top');
  await settle(page);
  ok(await page.locator('tbody tr[aria-rowindex]').count() > 10, 'large: and a top');
  await page.context().close();
  server.stop();
}

const server = await serve(one);
const compared = await serve('-diff_base', one, two);
const steps = [() => everyPage(server), () => flame(server), () => saving(server), () => difference(compared), () => menus(server), () => configs(server),
  () => keys(server), () => graph(server), () => code(server), () => looks(server), hostile, empty, () => mistakes(server), goroutines, live];
if (process.env.PP_LONG === '1' && process.argv[2] === 'large') steps.push(large);
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
