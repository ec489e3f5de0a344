// A table of any length: only rows in sight are in the page. Arrows move, Enter acts, headers sort.
import { useEffect, useRef, useState } from 'preact/hooks';
import { html, usePrinting, useSize } from './util.js';

export const ROW = 24;
const PRINTED = 1000; // rows that go to paper

// columns: {key, title, className, cell(row), sort(row)}; rows: any objects
export function Table({
  label,
  columns,
  rows,
  by,
  onSort,
  isSelected,
  onSelect,
  onAct,
  onMenu,
  empty,
  rowClass,
}) {
  const box = useRef();
  const [, height] = useSize(box);
  const [top, setTop] = useState(0);
  const [at, setAt] = useState(0);
  const printing = usePrinting();
  const first = printing ? 0 : Math.max(0, Math.floor(top / ROW) - 8);
  const inSight = printing ? PRINTED : Math.ceil((height || 600) / ROW) + 16;
  const last = Math.min(rows.length, first + inSight);
  useEffect(() => setAt(0), [rows.length]);
  const move = (to) => {
    const next = Math.max(0, Math.min(rows.length - 1, to));
    const y = next * ROW;
    setAt(next);
    if (y < box.current.scrollTop) box.current.scrollTop = y;
    const room = height - ROW * 2;
    if (y > box.current.scrollTop + room) box.current.scrollTop = y - room;
    requestAnimationFrame(() =>
      box.current?.querySelector('tr[data-at]')?.focus({ preventScroll: true }),
    );
  };
  const key = (e) => {
    const page = Math.max(1, Math.floor(height / ROW) - 2);
    const steps = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: -rows.length,
      End: rows.length,
    };
    if (e.target.closest('thead')) return;
    if (e.key in steps) move(at + steps[e.key]);
    else if (e.key === ' ' && onSelect) onSelect(rows[at]);
    else if (e.key === 'Enter' && onAct) onAct(rows[at]);
    else if ((e.key === 'ContextMenu' || (e.key === 'F10' && e.shiftKey)) && onMenu) {
      const r = box.current.querySelector('tr[data-at]').getBoundingClientRect();
      onMenu(rows[at], [r.left + 240, r.bottom]);
    } else return;
    e.preventDefault();
  };
  const sorted = (c) => (by === c.key ? 'descending' : by === '-' + c.key ? 'ascending' : 'none');
  return html`<div class="scroll" ref=${box} onScroll=${() => setTop(box.current.scrollTop)}>
    <table aria-label=${label} aria-rowcount=${rows.length + 1} onKeyDown=${key}>
      <thead><tr aria-rowindex="1">${columns.map(
        (c) => html`<th scope="col" class=${c.className || ''}
        aria-sort=${onSort && c.sort ? sorted(c) : undefined}>${
          onSort && c.sort
            ? html`<button onClick=${() => onSort(c.key)}>${c.title}<span aria-hidden="true">${
                { descending: ' ↓', ascending: ' ↑', none: '' }[sorted(c)]
              }</span></button>`
            : c.title
        }</th>`,
      )}</tr></thead>
      <tbody>
        ${first > 0 && html`<tr aria-hidden="true"><td colspan=${columns.length}
          style=${{ height: first * ROW + 'px' }}></td></tr>`}
        ${rows.slice(first, last).map(
          (row, i) => html`<tr key=${first + i} aria-rowindex=${first + i + 2}
          tabindex=${first + i === at ? 0 : -1} data-at=${first + i === at ? '' : undefined}
          aria-selected=${isSelected ? isSelected(row) : undefined}
          class=${(isSelected?.(row) ? 'selected ' : '') + (rowClass?.(row) || '')}
          onClick=${(e) => {
            setAt(first + i);
            if (onSelect && !e.target.closest('a,button')) onSelect(row);
          }}
          onDblClick=${() => onAct && onAct(row)}
          onContextMenu=${(e) => {
            if (onMenu) {
              e.preventDefault();
              onMenu(row, [e.clientX, e.clientY]);
            }
          }}>
          ${columns.map((c, n) =>
            n === columns.length - 1
              ? html`<th scope="row" class=${c.className || ''}>${c.cell(row)}</th>`
              : html`<td class=${c.className || ''}>${c.cell(row)}</td>`,
          )}</tr>`,
        )}
        ${
          last < rows.length &&
          !printing &&
          html`<tr aria-hidden="true"><td colspan=${columns.length}
          style=${{ height: (rows.length - last) * ROW + 'px' }}></td></tr>`
        }
      </tbody></table>
    ${rows.length === 0 && html`<p class="nothing">${empty || 'Nothing to show.'}</p>`}
  </div>`;
}

// The order after a click on a header: the other way round when it is that column's already.
export const nextOrder = (by, key) => (by === key ? '-' + key : key);

export function sortRows(rows, columns, by) {
  const down = !by.startsWith('-');
  const column = columns.find((c) => c.key === by.replace(/^-/, ''));
  if (!column || !column.sort) return rows;
  const keyed = rows.map((row) => [column.sort(row), row]);
  const text = keyed.length && typeof keyed[0][0] === 'string';
  keyed.sort(([a], [b]) => (text ? (a < b ? -1 : a > b ? 1 : 0) : b - a));
  if (!down) keyed.reverse();
  return keyed.map(([, row]) => row);
}
