// Numbers in words.
const UNITS = {
  nanoseconds: [
    ['ns', 1],
    ['us', 1e3],
    ['ms', 1e6],
    ['s', 1e9],
    ['hrs', 3600e9],
    ['days', 86400e9],
  ],
  bytes: [
    ['B', 1],
    ['kB', 1024],
    ['MB', 1048576],
    ['GB', 2 ** 30],
    ['TB', 2 ** 40],
  ],
};
const FACTORS = {
  microseconds: 1e3,
  milliseconds: 1e6,
  seconds: 1e9,
  kilobytes: 1024,
  megabytes: 1048576,
};

export function words(value, about) {
  const ratio = about.ratio > 0 ? about.ratio : 1;
  let unit = about.unit;
  let v = value * ratio;
  if (FACTORS[unit]) {
    v *= FACTORS[unit];
    unit = unit.endsWith('seconds') ? 'nanoseconds' : 'bytes';
  }
  const list = UNITS[unit];
  if (!list) return trim(v) + (unit && unit !== 'count' ? ' ' + unit : '');
  let best = list[0];
  for (const u of list) if (Math.abs(v) >= u[1]) best = u;
  return trim(v / best[1]) + (v ? best[0] : '');
}

function trim(v) {
  return Math.abs(v) >= 1e6 ? grouped(Math.round(v)) : String(+v.toFixed(2));
}

export function percent(value, total) {
  if (!total) return '';
  const p = (100 * value) / total;
  return (
    (Math.abs(p) >= 99.95 ? p.toFixed(0) : Math.abs(p) >= 1 ? p.toFixed(1) : p.toFixed(2)) + '%'
  );
}

export const bytesWords = (v) => words(v, { unit: 'bytes', ratio: 1 });

export function secondsWords(s) {
  if (s < 0) return '';
  if (s < 60) return `${+s.toFixed(1)} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${Math.round(s % 60)} s`;
  return `${Math.floor(s / 3600)} h ${Math.round((s % 3600) / 60)} min`;
}

// 1234567.5 as "1,234,567.5"; without Intl, which takes a browser 20 ms to start.
export function grouped(v) {
  const [whole, rest] = String(v).split('.');
  return whole.replace(/\B(?=(\d{3})+$)/g, ',') + (rest ? '.' + rest : '');
}
