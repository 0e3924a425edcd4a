/* analyses.ts - who has understood a message, and how: all its analyses, the newest first. */

import { Feedback, ReviewReason, StoredAnalysis } from "./api";
import { Child, chip, make, mark } from "./dom";
import { certainty, count, duration, exact, money, title } from "./format";

/* Why a person should look at what a language model said. */
const WHY: Record<ReviewReason, string> = {
    sentiment: "The language model calls it positive, and the local model finds a complaint in it.",
    orders: "It gives orders to whoever reads it, and the two models differ.",
    severity: "The language model calls it low, and the local model is sure that it is grave.",
};
const WHY_ONCE = "The two models differ so far that a person should look."; /* reasons were not kept */

function labelsOf({ sentiment, topic, severity }: StoredAnalysis): HTMLElement {
    return make(
        "p",
        "chips",
        chip(sentiment, title(sentiment)),
        chip("plain", title(topic)),
        chip(severity, title(severity)),
    );
}

/* "openai gpt-6-luna, prompt v1" */
function makerOf({ provider, model, prompt_version: prompt }: StoredAnalysis): string {
    const name = provider === "local" ? model : [provider, model].filter(Boolean).join(" ");
    return [name, prompt && `prompt ${prompt}`].filter(Boolean).join(", ");
}

/* Nothing was paid for what is remembered or made here; 0 of a language model is a price like any other. */
function costOf({ processing_method: method, cost_nano_usd: nano, tokens }: StoredAnalysis): string[] {
    if (method !== "ai") return [];
    const used = tokens ? [`${count(tokens.input)} tokens in, ${count(tokens.output)} out`] : [];
    return [...used, nano === null ? "cost unknown" : money(nano / 1e9)];
}

function effortOf(analysis: StoredAnalysis): string {
    const sure = `${certainty(analysis.confidence)} sure`;
    return [sure, duration(analysis.latency_us), ...costOf(analysis)].join(" · ");
}

function localOf(analysis: StoredAnalysis): HTMLElement | null {
    const { local_sentiment: sentiment, local_topic: topic, local_severity: severity } = analysis;
    if (!sentiment) return null;
    const isSame =
        sentiment === analysis.sentiment &&
        (!topic || topic === analysis.topic) &&
        (!severity || severity === analysis.severity);
    const sure = analysis.local_confidence;
    const said = [
        title(sentiment),
        topic && title(topic),
        severity && title(severity),
        sure !== null && `${certainty(sure)} sure`,
    ];
    return make(
        "p",
        "small soft",
        isSame ? "The local model agrees: " : "The local model differs: ",
        said.filter(Boolean).join(", "),
    );
}

function entryOf(analysis: StoredAnalysis, isCurrent: boolean): HTMLLIElement {
    const time = make("time", "small soft", exact(analysis.created_at));
    time.dateTime = analysis.created_at;
    const maker = makerOf(analysis);
    const parts: Child[] = [
        make(
            "p",
            "analysis-head",
            make("b", "", title(analysis.processing_method)),
            isCurrent ? make("span", "small soft", "in use") : null,
            time,
        ),
        labelsOf(analysis),
        maker ? make("p", "small", maker) : null,
        make("p", "small soft", effortOf(analysis)),
        localOf(analysis),
        analysis.needs_review
            ? make(
                  "p",
                  "small review",
                  mark("review", "Needs review"),
                  analysis.review_reason ? WHY[analysis.review_reason] : WHY_ONCE,
              )
            : null,
    ];
    return make("li", "analysis", ...parts);
}

function isCorrected(item: Feedback, { sentiment, topic, severity }: StoredAnalysis): boolean {
    return item.sentiment !== sentiment || item.topic !== topic || item.severity !== severity;
}

export function analysesOf(item: Feedback, analyses: StoredAnalysis[]): HTMLElement {
    const [newest] = analyses;
    if (!newest) return make("p", "soft small", "It has not been analysed yet.");
    return make(
        "div",
        "",
        item.sentiment && isCorrected(item, newest)
            ? make("p", "small soft corrected", "Its labels were corrected by a person, and stay as they are.")
            : null,
        make("ol", "analyses", ...analyses.map((analysis, index) => entryOf(analysis, index === 0))),
    );
}
