/* detail.ts - the panel that shows one message whole, who has understood it, and others that say much the same. */

import { analysesOf } from "./analyses";
import { Feedback, Hit, Sentiment, SENTIMENTS, StoredAnalysis } from "./api";
import { chip, make, mark } from "./dom";
import { hitRows, sentimentChip, textOf } from "./feed";
import { exact, language, title } from "./format";
import { Meter, meters } from "./meters";

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

function section(heading: string, body: HTMLElement | null): HTMLElement | null {
    return body && make("section", "", make("h3", "", heading), body);
}

/* Where the panel gets from what it shows beside the message itself. */
export interface Sources {
    similar(id: number): Promise<Hit[]>;
    analyses(id: number): Promise<StoredAnalysis[]>;
}

/* Comes when the panel is already open. An answer for a panel that is gone is seen by nobody. */
function later<T>(classes: string, asked: Promise<T>, shown: (found: T) => HTMLElement): HTMLElement {
    const place = make("div", classes, make("p", "soft small", "Looking…"));
    place.setAttribute("aria-live", "polite");
    const tell = (error: unknown): void => {
        const said = error instanceof Error ? error.message : String(error);
        place.replaceChildren(make("p", "problem", said));
    };
    asked.then((found) => place.replaceChildren(shown(found)), tell);
    return place;
}

function chipsOf(item: Feedback): HTMLElement {
    return make(
        "div",
        "chips",
        sentimentChip(item),
        item.topic ? chip("plain", title(item.topic)) : null,
        item.severity ? chip(item.severity, title(item.severity)) : null,
        item.alert_triggered ? chip("alert", "Alert") : null,
        item.needs_review ? chip("mixed", "Needs review") : null,
        item.pii_detected ? chip("plain", "Personal data hidden") : null,
        item.truncated ? chip("plain", "Analysed in part") : null,
    );
}

function sentimentsOf({ scores }: Feedback): HTMLElement | null {
    const meter = (kind: Sentiment): Meter => ({ kind, label: title(kind), value: scores?.[kind] ?? 0 });
    return scores && meters(SENTIMENTS.map(meter));
}

function topicsOf({ topics }: Feedback): HTMLElement | null {
    if (!topics?.length) return null;
    return meters(
        topics.map(({ topic, confidence }) => ({ kind: topic, label: title(topic), value: confidence })),
    );
}

export interface Detail {
    open(item: Feedback): void;
    /* Shows the message that is open anew, if it is among these and has changed. */
    update(items: Feedback[]): void;
    close(): void;
}

export function createDetail(dialog: HTMLDialogElement, sources: Sources): Detail {
    let shown: Feedback | null = null;

    function similarTo(item: Feedback): HTMLElement {
        return later("near", sources.similar(item.id), (hits) => {
            const rows = hitRows(hits, Date.now(), open);
            return rows.length
                ? make("ol", "feed", ...rows)
                : make("p", "soft small", "No other message says much the same.");
        });
    }

    function analysesFor(item: Feedback): HTMLElement {
        return later("", sources.analyses(item.id), (analyses) => analysesOf(item, analyses));
    }

    function headOf(item: Feedback): HTMLElement {
        const closer = make("button", "quiet close", mark("close", "Close"));
        closer.type = "button";
        closer.addEventListener("click", () => dialog.close());
        const heading = make("h2", "", `Feedback ${item.id}`);
        heading.id = "detail-title";
        return make("header", "detail-head", heading, closer);
    }

    function show(item: Feedback): void {
        shown = item;
        const summary = item.summary && item.summary !== item.text ? item.summary : null;
        const parts = [
            headOf(item),
            chipsOf(item),
            textOf(item, item.text, "whole"),
            section("In short", summary ? textOf(item, summary, "") : null),
            section("Sentiment", sentimentsOf(item)),
            section("Topics", topicsOf(item)),
            section("Details", facts(item)),
            section("Analyses", analysesFor(item)),
            section("Similar feedback", similarTo(item)),
        ];
        dialog.replaceChildren(...parts.filter((part): part is HTMLElement => part !== null));
    }

    function open(item: Feedback): void {
        show(item);
        dialog.scrollTop = 0;
        if (dialog.open) dialog.querySelector<HTMLElement>(".close")?.focus();
        else dialog.showModal();
    }

    dialog.addEventListener("close", () => {
        shown = null;
    });

    return {
        open,
        update(items) {
            const now = shown && items.find(({ id }) => id === shown?.id);
            if (!now || JSON.stringify(now) === JSON.stringify(shown)) return;
            const place = dialog.scrollTop;
            show(now);
            dialog.scrollTop = place;
            dialog.querySelector<HTMLElement>(".close")?.focus({ preventScroll: true });
        },
        close() {
            dialog.close();
            dialog.replaceChildren();
        },
    };
}
