/* panels.ts - the totals at the top and the distributions in the middle. */

import { Counts, SENTIMENTS, Stats } from "./api";
import { arrange, make, setText } from "./dom";
import { count, language, minus, part, share, title } from "./format";

const MOST_ROWS = 7;

interface Total {
    name: string;
    value: string;
    note: string;
    change: Change | null;
}

/* How a number moved; `mood` says whether that is welcome. */
interface Change {
    text: string;
    mood: "good" | "bad" | "even";
    meaning: string;
}

/* -100 (all negative) to 100 (all positive). */
function mood(stats: Stats): number {
    const { positive = 0, negative = 0 } = stats.sentiment;
    return Math.round(100 * part(positive - negative, stats.total));
}

const alertRate = (stats: Stats): number => part(stats.alerts.triggered, stats.total);

const severe = (stats: Stats): number => (stats.severity.critical ?? 0) + (stats.severity.high ?? 0);

function change(by: number, text: string, welcome: -1 | 0 | 1, than: string): Change {
    const arrow = by > 0 ? "↑" : by < 0 ? "↓" : "→";
    const isGood = Math.sign(by) === welcome;
    const judged = by === 0 || welcome === 0 ? "even" : isGood ? "good" : "bad";
    const meaning = by > 0 ? "up" : by < 0 ? "down" : "unchanged";
    return { text: by ? `${arrow} ${text}` : "→ same", mood: judged, meaning: `${meaning}, against ${than}` };
}

function points(now: number, then: number, than: string, welcome: -1 | 1, digits: number): Change {
    const by = Number((now - then).toFixed(digits));
    return change(by, `${Math.abs(by)} pts`, welcome, than);
}

function changeOfTotal(now: Stats, then: Stats, than: string): Change {
    const by = part(now.total - then.total, then.total);
    return change(by, share(Math.abs(by)), 0, than);
}

function totalsOf(now: Stats, then: Stats | null, rangeName: string): Total[] {
    const than = `the ${rangeName} before`;
    const before = then && then.total > 0 && now.total > 0 ? then : null;
    const value = mood(now);
    return [
        {
            name: "Feedback",
            value: count(now.total),
            note: before ? `${count(before.total)} in ${than}` : rangeName === "all time" ? "in all" : "",
            change: before && changeOfTotal(now, before, than),
        },
        {
            name: "Mood",
            value: now.total ? (value > 0 ? "+" : "") + minus(value) : "–",
            note: "positive minus negative, in 100",
            change: before && points(value, mood(before), than, 1, 0),
        },
        {
            name: "Alerts",
            value: count(now.alerts.triggered),
            note: `${count(now.alerts.open)} open · ${share(alertRate(now))} of feedback`,
            change: before && points(100 * alertRate(now), 100 * alertRate(before), than, -1, 1),
        },
        {
            name: "Severe",
            value: count(severe(now)),
            note: `${count(now.severity.critical ?? 0)} critical · ${count(now.severity.high ?? 0)} high`,
            change:
                before &&
                points(
                    100 * part(severe(now), now.total),
                    100 * part(severe(before), before.total),
                    than,
                    -1,
                    1,
                ),
        },
    ];
}

function emptyTotal(): HTMLElement {
    return make(
        "article",
        "card total",
        make("h2", "total-name"),
        make("p", "total-line", make("strong"), make("span", "change")),
        make("p", "soft small"),
    );
}

function showChange(element: HTMLElement, to: Change | null): void {
    element.hidden = !to;
    setText(element, to?.text ?? "");
    element.dataset.mood = to?.mood ?? "even";
    element.title = to?.meaning ?? "";
}

function mixBar(): HTMLElement {
    const bar = make("div", "mix");
    bar.setAttribute("role", "img");
    for (const name of SENTIMENTS) {
        const segment = make("i");
        segment.dataset.kind = name;
        bar.append(segment);
    }
    return bar;
}

