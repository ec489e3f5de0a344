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

const common = { bundle: true, minify: true, target: 'es2021', legalComments: 'inline', charset: 'utf8', absWorkingDir: here, logLevel: 'warning' };
await build({ ...common, entryPoints: ['src/app.js'], external: ['./chart.js'], format: 'esm', outfile: join(out, 'app.js') });
await build({ ...common, entryPoints: ['src/chart.js'], format: 'esm', outfile: join(out, 'chart.js') });
await build({ ...common, entryPoints: ['src/standalone.js'], format: 'iife', outfile: join(out, 'flame.js') });
await build({ ...common, entryPoints: ['src/app.css'], outfile: join(out, 'app.css') });
await copyFile(join(here, 'src/icon.svg'), join(out, 'icon.svg'));

if (check) {
  for (const name of files) {
    const [made, kept] = await Promise.all([readFile(join(out, name)), readFile(join(here, 'dist', name))]);
    if (!made.equals(kept)) {
      console.log(`web/dist/${name} is not what its sources give: run npm run build in web/`);
      process.exitCode = 1;
    }
  }
  await rm(out, { recursive: true });
}
