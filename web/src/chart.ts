/* chart.ts - sentiment over time: stacked bars in SVG, read by pointer, by touch or by arrow keys. */

import { Counts, SENTIMENTS } from "./api";
import { Bucket, Buckets } from "./ranges";
import { arrange, draw, make, setText } from "./dom";
import { count, part, share, span, tick, title } from "./format";

const HEIGHT = 260;
const EDGE = { top: 12, right: 4, bottom: 28, left: 40 };
const LABEL_WIDTH = 64;

/* From the baseline upwards: trouble first, because the eye compares best what stands on a line. */
const STACK = [...SENTIMENTS].reverse();

export interface Chart {
    show(buckets: Buckets): void;
}

interface Scale {
    step: number; /* from one grid line to the next */
    lines: number;
    x(index: number): number;
    y(value: number): number;
    slot: number; /* width of one bucket */
    right: number;
}

/* A step of 1, 2 or 5 times a power of ten that reaches `most` in at most five lines. */
function roundStep(most: number): number {
    const rough = Math.max(most, 4) / 5;
    const power = Math.max(1, 10 ** Math.floor(Math.log10(rough)));
    return power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
}

function scaleOf(list: Bucket[], width: number): Scale {
    const most = list.reduce((highest, bucket) => Math.max(highest, bucket.total), 4);
    const step = roundStep(most);
    const lines = Math.ceil(most / step);
    const right = width - EDGE.right;
    const floor = HEIGHT - EDGE.bottom;
    const slot = (right - EDGE.left) / Math.max(1, list.length);
    return {
        step,
        lines,
        slot,
        right,
        x: (index) => EDGE.left + index * slot,
        y: (value) => floor - (value / (lines * step)) * (floor - EDGE.top),
    };
}

function grid(scale: Scale): SVGGElement {
    const group = draw("g", { class: "grid" });
    for (let line = 0; line <= scale.lines; line++) {
        const value = line * scale.step;
        const y = Math.round(scale.y(value)) + 0.5;
        const label = draw("text", { x: EDGE.left - 8, y: y + 4, "text-anchor": "end" });
        label.textContent = count(value);
        group.append(draw("line", { x1: EDGE.left, x2: scale.right, y1: y, y2: y }), label);
    }
    return group;
}

function labels({ list, step }: Buckets, scale: Scale): SVGGElement {
    const group = draw("g", { class: "axis" });
    const every = Math.ceil(LABEL_WIDTH / scale.slot);
    let last = "";
    list.forEach((bucket, index) => {
        const fromEnd = list.length - 1 - index;
        const words = tick(bucket.at, step);
        if (fromEnd % every || words === last) return;
        last = words;
        const middle = Math.min(scale.x(index) + scale.slot / 2, scale.right - 20);
        if (middle < EDGE.left + 16) return;
        const text = draw("text", { x: middle, y: HEIGHT - 8, "text-anchor": "middle" });
        text.textContent = words;
        group.append(text);
    });
    return group;
}

function bars(list: Bucket[], scale: Scale): SVGGElement {
    const group = draw("g", {});
    const width = Math.min(scale.slot - Math.max(1, scale.slot * 0.24), 32);
    list.forEach((bucket, index) => {
        let below = 0;
        for (const name of STACK) {
            const value = bucket.values[name] ?? 0;
            if (!value) continue;
            const y = scale.y(below + value);
            const height = scale.y(below) - y;
            below += value;
            group.append(
                draw("rect", {
                    class: "bar",
                    "data-kind": name,
                    x: scale.x(index) + (scale.slot - width) / 2,
                    y,
                    width,
                    height: Math.max(0.5, height - (height > 3 ? 1 : 0)),
                    rx: Math.min(2, scale.slot / 6),
                }),
            );
        }
    });
    return group;
}

function sentence(bucket: Bucket, step: number): string {
    const parts = SENTIMENTS.map((name) => `${bucket.values[name] ?? 0} ${name}`);
    return `${span(bucket.at, step)}: ${bucket.total} messages; ${parts.join(", ")}`;
}

function tipRows(bucket: Bucket, step: number): HTMLElement[] {
    const rows = SENTIMENTS.map((name) => {
        const dot = make("i", "dot");
        dot.dataset.kind = name;
        const value = bucket.values[name] ?? 0;
        return make("p", "tip-row", dot, title(name), make("b", "", count(value)));
    });
    const total = make("p", "tip-row tip-total", "All", make("b", "", count(bucket.total)));
    return [make("p", "tip-title", span(bucket.at, step)), ...rows, total];
}

