/* feed.ts - the latest messages, one row each, and the panel that shows one of them whole. */

import { Feedback, SENTIMENTS } from "./api";
import { arrange, chip, make, mark, setText } from "./dom";
import { ago, certainty, exact, language, title } from "./format";

const PLACEHOLDER = /(\[[A-Z][A-Z_]{2,40}\])/;

/* Redacted data stands out, so that nobody takes [NAME] for what the customer wrote. */
function textOf(text: string, classes: string, code: string | null): HTMLParagraphElement {
    const paragraph = make("p", classes);
    text.split(PLACEHOLDER).forEach((piece, index) => {
        paragraph.append(index % 2 ? make("span", "redacted", piece) : piece);
    });
    paragraph.dir = "auto";
    if (code) paragraph.lang = code;
    return paragraph;
}

function sentimentChip(item: Feedback): HTMLElement {
    const label = item.sentiment ?? (item.status === "failed" ? "failed" : "pending");
    return chip(label, title(label));
}

function marks(item: Feedback): HTMLElement {
    return make(
        "span",
        "marks",
        item.alert_triggered ? mark("alert", "Alert") : null,
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

function rowOf(item: Feedback, open: (item: Feedback) => void): HTMLLIElement {
    const sure = item.confidence === null ? null : certainty(item.confidence);
    const button = make(
        "button",
        "row",
        sentimentChip(item),
        make("span", "said", textOf(item.text, "line", item.language_code), marks(item)),
        cell("topic", "Topic", item.topic && title(item.topic)),
        make(
            "span",
            "cell severity",
            make("span", "unseen", "Severity: "),
            item.severity ? chip(item.severity, title(item.severity)) : "–",
        ),
        cell("sure right", "Confidence", sure),
        cell("source", "Source", item.source && title(item.source)),
        when(item.created_at),
    );
    button.type = "button";
    button.setAttribute("aria-haspopup", "dialog");
    button.addEventListener("click", () => open(item));
    return make("li", "", button);
}

export interface Feed {
    /* Returns how many messages were not there the last time. */
    show(items: Feedback[], now: number): number;
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
                if (!old && !isFirst) {
                    row.classList.add("fresh");
                    fresh++;
                }
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
    };
}

function customerOf(item: Feedback): string | null {
    if (!item.customer || typeof item.customer === "string") return item.customer;
    return item.customer.name ?? item.customer.external_id ?? null;
}

function facts(item: Feedback): HTMLElement {
    const rating = item.rating === null ? null : `${item.rating} of 5`;
    const pairs: [string, string | null][] = [
        ["Received", exact(item.created_at)],
        ["Source", item.source && title(item.source)],
        ["Source id", item.source_id],
        ["Customer", customerOf(item)],
        ["Name", item.user_name],
        ["Rating", rating],
        ["Language", item.language_code && language(item.language_code)],
        ["Method", item.processing_method && title(item.processing_method)],
        ["Confidence", item.confidence_score && title(item.confidence_score)],
        ["Status", title(item.status)],
        ["Number", String(item.id)],
    ];
    const list = make("dl", "facts");
    for (const [name, value] of pairs)
        if (value) list.append(make("div", "", make("dt", "", name), make("dd", "", value)));
    return list;
}

function meters(rows: [string, string, number][]): HTMLElement {
    const list = make("ul", "share-list meters");
    for (const [kind, label, value] of rows) {
        const fill = make("i");
        fill.dataset.kind = kind;
        fill.style.transform = `scaleX(${Math.max(0, Math.min(1, value))})`;
        list.append(
            make(
                "li",
                "share",
                make("span", "share-name", label),
                make("b", "", certainty(value)),
                make("span", "share-track", fill),
            ),
        );
    }
    return list;
}

function section(heading: string, body: HTMLElement | null): HTMLElement | null {
    return body && make("section", "", make("h3", "", heading), body);
}

export function showDetail(dialog: HTMLDialogElement, item: Feedback): void {
    const close = make("button", "quiet close", mark("close", "Close"));
    close.type = "button";
    close.addEventListener("click", () => dialog.close());

    const heading = make("h2", "", `Feedback ${item.id}`);
    heading.id = "detail-title";
    const labels = make(
        "div",
        "chips",
        sentimentChip(item),
        item.topic ? chip("plain", title(item.topic)) : null,
        item.severity ? chip(item.severity, title(item.severity)) : null,
        item.alert_triggered ? chip("alert", "Alert") : null,
        item.pii_detected ? chip("plain", "Personal data hidden") : null,
        item.truncated ? chip("plain", "Analysed in part") : null,
    );
    const scores = item.scores;
    const topics = item.topics?.length ? item.topics : null;
    const summary = item.summary && item.summary !== item.text ? item.summary : null;
    const parts = [
        make("header", "detail-head", heading, close),
        labels,
        textOf(item.text, "whole", item.language_code),
        section("In short", summary ? textOf(summary, "", item.language_code) : null),
        section(
            "Sentiment",
            scores && meters(SENTIMENTS.map((name) => [name, title(name), scores[name] ?? 0])),
        ),
        section(
            "Topics",
            topics && meters(topics.map(({ topic, confidence }) => [topic, title(topic), confidence])),
        ),
        section("Details", facts(item)),
    ];
    dialog.replaceChildren(...parts.filter((part): part is HTMLElement => part !== null));
    dialog.scrollTop = 0;
    dialog.showModal();
}
