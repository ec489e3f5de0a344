// A browser, servers of the tool, and TAP.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const require = createRequire(join(resolve(process.env.PP_PLAYWRIGHT || '.'), 'x.js'));
const { chromium } = require('playwright-core');

export const work = mkdtempSync(join(tmpdir(), 'pprof-pages-'));
const children = new Set();
let count = 0;
let failed = 0;
let complaints = '';

export function ok(fine, name, detail) {
  count++;
  failed += fine ? 0 : 1;
  console.log(`${fine ? 'ok' : 'not ok'} ${count} - ${name}`);
  if (!fine && detail !== undefined)
    console.log(String(detail).replace(/^/gm, '# ').slice(0, 2000));
}
export const is = (got, want, name) => ok(got === want, name, `got: ${got}\nwanted: ${want}`);
export const like = (got, re, name) => ok(re.test(got), name, `nothing matches ${re} in: ${got}`);

// Starts the tool; resolves to its address once it serves.
export function serve(...args) {
  const env = { ...process.env, XDG_CONFIG_HOME: work, PPROF_TMPDIR: work, HOME: work };
  const child = spawn(
    join(process.env.PP_BUILD || 'build', 'pprof'),
    ['-http=localhost:', '-no_browser', '-symbolize=none', ...args],
    { env },
  );
  children.add(child);
  return new Promise((done, fail) => {
    let said = '';
    child.stderr.on('data', (d) => {
      said += d;
      if (/runtime error|Sanitizer/.test(d)) complaints += d;
      const m = /Serving web UI on (\S+)/.exec(said);
      if (m)
        done({
          url: m[1] + '/ui/',
          pid: child.pid,
          stop: () => child.kill('SIGKILL'),
        });
    });
    child.on('exit', (code) => fail(new Error(`pprof ended with ${code}: ${said}`)));
  });
}

const browser = await chromium.launch({
  executablePath: process.env.PP_CHROMIUM || '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
});

// A page that notes every error, refused content and dialog.
export async function open(url, options = {}, ready = settle) {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    acceptDownloads: true,
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(60000);
  page.trouble = [];
  page.on('pageerror', (e) => page.trouble.push(e.message));
  page.on(
    'console',
    (c) => c.type() === 'error' && !/status of 400/.test(c.text()) && page.trouble.push(c.text()),
  );
  page.on('dialog', (d) => {
    page.trouble.push('dialog: ' + d.message());
    d.dismiss();
  });
  await page.goto(url);
  await ready(page);
  return page;
}

// Until the view is there and nothing is being fetched.
export async function settle(page) {
  await page.waitForFunction(
    () =>
      document.querySelector('main') &&
      !document.querySelector('.progress.busy') &&
      !/ …$/.test(document.querySelector('main > .nothing')?.textContent || ''),
  );
}

export const until = (page, f, arg) => page.waitForFunction(f, arg);
export const query = (page, name) =>
  page.evaluate((n) => new URLSearchParams(location.search).get(n), name);

export async function end() {
  is(complaints, '', 'no sanitizer complained');
  await browser.close();
  for (const child of children) child.kill('SIGKILL');
  rmSync(work, { recursive: true, force: true });
  console.log(`1..${count}`);
  process.exit(failed ? 1 : 0);
}
