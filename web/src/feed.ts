/* feed.ts - messages, one row each: the latest, and those that a search found. */

import { Feedback, Hit } from "./api";
import { arrange, Child, chip, make, mark, setText } from "./dom";
import { ago, certainty, exact, title } from "./format";

const PLACEHOLDER = /(\[[A-Z][A-Z_]{2,40}\])/;

/* Redacted data stands out, so that nobody takes [NAME] for what the customer wrote. */
function redacted(text: string): Child[] {
    return text
        .split(PLACEHOLDER)
        .map((piece, index) => (index % 2 ? make("span", "redacted", piece) : piece));
}

function paragraph(pieces: Child[], classes: string, code: string | null): HTMLParagraphElement {
    const element = make("p", classes, ...pieces);
    element.dir = "auto";
    if (code) element.lang = code;
    return element;
}

export function textOf(item: Feedback, text: string, classes: string): HTMLParagraphElement {
    return paragraph(redacted(text), classes, item.language_code);
}

function foundOf(item: Feedback, snippet: string): HTMLParagraphElement {
    const pieces = snippet
        .split("**")
        .flatMap((piece, index) => (index % 2 ? make("mark", "", ...redacted(piece)) : redacted(piece)));
    return paragraph(pieces, "line", item.language_code);
}

export function sentimentChip(item: Feedback): HTMLElement {
    const label = item.sentiment ?? (item.status === "failed" ? "failed" : "pending");
    return chip(label, title(label));
}

function marks(item: Feedback): HTMLElement {
    return make(
        "span",
        "marks",
        item.alert_triggered ? mark("alert", "Alert") : null,
        item.needs_review ? mark("review", "Needs review") : null,
        item.pii_detected ? mark("hidden", "Personal data found") : null,
    );
}

function when(iso: string): HTMLTimeElement {
    const time = make("time", "cell when right");
    time.dateTime = iso;
    time.title = exact(iso);
    return time;
}

function cell(kind: string, label: string, text: string | null): HTMLElement {
    return make("span", `cell ${kind}`, make("span", "unseen", `${label}: `), text ?? "–");
}

/* What was found says how well it matches, in the place of how sure the analysis is. */
function rowOf(item: Feedback, open: (item: Feedback) => void, hit?: Hit): HTMLLIElement {
    const sure = item.confidence === null ? null : certainty(item.confidence);
    const line = hit?.snippet ? foundOf(item, hit.snippet) : textOf(item, item.text, "line");
    const button = make(
        "button",
        "row",
        sentimentChip(item),
        make("span", "said", line, marks(item)),
        cell("topic", "Topic", item.topic && title(item.topic)),
        make(
            "span",
            "cell severity",
            make("span", "unseen", "Severity: "),
            item.severity ? chip(item.severity, title(item.severity)) : "–",
        ),
        hit
            ? cell("match right", "Match", certainty(hit.score))
            : cell("sure right", "Confidence", sure),
        cell("source", "Source", item.source && title(item.source)),
        when(item.created_at),
    );
    button.type = "button";
    button.setAttribute("aria-haspopup", "dialog");
    button.addEventListener("click", () => open(item));
    return make("li", "", button);
}

export function hitRows(
    hits: Hit[],
    now: number,
    open: (item: Feedback) => void,
): HTMLLIElement[] {
    return hits.map((hit) => {
        const row = rowOf(hit.feedback, open, hit);
        const time = row.querySelector("time");
        if (time) setText(time, ago(hit.feedback.created_at, now));
        return row;
    });
}

export interface Feed {
    /* Returns how many messages were not there the last time. */
    show(items: Feedback[], now: number): number;
    /* What is shown next is another list: nothing in it is news. */
    turnTo(): void;
}

export function createFeed(list: HTMLElement, open: (item: Feedback) => void): Feed {
    let rows = new Map<number, { look: string; row: HTMLLIElement }>();
    let isFirst = true;

    return {
        show(items, now) {
            const next: typeof rows = new Map();
            let fresh = 0;
            for (const item of items) {
                const look = JSON.stringify(item);
                const old = rows.get(item.id);
                const row = old?.look === look ? old.row : rowOf(item, open);
                if (row !== old?.row && !isFirst) row.classList.add("fresh"); /* new, or understood anew */
                if (!old && !isFirst) fresh++;
                const time = row.querySelector("time");
                if (time) setText(time, ago(item.created_at, now));
                next.set(item.id, { look, row });
            }
            const holder = document.activeElement?.closest("li");
            arrange(list, Array.from(next.values(), (entry) => entry.row));
            if (holder?.isConnected) holder.querySelector("button")?.focus();
            rows = next;
            isFirst = false;
            return fresh;
        },
        turnTo() {
            isFirst = true;
        },
    };
}
