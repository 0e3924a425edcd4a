/* dom.ts - making and finding elements. All text goes in as text: nothing here parses HTML. */

export type Child = Node | string | null;

const SVG = "http://www.w3.org/2000/svg";

/* The element index.html promises under `id`. */
export function the<T extends HTMLElement = HTMLElement>(id: string): T {
    const found = document.getElementById(id);
    if (!found) throw new Error(`index.html has no #${id}`);
    return found as T;
}

/* make("p", "soft small", "Hello ", make("b", "", "you")) */
export function make<K extends keyof HTMLElementTagNameMap>(
    tag: K,
    classes = "",
    ...children: Child[]
): HTMLElementTagNameMap[K] {
    const element = document.createElement(tag);
    if (classes) element.className = classes;
    for (const child of children) if (child !== null) element.append(child);
    return element;
}

export function draw<K extends keyof SVGElementTagNameMap>(
    tag: K,
    attributes: Record<string, string | number>,
    ...children: Node[]
): SVGElementTagNameMap[K] {
    const element = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes))
        element.setAttribute(name, String(value));
    element.append(...children);
    return element;
}

/* Writes only what differs, so that a refresh neither flickers nor disturbs a selection. */
export function setText(element: Element, text: string): void {
    if (element.textContent !== text) element.textContent = text;
}

/* Puts `wanted` into `parent`, in order, moving only what is out of place. */
export function arrange(parent: Element, wanted: Element[]): void {
    const kept = new Set(wanted);
    for (const child of Array.from(parent.children)) if (!kept.has(child)) child.remove();
    wanted.forEach((element, index) => {
        const there = parent.children[index] ?? null;
        if (there !== element) parent.insertBefore(element, there);
    });
}

export function chip(kind: string, label: string): HTMLSpanElement {
    const element = make("span", "chip", label);
    element.dataset.kind = kind;
    return element;
}

const ICONS = {
    alert: "M8 1.8a4 4 0 0 0-4 4v2.7L2.7 11.2h10.6L12 8.5V5.8a4 4 0 0 0-4-4ZM6.5 13.2a1.6 1.6 0 0 0 3 0",
    hidden: "M4.8 7.2V5a3.2 3.2 0 0 1 6.4 0v2.2M3.6 7.2h8.8v6.4H3.6Z",
    review: "M1.6 8S4 3.8 8 3.8 14.4 8 14.4 8 12 12.2 8 12.2 1.6 8 1.6 8ZM8 6.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6Z",
    close: "M3.5 3.5l9 9M12.5 3.5l-9 9",
};

/* A small drawing that also says what it means. */
export function mark(icon: keyof typeof ICONS, meaning: string): HTMLSpanElement {
    const drawing = draw(
        "svg",
        { viewBox: "0 0 16 16", "aria-hidden": "true" },
        draw("path", { d: ICONS[icon] }),
    );
    const element = make("span", "mark", make("span", "unseen", meaning));
    element.dataset.icon = icon;
    element.title = meaning;
    element.prepend(drawing);
    return element;
}
