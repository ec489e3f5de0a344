// A running program over time: totals as charts, moments to look at and to compare.
import { useEffect, useRef, useState } from 'preact/hooks';
import {
  Waiting,
  html,
  bytesWords,
  change,
  follow,
  grouped,
  known,
  params,
  post,
  useDark,
  useData,
  useReport,
  useURL,
  viewAddress,
} from './util.js';

const clock = (ms) => new Date(ms).toLocaleTimeString('en-GB');
const isBytes = (name) => name.includes('(bytes)');
const plain = (name) => name.replace(' (bytes)', '');
const value = (name, v) =>
  v === null || v === undefined
    ? 'not known'
    : isBytes(name)
      ? bytesWords(v)
      : grouped(v);

function Chart({ uPlot, name, at, values, moments, onPick }) {
  const box = useRef();
  const plot = useRef();
  const picked = useRef(); // of the newest moments, also in a chart that was made before them
  const dark = useDark();
  picked.current = onPick;
  useEffect(() => {
    const ink = dark ? '#9aa2ab' : '#6b7178';
    const axis = {
      stroke: ink,
      grid: { stroke: dark ? '#2c3138' : '#e6e9ed', width: 1 },
      ticks: { show: false },
      font: '11px system-ui',
    };
    const marks = (u) => {
      u.ctx.save();
      u.ctx.strokeStyle = ink;
      u.ctx.setLineDash([3, 3]);
      for (const m of moments.current) {
        const x = Math.round(u.valToPos(m.at / 1000, 'x', true));
        if (x < u.bbox.left || x > u.bbox.left + u.bbox.width) continue;
        u.ctx.beginPath();
        u.ctx.moveTo(x, u.bbox.top);
        u.ctx.lineTo(x, u.bbox.top + u.bbox.height);
        u.ctx.stroke();
      }
      u.ctx.restore();
    };
    plot.current = new uPlot(
      {
        width: box.current.clientWidth,
        height: 130,
        legend: { show: false },
        hooks: { draw: [marks] },
        cursor: { points: { size: 6 }, drag: { x: false, y: false } },
        scales: { y: { range: (u, low, high) => [0, (high || 1) * 1.1] } },
        axes: [
          { ...axis, space: 70, size: 28, values: (u, ticks) => ticks.map((t) => clock(t * 1000)) },
          {
            ...axis,
            size: 62,
            space: 26,
            ...(isBytes(name) ? { incrs: Array.from({ length: 50 }, (_, i) => 2 ** i) } : {}),
            values: (u, ticks) =>
              ticks.map((t) => (isBytes(name) ? bytesWords(t) : grouped(t))),
          },
        ],
        series: [
          {},
          {
            stroke: dark ? '#8ab4ff' : '#1a56c4',
            width: 1.5,
            fill: dark ? '#8ab4ff22' : '#1a56c418',
            points: { show: false },
          },
        ],
      },
      [at, values],
      box.current,
    );
    const click = (e) => {
      const i = plot.current.cursor.idx;
      if (i !== null && i !== undefined) picked.current(plot.current.data[0][i] * 1000, e.shiftKey);
    };
    plot.current.over.addEventListener('click', click);
    const watch = new ResizeObserver(() =>
      plot.current.setSize({ width: box.current.clientWidth, height: 130 }),
    );
    watch.observe(box.current);
    return () => {
      watch.disconnect();
      plot.current.destroy();
    };
  }, [dark, name]);
  useEffect(() => plot.current.setData([at, values]), [at, values]);
  const last = values[values.length - 1];
  return html`<figure class="chart"><figcaption>
  <b>${plain(name)}</b> <span>${value(name, last)}</span></figcaption>
    <div ref=${box} role="img" aria-label=${`${plain(name)} over time, now ${value(name, last)}`}>
    </div></figure>`;
}

// One moment is looked at, another compared with it: m and mb in the address. Nobody is compared
// with himself.
const lookAt = (m) => change({ m, mb: params().get('mb') === m ? null : params().get('mb') });
const compareWith = (mb) => change({ mb: params().get('m') === mb ? null : mb });

function Moments({ moments }) {
  const url = params();
  const newest = moments.length ? moments[moments.length - 1].number : 0;
  const now = url.get('m') || String(newest);
  const base = url.get('mb') === now ? '' : url.get('mb') || '';
  const to = (view) =>
    viewAddress(view, { m: now === String(newest) && !base ? null : now, mb: base || null });
  const link = (view, title) =>
    html`<a class="button" href=${to(view)} onClick=${(e) => follow(e, to(view))}>${title}</a>`;
  return html`<section class="moments"><h2>Moments</h2>
    <table aria-label="Moments"><thead><tr><th scope="col">Look at</th><th
      scope="col">Compare with</th><th scope="col">Moment</th></tr></thead><tbody>
      ${moments.map(
        (
          m,
        ) => html`<tr><td><input type="radio" name="now" aria-label=${`look at moment ${m.number}`}
          checked=${now === String(m.number)} onChange=${() => lookAt(String(m.number))} /></td>
        <td><input type="radio" name="base" aria-label=${`compare with moment ${m.number}`}
          checked=${base === String(m.number)} disabled=${now === String(m.number)}
            onChange=${() => compareWith(String(m.number))} /></td>
        <th scope="row">${m.number}: ${clock(m.at)}
          ${m.dump ? '' : html` <small>no goroutine dump</small>`}</th></tr>`,
      )}
    </tbody></table>
    <p>${base && html`<button onClick=${() => compareWith(null)}>Compare with none</button> `}
      ${link('flamegraph', base ? 'Flame graph of the difference' : 'Flame graph')}${' '}
      ${link('top', 'Top')}${' '}
      ${known.views.find((v) => v.path === 'goroutines').there && link('goroutines', 'Goroutines')}
    </p>
  </section>`;
}

