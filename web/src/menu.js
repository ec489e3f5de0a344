// Menus, dialogs and the list of actions on one function.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { html, follow, viewAddress, exactly, params, quoted } from './util.js';

function focusBy(list, step) {
  const items = [...list.querySelectorAll('a,button:not(:disabled)')];
  const at = items.indexOf(document.activeElement);
  items[(at + step + items.length) % items.length]?.focus();
}

// A button that opens a list: arrows move, Escape closes.
export function Menu({ title, children, align }) {
  const [open, set] = useState(false);
  const root = useRef();
  useLayoutEffect(() => {
    if (!open) return undefined;
    const outside = (e) => root.current.contains(e.target) || set(false);
    addEventListener('pointerdown', outside);
    root.current.querySelector('[role=menu] a,[role=menu] button')?.focus({ preventScroll: true });
    return () => removeEventListener('pointerdown', outside);
  }, [open]);
  const close = (refocus) => {
    set(false);
    if (refocus) root.current.querySelector('button').focus();
  };
  const key = (e) => {
    if (!open) {
      if (e.key === 'ArrowDown') {
        e.preventDefault();
        set(true);
      }
      return;
    }
    if (e.key === 'Escape') close(true);
    else if (e.key === 'ArrowDown') focusBy(root.current.lastElementChild, 1);
    else if (e.key === 'ArrowUp') focusBy(root.current.lastElementChild, -1);
    else return;
    e.preventDefault();
    e.stopPropagation();
  };
  const leave = (e) => {
    if (open && e.relatedTarget && !root.current.contains(e.relatedTarget)) set(false);
  };
  // Before what was chosen happens: a dialog gives the focus back to who had it.
  const chosen = () => {
    root.current.querySelector('button').focus({ preventScroll: true });
    setTimeout(() => set(false));
  };
  return html`<div class="menu" ref=${root} onKeyDown=${key} onFocusOut=${leave}>
    <button class="menu-title" aria-haspopup="menu" aria-expanded=${open}
      onClick=${() => set(!open)}>
      ${title}<span class="caret" aria-hidden="true">▾</span></button>
    ${
      open &&
      html`<div role="menu" aria-label=${title} class=${'popup ' + (align || '')}
      onClick=${chosen}>${children}</div>`
    }
  </div>`;
}

export function Item({ to, title, hint, disabled, current, onClick, newTab }) {
  const inner = html`<span>${title}</span>${hint && html`<small>${hint}</small>`}`;
  if (to && !disabled) {
    return html`<a role="menuitem" href=${to} class=${current ? 'current' : ''}
      aria-current=${current ? 'page' : undefined} target=${newTab ? '_blank' : undefined}
      rel=${newTab ? 'noopener' : undefined}
      onClick=${(e) => newTab || follow(e, to)}>${inner}</a>`;
  }
  return html`<button role="menuitem" disabled=${disabled} onClick=${onClick}
    class=${current ? 'current' : ''}>${inner}</button>`;
}

export function Dialog({ title, onClose, children, wide }) {
  const ref = useRef();
  useEffect(() => ref.current.showModal(), []);
  return html`<dialog ref=${ref} onClose=${onClose} class=${wide ? 'wide' : ''} aria-label=${title}
    onClick=${(e) => e.target === ref.current && ref.current.close()}>
    <div class="dialog"><header><h2>${title}</h2>
      <button class="quiet" aria-label="Close" onClick=${() => ref.current.close()}>✕</button>
      </header>
      ${children}</div></dialog>`;
}

const joined = (name, more) => {
  const old = params().get(name);
  return old ? `${old}|${more}` : more;
};

// What the Refine menu does, by parameter.
export const refinements = (re) => [
  ['Focus', 'f', re, 'Only stacks through it'],
  ['Ignore', 'i', joined('i', re), 'No stacks through it'],
  ['Hide', 'h', joined('h', re), 'Its frames leave the stacks'],
  ['Show', 's', re, 'Only its frames stay'],
  ['Show from', 'sf', re, 'Callers above it go'],
];

// The list of actions at a place, on one function.
export function FunctionMenu({ at, name, file, onClose, more }) {
  const ref = useRef();
  useLayoutEffect(() => {
    const own = ref.current;
    const before = document.activeElement;
    const box = own.getBoundingClientRect();
    ref.current.style.left = Math.max(4, Math.min(at[0], innerWidth - box.width - 4)) + 'px';
    ref.current.style.top = Math.max(4, Math.min(at[1], innerHeight - box.height - 4)) + 'px';
    ref.current.querySelector('a,button')?.focus({ preventScroll: true });
    const outside = (e) => ref.current?.contains(e.target) || onClose();
    addEventListener('pointerdown', outside);
    addEventListener('blur', onClose);
    return () => {
      removeEventListener('pointerdown', outside);
      removeEventListener('blur', onClose);
      if (own.contains(document.activeElement)) before?.focus({ preventScroll: true });
    };
  }, []);
  const leave = (e) => e.relatedTarget && !ref.current.contains(e.relatedTarget) && onClose();
  const re = exactly([name]);
  const key = (e) => {
    if (e.key === 'Escape') onClose();
    else if (e.key === 'ArrowDown') focusBy(ref.current, 1);
    else if (e.key === 'ArrowUp') focusBy(ref.current, -1);
    else return;
    e.preventDefault();
    e.stopPropagation();
  };
  const source = viewAddress('source', { f: re });
  return html`<div class="popup floating" role="menu" aria-label=${name} ref=${ref} onKeyDown=${key}
    onFocusOut=${leave} onClick=${() => setTimeout(onClose)}>
    <div class="popup-title" title=${name}>${name}</div>
    ${more && more.map(([title, run]) => html`<${Item} title=${title} onClick=${run} />`)}
    <${Item} title="Show source code" to=${source} />
    <${Item} title="Show source in new tab" to=${source} newTab=${true} />
    <${Item} title="Callers and callees" to=${viewAddress('peek', { f: re })} />
    ${!more && html`<${Item} title="Flame graph around it"
      to=${viewAddress('flamegraph', { p: re, z: null })} />`}
    <hr />
    ${refinements(re).map(
      ([title, key2, value]) =>
        html`<${Item} title=${title}
          to=${viewAddress(location.pathname.split('/').pop(), { [key2]: value })} />`,
    )}
    <hr />
    <${Item} title="Copy name" onClick=${() => navigator.clipboard?.writeText(name)} />
  </div>`;
}

export { quoted };
