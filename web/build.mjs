// Makes dist/ of src/: one script and one style sheet for the pages, one script for saved pictures.
// usage: npm ci && npm run build        (with --check: fails when dist/ is not what src/ gives)
import { build } from 'esbuild';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const check = process.argv.includes('--check');
const out = check ? await mkdtemp(join(tmpdir(), 'pprof-web-')) : join(here, 'dist');
const files = ['app.js', 'app.css', 'chart.js', 'flame.js', 'icon.svg'];

const common = {
  absWorkingDir: here,
  bundle: true,
  charset: 'utf8',
  external: ['./chart.js'], // loaded by the page that needs it
  legalComments: 'inline',
  logLevel: 'warning',
  minify: true,
  target: 'es2022',
};
const make = (from, to, format) =>
  build({ ...common, entryPoints: [join('src', from)], format, outfile: join(out, to) });
await make('app.js', 'app.js', 'esm');
await make('chart.js', 'chart.js', 'esm');
await make('standalone.js', 'flame.js', 'iife');
await make('app.css', 'app.css');
await copyFile(join(here, 'src/icon.svg'), join(out, 'icon.svg'));

if (check) {
  for (const name of files) {
    const made = await readFile(join(out, name));
    const kept = await readFile(join(here, 'dist', name));
    if (!made.equals(kept)) {
      console.log(`web/dist/${name} is not what its sources give: run npm run build in web/`);
      process.exitCode = 1;
    }
  }
  await rm(out, { recursive: true });
}
