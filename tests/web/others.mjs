// Hostile, empty and large profiles, goroutines, running programs.
import { createServer } from 'node:http';
import { once } from 'node:events';
import { execFileSync, spawn } from 'node:child_process';
import { is, like, ok, open, query, serve, settle, until } from './harness.mjs';
import { CPU, DUMP, download, line, ms, path, put } from './fixtures.mjs';
import { encode } from './profile.mjs';

// --- before the profile has been read ---

// A file that nobody can read before the returned function is called; null without leases here.
async function hold(file) {
  const held = spawn('python3', ['tests/cli/held_file.py', file]);
  const [said] = await once(held.stdout, 'data').catch(() => ['']);
  return `${said}`.trim() === 'held' ? () => held.stdin.end() : null;
}

const reading = (page) => page.waitForSelector('text=Reading the profile');

export async function early() {
  const samples = [{ stack: ['main'], values: ms(7) }];
  const file = put('slow.pb', encode({ types: CPU, samples }));
  const release = await hold(file);
  if (!release) return ok(true, 'early pages # SKIP no leases here');
  const server = await serve(file);
  const page = await open(server.url + 'flamegraph', {}, reading);
  ok(true, 'early: the page says that the profile is being read');
  release();
  await settle(page);
  like(await line(page), /^root: 7ms/, 'early: and shows it when it has been read');
  is(page.trouble.join('\n'), '', 'early: without trouble');
  const bad = put('bad.pb', 'no profile at all\n');
  const free = await hold(bad);
  const broken = await serve(bad);
  const waits = await open(broken.url + 'flamegraph', {}, reading);
  free();
  await waits.waitForSelector('[role=alert]');
  like(
    await waits.textContent('[role=alert]'),
    /This profile cannot be shown\. failed to fetch any source profiles/,
    'early: a profile that cannot be read is told about in words',
  );
  return undefined;
}

// --- hostile and empty ---

export async function hostile() {
  const evil = '<script>alert(1)</script>';
  const more = '"><img src=x onerror=alert(2)>';
  const server = await serve(
    put(
      'evil.pb',
      encode({
        types: CPU,
        file: `/bin/${evil}`,
        samples: [
          {
            stack: ['main', evil, { name: more, file: `/tmp/${evil}`, line: 3 }, '\u2028</script>'],
            values: ms(5),
            labels: { [evil]: more },
          },
        ],
      }),
    ),
  );
  for (const view of [
    'flamegraph',
    'flamegraph?as=table',
    'top',
    'graph',
    'peek',
    'source',
    'disasm',
    'labels',
    `top?f=${encodeURIComponent(evil)}`,
    `top?n=${encodeURIComponent(evil)}`,
  ]) {
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
  alone.on('dialog', (d) => {
    trouble.push(d.message());
    d.dismiss();
  });
  alone.on('pageerror', (e) => trouble.push(e.message));
  await alone.goto('file://' + file);
  await alone.evaluate(() => new Promise(requestAnimationFrame));
  is(trouble.join('\n'), '', 'hostile: the saved file runs nothing either');
  await page.context().close();
  server.stop();
}

export async function empty() {
  const server = await serve(put('empty.pb', encode({ types: CPU, samples: [] })));
  for (const [view, re] of [
    ['flamegraph', /No samples/],
    ['top', /No samples/],
    ['graph', /No functions/],
    ['labels', /no labels/],
    ['peek', /Nothing matches/],
  ]) {
    const page = await open(server.url + view);
    like(await page.textContent('main'), re, `empty: ${view} says so`);
    is(page.trouble.join('\n'), '', `empty: ${view} without errors`);
    await page.context().close();
  }
  server.stop();
}

export async function mistakes(server) {
  const page = await open(server.url + 'top?f=(');
  like(
    await page.textContent('#errors'),
    /missing closing \)/,
    'mistake: a bad expression is told in words',
  );
  await page.click('nav button:has-text("Refine")');
  await page.click('[role=menu] a:has-text("Reset")');
  await settle(page);
  like(await page.textContent('main'), /draw/, 'mistake: and can be taken back');
  await page.goto(server.url + 'peek?f=zzz');
  await settle(page);
  like(
    await page.textContent('#errors'),
    /no matches found for regexp: zzz/,
    'mistake: nothing matches',
  );
  await page.context().close();
}

// --- goroutines and live ---

export async function goroutines() {
  const server = await serve(put('dump.txt', DUMP(5)));
  const page = await open(server.url + 'goroutines');
  const row = await page.textContent('tbody tr:has-text("main.worker")');
  like(row, /^5/, 'goroutines: equal stacks are one row with a count');
  like(row, /5 min 0 s/, 'goroutines: the longest wait');
  like(row, /chan receive/, 'goroutines: the state');
  await page.click('tbody button:has-text("main.worker")');
  like(
    await page.textContent('.stack'),
    /main\.go:31.*created by main\.start.*main\.go:20/s,
    'goroutines: the stack opens',
  );
  await page.selectOption('.tools select', 'running');
  await until(page, () => !/main\.worker/.test(document.querySelector('tbody').textContent));
  ok(true, 'goroutines: filter by state');
  await page.setViewportSize({ width: 390, height: 844 });
  const over = await page.evaluate(
    () => document.querySelector('main').scrollWidth - document.querySelector('main').clientWidth,
  );
  ok(over <= 0, 'goroutines: fits a phone', `${over} too wide`);
  is(page.trouble.join('\n'), '', 'goroutines: no errors');
  await page.context().close();
  server.stop();
}

