// Menus, tables, the graph, source, labels, and how they look.
import { readFileSync } from 'node:fs';
import { is, like, ok, open, query, settle, until } from './harness.mjs';
import { path } from './fixtures.mjs';

// --- every page ---

export async function everyPage(server) {
  const wanted = {
    top: /draw/,
    graph: /4|5/,
    flamegraph: /root: 100ms/,
    peek: /lex/,
    source: /parse\(\);/,
    labels: /alice/,
  };
  for (const [view, re] of Object.entries(wanted)) {
    const page = await open(server.url + view);
    like(await page.textContent('main'), re, `${view}: the page shows the profile`);
    is(
      await page.textContent('.view-name').then((t) => t.length > 2),
      true,
      `${view}: it is named`,
    );
    is(
      page.trouble.join('\n'),
      '',
      `${view}: no errors, nothing refused by the content security policy`,
    );
    await page.context().close();
  }
  const page = await open(server.url + 'disasm');
  like(
    await page.textContent('#errors'),
    /no matches found for regexp/,
    'disasm: says in words that there is no code',
  );
  await page.context().close();
}

// --- menus, top, refine ---

export async function menus(server) {
  const page = await open(server.url + 'top');
  for (const [title, want] of [
    ['View', 'Flame Graph'],
    ['Sample', 'samples'],
    ['Refine', 'Focus'],
    ['Config', 'Save as'],
    ['Download', 'Profile'],
  ]) {
    await page.click(`nav button:has-text("${title}")`);
    like(
      await page.textContent('nav [role=menu]'),
      new RegExp(want),
      `menu ${title}: opens, with "${want}"`,
    );
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
  const names = () =>
    page.$$eval('tbody tr[aria-rowindex] th', (l) =>
      l.map((e) => e.textContent.trim().split(' ')[0]),
    );
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

export async function configs(server) {
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
  is(
    JSON.parse(readFileSync(path('pprof/settings.json'), 'utf8')).configs.length,
    0,
    'config: deleted',
  );
  await page.click('nav button:has-text("Config")');
  await page.click('[role=menu] >> text="Options ..."');
  await page.selectOption('#o-g', 'lines');
  await page.click('dialog button[type=submit]');
  await until(page, () => new URLSearchParams(location.search).get('g') === 'lines');
  ok(true, 'config: options from a dialog');
  is(page.trouble.join('\n'), '', 'config: no errors');
  await page.context().close();
}

export async function keys(server) {
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
  const focused = () => page.evaluate(() => document.activeElement.textContent.trim());
  await page.focus('nav button:has-text("Config")');
  await page.keyboard.press('ArrowDown');
  await page.waitForSelector('[role=menu]');
  await page.keyboard.press('Enter');
  await page.waitForSelector('dialog');
  await page.keyboard.press('Escape');
  await page.waitForSelector('dialog', { state: 'detached' });
  like(await focused(), /^Config/, 'keys: a dialog gives the focus back to its menu');
  await page.keyboard.press('ArrowDown');
  await page.waitForSelector('[role=menu]');
  await page.focus('#search');
  await page.waitForSelector('[role=menu]', { state: 'detached' });
  ok(true, 'keys: a menu that the focus leaves closes');
  await page.goto(server.url + 'flamegraph');
  await settle(page);
  await page.focus('canvas');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('m');
  await page.waitForSelector('[role=menu]');
  await page.keyboard.press('Escape');
  await page.waitForSelector('[role=menu]', { state: 'detached' });
  is(
    await page.evaluate(() => document.activeElement.tagName),
    'CANVAS',
    'keys: after the list of actions the arrows move on',
  );
  await page.context().close();
}

// --- graph, source, labels ---

export async function graph(server) {
  const page = await open(server.url + 'graph');
  is(
    await page.locator('.graph-box svg script').count(),
    0,
    'graph: no script comes with the drawing',
  );
  const before = await page.$eval('.graph-box svg', (s) => s.style.transform);
  const r = await page.locator('.graph-box').boundingBox();
  await page.mouse.move(r.x + 200, r.y + 200);
  await page.mouse.wheel(0, -300);
  await until(
    page,
    (old) => document.querySelector('.graph-box svg').style.transform !== old,
    before,
  );
  ok(true, 'graph: the wheel zooms');
  await page.locator('[data-at]', { hasText: 'alloc' }).first().click();
  await until(page, () => document.querySelector('.graph-box .selected'));
  await page.click('nav button:has-text("Refine")');
  like(
    await page.getAttribute('[role=menu] a:has-text("Ignore")', 'href'),
    /i=%5Ealloc%24/,
    'graph: a click selects for the menus',
  );
  await page.keyboard.press('Escape');
  // "parse|50ms of 100ms (50%)" and the like, as the rows of the table have it
  const drawn = await page.$$eval('.graph-box g[data-at]', (list) =>
    list.map((g) => {
      const [name, ...weights] = [...g.querySelectorAll('text')].map((t) => t.textContent);
      const share = (text) => `${Math.round(/\(([\d.]+)%\)/.exec(text)?.[1] || 0)}`;
      const [first, second] = weights.map((w) => w.trim());
      const flat = /^0 of /.test(first) ? ['0', '0'] : [first.split(' ')[0], share(first)];
      const whole = second || first;
      const cum = / of |^of /.test(whole) ? [/of (\S+)/.exec(whole)[1], share(whole)] : flat;
      return [...flat, ...cum, name].join('|');
    }),
  );
  await page.goto(server.url + 'graph?as=table');
  await settle(page);
  const rows = (label) =>
    page.$$eval(`table[aria-label=${label}] tbody tr[aria-rowindex]`, (list) =>
      list.map((r) => [...r.children].map((c) => c.textContent).join('|')),
    );
  const roughly = (list) =>
    list.map((row) => row.replace(/[\d.]+%/g, (p) => `${Math.round(parseFloat(p))}`));
  is(
    roughly(await rows('Functions')).sort().join('\n'),
    drawn.sort().join('\n'),
    'graph: a table has the figures of the drawing',
  );
  const calls = await rows('Calls');
  ok(calls.some((c) => /^50ms\|50.0%\|main\|parse$/.test(c)), 'graph: another its calls', calls);
  await page.click('table[aria-label=Functions] tbody tr:has-text("alloc")');
  await page.click('nav button:has-text("Refine")');
  like(
    await page.getAttribute('[role=menu] a:has-text("Ignore")', 'href'),
    /i=%5Ealloc%24/,
    'graph: a row selects for the menus, as its box does',
  );
  await page.keyboard.press('Escape');
  is(page.trouble.join('\n'), '', 'graph: no errors');
  await page.context().close();
}

export async function code(server) {
  const page = await open(server.url + 'source?f=parse');
  const text = await page.textContent('main');
  like(text, /lex\(\);/, 'source: lines of the file');
  like(text, /30ms/, 'source: with weights');
  await page.click('text="Show all instructions"');
  await until(page, () => new URLSearchParams(location.search).get('open') === 'all');
  ok(true, 'source: what is open is in the address');
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

// --- paper and fingers ---

// What is printed is all of it, not what a window shows.
export async function paper(server) {
  const page = await open(server.url + 'flamegraph', { viewport: { width: 900, height: 300 } });
  const printing = (name) => page.evaluate((n) => dispatchEvent(new Event(n)) && undefined, name);
  await printing('beforeprint');
  await page.waitForSelector('.paper svg');
  const text = await page.textContent('.paper svg');
  for (const name of ['main', 'lex', 'alloc', 'draw'])
    ok(text.includes(`${name}: `), `paper: the flame graph has ${name}`, text.slice(0, 500));
  await printing('afterprint');
  await page.waitForSelector('.flame-box canvas');
  ok(true, 'paper: the canvas is back afterwards');
  await page.goto(server.url + 'graph');
  await settle(page);
  await page.emulateMedia({ media: 'print' });
  const fits = await page.$eval('.graph-box svg', (s) => {
    const r = s.getBoundingClientRect();
    return r.width > 100 && r.left >= 0 && r.right <= innerWidth;
  });
  ok(fits, 'paper: the graph is as wide as the page');
  is(page.trouble.join('\n'), '', 'paper: no errors');
  await page.context().close();
}

// Two fingers that move apart around the middle of an element.
async function spread(page, selector) {
  const r = await page.locator(selector).boundingBox();
  const net = await page.context().newCDPSession(page);
  const [x, y] = [r.x + r.width / 2, r.y + r.height / 2];
  const at = (d) => [
    { x: x - d, y, id: 1 },
    { x: x + d, y, id: 2 },
  ];
  await net.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [at(20)[0]] });
  await net.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: at(20) });
  for (const d of [30, 40, 60])
    await net.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: at(d) });
  await net.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
}

