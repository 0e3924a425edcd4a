/* detail.ts - the panel that shows one message whole, and others that say much the same. */

import { Feedback, Hit, SENTIMENTS } from "./api";
import { chip, make, mark } from "./dom";
import { hitRows, sentimentChip, textOf } from "./feed";
import { certainty, exact, language, title } from "./format";

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

export type FindSimilar = (id: number) => Promise<Hit[]>;

/* Comes when the panel is already open. An answer for a panel that is gone is seen by nobody. */
function similarTo(dialog: HTMLDialogElement, item: Feedback, find: FindSimilar): HTMLElement {
    const place = make("div", "near", make("p", "soft small", "Looking…"));
    place.setAttribute("aria-live", "polite");
    const show = (hits: Hit[]): void => {
        const rows = hitRows(hits, Date.now(), (other) => showDetail(dialog, other, find));
        place.replaceChildren(
            rows.length
                ? make("ol", "feed", ...rows)
                : make("p", "soft small", "No other message says much the same."),
        );
    };
    const tell = (error: unknown): void => {
        const said = error instanceof Error ? error.message : String(error);
        place.replaceChildren(make("p", "problem", said));
    };
    find(item.id).then(show, tell);
    return place;
}

export function showDetail(dialog: HTMLDialogElement, item: Feedback, find: FindSimilar): void {
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
        textOf(item, item.text, "whole"),
        section("In short", summary ? textOf(item, summary, "") : null),
        section(
            "Sentiment",
            scores && meters(SENTIMENTS.map((name) => [name, title(name), scores[name] ?? 0])),
        ),
        section(
            "Topics",
            topics && meters(topics.map(({ topic, confidence }) => [topic, title(topic), confidence])),
        ),
        section("Details", facts(item)),
        section("Similar feedback", similarTo(dialog, item, find)),
    ];
    dialog.replaceChildren(...parts.filter((part): part is HTMLElement => part !== null));
    dialog.scrollTop = 0;
    if (dialog.open) close.focus();
    else dialog.showModal();
}