export function createChart(host: HTMLElement): Chart {
    const drawing = draw("svg", { height: HEIGHT, width: "100%", "aria-hidden": "true" });
    const cursor = draw("rect", { class: "cursor", y: EDGE.top, height: HEIGHT - EDGE.top - EDGE.bottom });
    const tip = make("div", "tip");
    let shown: Buckets = { step: 1, list: [] };
    let scale = scaleOf([], 100);
    let drawn = "";
    let chosen = -1;

    host.append(drawing, tip);
    host.tabIndex = 0;
    host.setAttribute("role", "slider");
    host.setAttribute("aria-label", "Sentiment over time. Arrow keys move through time.");
    tip.setAttribute("aria-hidden", "true");

    function choose(index: number): void {
        chosen = Math.min(index, shown.list.length - 1);
        const bucket = shown.list[chosen];
        cursor.classList.toggle("shown", Boolean(bucket));
        tip.classList.toggle("shown", Boolean(bucket));
        if (!bucket) return;
        cursor.setAttribute("x", String(scale.x(chosen)));
        cursor.setAttribute("width", String(scale.slot));
        tip.replaceChildren(...tipRows(bucket, shown.step));
        const middle = scale.x(chosen) + scale.slot / 2;
        const isRight = middle > (EDGE.left + scale.right) / 2;
        const left = isRight ? middle - tip.offsetWidth - scale.slot / 2 - 10 : middle + scale.slot / 2 + 10;
        tip.style.transform = `translate(${Math.round(Math.max(0, left))}px, 8px)`;
        host.setAttribute("aria-valuenow", String(chosen));
        host.setAttribute("aria-valuetext", sentence(bucket, shown.step));
    }

    function redraw(): void {
        const width = host.clientWidth;
        const look = `${width} ${shown.step} ${JSON.stringify(shown.list)}`;
        if (!width || look === drawn) return;
        drawn = look;
        scale = scaleOf(shown.list, width);
        drawing.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
        drawing.replaceChildren(grid(scale), cursor, bars(shown.list, scale), labels(shown, scale));
        host.setAttribute("aria-valuemin", "0");
        host.setAttribute("aria-valuemax", String(Math.max(0, shown.list.length - 1)));
        host.setAttribute("aria-valuenow", String(Math.max(0, chosen)));
        choose(chosen);
    }

    function follow(event: PointerEvent): void {
        const x = event.clientX - host.getBoundingClientRect().left;
        const index = Math.floor((x - EDGE.left) / scale.slot);
        choose(Math.max(0, index));
    }

    host.addEventListener("pointermove", follow);
    host.addEventListener("pointerdown", follow);
    host.addEventListener("pointerleave", () => choose(-1));
    host.addEventListener("focus", () => {
        if (host.matches(":focus-visible")) choose(shown.list.length - 1);
    });
    host.addEventListener("blur", () => choose(-1));
    host.addEventListener("keydown", (event) => {
        const last = shown.list.length - 1;
        const from = chosen < 0 ? last : chosen;
        const to: Record<string, number> = {
            ArrowLeft: from - 1,
            ArrowDown: from - 1,
            ArrowRight: from + 1,
            ArrowUp: from + 1,
            Home: 0,
            End: last,
        };
        if (event.key === "Escape") return choose(-1);
        const next = to[event.key];
        if (next === undefined) return;
        event.preventDefault();
        choose(Math.max(0, next));
    });
    new ResizeObserver(redraw).observe(host);

    return {
        show(buckets) {
            shown = buckets;
            redraw();
        },
    };
}

/* The legend also carries the numbers of the whole period. */
export function showLegend(list: HTMLElement, sentiment: Counts, total: number): void {
    const items = SENTIMENTS.map((name, index) => {
        const item = list.children[index] ?? make("li", "", make("i", "dot"), make("span"), make("b"));
        const [dot, label, number] = Array.from(item.children) as HTMLElement[];
        if (dot) dot.dataset.kind = name;
        if (label) setText(label, title(name));
        if (number) setText(number, share(part(sentiment[name] ?? 0, total)));
        return item;
    });
    arrange(list, items);
}
