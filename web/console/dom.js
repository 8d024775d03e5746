// Elements, made by calls. Text is always text: nothing here reads HTML.

/** @typedef {Node | string | number | null | undefined | false | any[]} Child */

/**
 * An element with attributes and children. `on…` attributes are listeners, `true` is an
 * attribute without a value, and `false`, `null` and `undefined` are left out.
 *
 * @param {string} tag A name and perhaps classes, such as `p.quiet.small`.
 * @param {Record<string, any>} [attributes]
 * @param {...(Child | Child[])} children
 * @returns {any}
 */
export function el(tag, attributes = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(name);
  if (classes.length > 0) element.className = classes.join(" ");
  for (const [key, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "class") element.className = `${element.className} ${value}`.trim();
    else element.setAttribute(key, value === true ? "" : String(value));
  }
  element.append(...kept(children));
  return element;
}

/**
 * Puts children in place of what is there.
 *
 * @param {Element} element
 * @param {...(Child | Child[])} children
 */
export function fill(element, ...children) {
  element.replaceChildren(...kept(children));
}

/** @param {(Child | Child[])[]} children @returns {(Node | string)[]} */
function kept(children) {
  return children.flat(Infinity).flatMap((child) => {
    if (child === null || child === undefined || child === false) return [];
    return [child instanceof Node ? child : String(child)];
  });
}

let ids = 0;

/** An id that no other element has. @param {string} name */
export function unique(name) {
  ids += 1;
  return `${name}-${ids}`;
}