function showMix(bar: HTMLElement, stats: Stats): void {
    const words = SENTIMENTS.map((name, index) => {
        const portion = part(stats.sentiment[name] ?? 0, stats.total);
        const segment = bar.children[index] as HTMLElement;
        segment.style.flexGrow = String(portion);
        segment.hidden = portion === 0;
        return `${share(portion)} ${name}`;
    });
    bar.setAttribute("aria-label", words.join(", "));
}

export function showTotals(
    host: HTMLElement,
    now: Stats,
    then: Stats | null,
    rangeName: string,
): void {
    totalsOf(now, then, rangeName).forEach((total, index) => {
        const card = (host.children[index] as HTMLElement) ?? host.appendChild(emptyTotal());
        const [name, line, note] = Array.from(card.children) as [HTMLElement, HTMLElement, HTMLElement];
        setText(name, total.name);
        setText(line.children[0] as HTMLElement, total.value);
        showChange(line.children[1] as HTMLElement, total.change);
        setText(note, total.note);
        if (total.name !== "Mood") return;
        const bar = (card.querySelector(".mix") as HTMLElement) ?? card.appendChild(mixBar());
        showMix(bar, now);
    });
}

/* One distribution: which counts, under what heading, and in what order. */
interface Share {
    heading: string;
    counts(stats: Stats): Counts;
    label(key: string): string;
    order?: string[]; /* for what has an order of its own; others go by size */
}

const SHARES: readonly Share[] = [
    { heading: "Topic", counts: (stats) => stats.topic, label: title },
    {
        heading: "Severity",
        counts: (stats) => stats.severity,
        label: title,
        order: ["critical", "high", "medium", "low"],
    },
    { heading: "Source", counts: (stats) => stats.source, label: title },
    { heading: "Language", counts: (stats) => stats.language, label: language },
];

/* The largest few, and the rest as one row, so that no count is hidden. */
function rowsOf(kind: Share, stats: Stats): [string, string, number][] {
    const counts = kind.counts(stats) ?? {};
    if (kind.order)
        return kind.order.map((key) => [key, kind.label(key), counts[key] ?? 0]);
    const sorted = Object.entries(counts)
        .filter(([, value]) => value > 0)
        .sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]));
    const fits = sorted.length <= MOST_ROWS ? sorted.length : MOST_ROWS - 1;
    const rows = sorted.slice(0, fits).map(([key, value]): [string, string, number] => [
        key,
        kind.label(key),
        value,
    ]);
    const rest = sorted.slice(fits);
    const sum = rest.reduce((total, [, value]) => total + value, 0);
    return rest.length ? [...rows, ["", `${rest.length} others`, sum]] : rows;
}

function shareRow(): HTMLElement {
    return make(
        "li",
        "share",
        make("span", "share-name"),
        make("b"),
        make("span", "share-part soft"),
        make("span", "share-track", make("i")),
    );
}

function showShareRow(row: HTMLElement, key: string, label: string, portion: [number, number]): void {
    const [name, number, of, track] = Array.from(row.children) as HTMLElement[];
    const [value, total] = portion;
    if (!name || !number || !of || !track) return;
    row.dataset.key = key;
    setText(name, label);
    setText(number, count(value));
    setText(of, share(part(value, total)));
    (track.firstElementChild as HTMLElement).style.transform = `scaleX(${part(value, total)})`;
}

export function showShares(host: HTMLElement, stats: Stats): void {
    SHARES.forEach((kind, index) => {
        const card =
            (host.children[index] as HTMLElement) ??
            host.appendChild(
                make("article", "card", make("h2", "", kind.heading), make("ul", "share-list")),
            );
        const list = card.children[1] as HTMLElement;
        const rows = rowsOf(kind, stats).map(([key, label, value], at) => {
            const row = (list.children[at] as HTMLElement) ?? shareRow();
            showShareRow(row, key, label, [value, stats.total]);
            return row;
        });
        if (!rows.length) rows.push(make("li", "soft small", "Nothing in this period"));
        arrange(list, rows);
    });
}