export async function live() {
  let asked = 0;
  const program = createServer((request, reply) => {
    const url = new URL(request.url, 'http://x');
    const page = url.pathname.replace('/debug/pprof/', '');
    if (page === '')
      reply.end(
        `<table>\n<tr><td>${7 + asked}</td><td><a href='goroutine?debug=1'>goroutine</a></td></tr>\n</table>`,
      );
    else if (page === 'goroutine') reply.end(DUMP(3 + asked));
    else if (page === 'heap' && url.searchParams.get('debug'))
      reply.end(`heap profile: 1: ${4096 * (1 + asked)} [1: 4096] @ heap/1\n`);
    else if (page === 'heap')
      reply.end(
        encode({
          types: [['inuse_space', 'bytes']],
          samples: [
            { stack: ['main', 'grow'], values: [1024 * ++asked] },
            { stack: ['main', 'keep'], values: [2048] },
          ],
        }),
      );
    else reply.writeHead(404).end();
  });
  await new Promise((done) => program.listen(0, '127.0.0.1', done));
  const server = await serve(`http://127.0.0.1:${program.address().port}/debug/pprof/heap`);
  const page = await open(server.url + 'live');
  await page.click('text="Record every 2 s"');
  await page.waitForSelector('.chart canvas');
  await until(
    page,
    () =>
      /goroutine/.test(document.querySelector('.charts').textContent) &&
      /heap in use/.test(document.querySelector('.charts').textContent),
  );
  ok(true, 'live: totals are recorded and drawn');
  await page.click('text="Stop recording"');
  await page.waitForSelector('text="Record every 2 s"');
  await page.click('text="Take a moment now"');
  await page.waitForSelector('[aria-label="look at moment 2"]');
  ok(true, 'live: another moment is taken');
  const chart = page.locator('.chart .u-over').first();
  await chart.click();
  await until(page, () => new URLSearchParams(location.search).get('m'));
  const now = await query(page, 'm');
  ok(
    await page.isChecked(`[aria-label="look at moment ${now}"]`),
    'live: a click in the chart picks the moment to look at',
  );
  await page.check('[aria-label="look at moment 2"]');
  await page.check('[aria-label="compare with moment 1"]');
  await until(page, () => /m=2.*mb=1/.test(location.search));
  ok(true, 'live: both moments are in the address');
  await page.check('[aria-label="look at moment 1"]');
  await until(page, () => !/mb=/.test(location.search));
  ok(true, 'live: a moment is not compared with itself');
  await chart.click({ modifiers: ['Shift'] });
  await until(page, () => /m=1/.test(location.search));
  await page.check('[aria-label="look at moment 2"]');
  await page.check('[aria-label="compare with moment 1"]');
  await page.click('text="Flame graph of the difference"');
  await until(page, () => location.pathname.endsWith('/flamegraph'));
  await settle(page);
  await until(page, () => /→/.test(document.querySelector('.line .who')?.textContent || ''));
  like(await line(page), /3kB \(100%\) → 4kB/, 'live: the difference of two moments');
  await page.goto(server.url + 'goroutines?m=2&mb=1');
  await settle(page);
  like(
    await page.textContent('tbody tr:has-text("main.worker")'),
    /\+1/,
    'live: goroutines of two moments are compared',
  );
  program.close();
  program.closeAllConnections();
  await page.goto(server.url + 'live');
  await settle(page);
  await page.click('text="Take a moment now"');
  await page.waitForSelector('.warning');
  like(
    await page.textContent('.warning'),
    /failed to fetch|refused|connect/,
    'live: a program that ended is told in words',
  );
  is(page.trouble.join('\n'), '', 'live: no errors');
  await page.context().close();
  server.stop();
}

// --- size: only when asked for ---

export async function large() {
  const file = path('large.pb.gz');
  execFileSync('python3', [
    'tests/data/gen.py',
    '--samples',
    '1900000',
    '--depth',
    '40',
    '--funcs',
    '60000',
    '--locs',
    '200000',
    file,
  ]);
  const server = await serve(file);
  const page = await open(server.url + 'flamegraph');
  like(await line(page), /root: /, 'large: a profile of 200 MB has a flame graph');
  await page.goto(server.url + 'top');
  await settle(page);
  ok((await page.locator('tbody tr[aria-rowindex]').count()) > 10, 'large: and a top');
  await page.context().close();
  server.stop();
}