export function Live() {
  useURL();
  const [tick, setTick] = useState(0);
  const [busy, setBusy] = useState('');
  const [trouble, setTrouble] = useState('');
  const [profiles, setProfiles] = useState(false);
  const [more, setMore] = useState(false);
  const [uPlot, setPlot] = useState(null);
  useEffect(() => {
    import('./chart.js')
      .then((m) => setPlot(() => m.default)) // only this page draws charts
      .catch((error) => setTrouble(error.message));
  }, []);
  const state = useData('live', { keep: false, tick });
  useReport({ ...state, since: state.data ? undefined : state.since });
  const moments = useRef([]);
  const every = state.data?.every || 0;
  useEffect(() => {
    if (!every) return undefined;
    const timer = setInterval(
      () => document.hidden || setTick((n) => n + 1),
      Math.max(1000, every * 1000),
    );
    return () => clearInterval(timer);
  }, [every]);
  const run = (what, url) => async () => {
    setBusy(what);
    setTrouble('');
    try {
      await post(url);
    } catch (error) {
      setTrouble(error.message);
    }
    setBusy('');
    setTick((n) => n + 1);
  };
  if (!state.data)
    return html`<${Waiting} state=${state} what=${'Asking …'} />`;
  const d = state.data;
  moments.current = d.moments;
  const names = Object.keys(d.series);
  const first = [
    'resident memory (bytes)',
    'heap in use (bytes)',
    'threads',
    'goroutine',
    'descriptors',
    'fd',
  ];
  const others = names.filter((n) => !first.includes(n));
  const main = names.filter((n) => first.includes(n));
  main.sort((a, b) => first.indexOf(a) - first.indexOf(b));
  const chart = (n) =>
    html`<${Chart} key=${n} uPlot=${uPlot} name=${n} at=${d.at} values=${d.series[n]}
      moments=${moments} onPick=${pick} />`;
  const pick = (ms, other) => {
    const near = d.moments.reduce(
      (best, m) => (Math.abs(m.at - ms) < Math.abs(best.at - ms) ? m : best),
      d.moments[0],
    );
    if (near) (other ? compareWith : lookAt)(String(near.number));
  };
  const said = d.at.length ? `${every ? 'recording, ' : ''}${d.at.length} points` : '';
  return html`<main class="page flow live">
    <div class="tools">
      <button disabled=${!!busy}
        onClick=${run('Fetching the profile …', 'data/take')}>Take a moment now</button>
      ${
        every
          ? html`<button onClick=${run('', 'data/record?every=0')}>Stop recording</button>`
          : html`<button disabled=${!!busy}
            onClick=${run('Starting …', `data/record?every=2${profiles ? '&profiles=1' : ''}`)}>
            Record every 2 s</button>
          <label class="choice"><input type="checkbox" checked=${profiles}
            onChange=${(e) => setProfiles(e.target.checked)} /> with a profile each</label>`
      }
      <span class="hint" role="status">${busy || said}</span>
    </div>
    <p class="faint">${d.source}${d.pid ? `, process ${d.pid} on this machine` : ''}</p>
    ${(trouble || d.trouble) && html`<p class="warning" role="alert">${trouble || d.trouble}</p>`}
    ${
      d.at.length === 0
        ? html`<p class="hint">Recording draws the program's totals over time: memory, threads or
            goroutines, descriptors. Moments keep whole profiles, to be compared.</p>`
        : html`<p class="hint">A click in a chart looks at the moment nearest to it, Shift and a
            click compares with it; dashed lines are moments.</p>
        <div class="charts">${uPlot && main.map(chart)}</div>
        ${others.length > 0 && html`<details onToggle=${(e) => setMore(e.currentTarget.open)}>
        <summary>Counts of the other profiles</summary>${more && uPlot && html`<div
          class="charts">${others.map(chart)}</div>`}</details>`}
        <details><summary>The same as a table</summary><div class="code-box"><table
          aria-label="Totals over time"><thead><tr><th
            scope="col">Time</th>${names.map((n) => html`<th class="num"
              scope="col">${plain(n)}</th>`)}</tr></thead>
          <tbody>${d.at.slice(-200).map((t, i, list) => html`<tr><th
            scope="row">${clock(t * 1000)}</th>${names.map((n) => html`<td
              class="num">${value(n, d.series[n][d.at.length - list.length + i])}</td>`)}</tr>`)}
          </tbody></table></div></details>`
    }
    <${Moments} moments=${d.moments} />
  </main>`;
}