export async function fingers(server) {
  const phone = { viewport: { width: 390, height: 844 }, hasTouch: true };
  const page = await open(server.url + 'graph', phone);
  const scale = () =>
    page.$eval('.graph-box svg', (s) => Number(/scale\((.*)\)/.exec(s.style.transform)[1]));
  const before = await scale();
  await spread(page, '.graph-box');
  ok((await scale()) > before * 1.5, 'fingers: two zoom the graph', `${before} ${await scale()}`);
  is(await page.locator('.graph-box .selected').count(), 0, 'fingers: and select nothing');
  await page.goto(server.url + 'flamegraph');
  await settle(page);
  await spread(page, '.flame-box canvas');
  await until(page, () => new URLSearchParams(location.search).get('x'));
  const [a, b] = (await query(page, 'x')).split('-').map(Number);
  ok(b - a < 0.6, 'fingers: two zoom the flame graph', `${a} ${b}`);
  is(await query(page, 'p'), null, 'fingers: and pivot nothing');
  is(page.trouble.join('\n'), '', 'fingers: no errors');
  await page.context().close();
}

// --- looks ---

export async function looks(server) {
  for (const scheme of ['light', 'dark']) {
    const page = await open(server.url + 'flamegraph', { colorScheme: scheme });
    const [r] = await page.$eval('body', (b) =>
      getComputedStyle(b).backgroundColor.match(/\d+/g).map(Number),
    );
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
      const over = await page.evaluate(() =>
        Math.max(
          document.documentElement.scrollWidth - innerWidth,
          document.querySelector('main').scrollWidth - document.querySelector('main').clientWidth,
        ),
      );
      ok(over <= 0, `looks: ${view} fits ${width} pixels`, `${over} too wide`);
      await page.context().close();
    }
  }
}
