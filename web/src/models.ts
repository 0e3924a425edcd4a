/* models.ts - the card about language models: how they are, what they cost, how far they agree with others.
 *
 * Each part is asked for by itself: a key may see what it has the scope for, and the rest is left out.
 * Where no language model is set up and none has ever answered, there is no card. */

import {
    Arm,
    ArmResults,
    Budget,
    CacheState,
    Comparison,
    getCache,
    getHealth,
    getQuality,
    getRunningExperiment,
    getUsage,
    Health,
    Period,
    Problem,
    Quality,
    Usage,
} from "./api";
import { make, setText, the } from "./dom";
import { certainty, count, money, share } from "./format";
import { Meter, meters } from "./meters";

const EVERY_MS = 10_000;
const MOST_MODELS = 4;

interface State {
    health: Health | null;
    usage: Usage | null;
    quality: Quality | null;
    cache: CacheState | null;
    comparison: Comparison | null;
}

const STATES = {
    healthy: { label: "Healthy", kind: "positive", meaning: "They answer, and the local model stands behind them." },
    degraded: {
        label: "Degraded",
        kind: "negative",
        meaning: "A language model fails or costs too much; the local model answers. hark doctor says what to do.",
    },
    disabled: { label: "Off", kind: "neutral", meaning: "The local model answers alone." },
};

/* What the key may not see is null, as if it were not there; it is not asked for again. */
async function allowed<T>(
    refused: Set<keyof State>,
    name: keyof State,
    asked: () => Promise<T>,
): Promise<T | null> {
    if (refused.has(name)) return null;
    try {
        return await asked();
    } catch (error) {
        if (!(error instanceof Problem && error.isForbidden)) throw error;
        refused.add(name);
        return null;
    }
}

async function ask(key: string, period: Period, refused: Set<keyof State>): Promise<State> {
    const [health, usage, quality, cache, comparison] = await Promise.all([
        allowed(refused, "health", () => getHealth(key)),
        allowed(refused, "usage", () => getUsage(key)),
        allowed(refused, "quality", () => getQuality(key, period)),
        allowed(refused, "cache", () => getCache(key)),
        allowed(refused, "comparison", () => getRunningExperiment(key)),
    ]);
    return { health, usage, quality, cache, comparison };
}

function part(heading: string, ...children: (Node | string | null)[]): HTMLElement {
    return make("section", "models-part", make("h3", "", heading), ...children);
}

const note = (text: string): HTMLElement => make("p", "soft small", text);

function budgetBar(name: string, { limit, spent, reserved, used }: Budget): HTMLElement | null {
    if (limit === null || used === null) return null;
    const meter: Meter = {
        kind: used >= 1 ? "negative" : used >= 0.8 ? "mixed" : "accent",
        label: name,
        value: used,
        note: `${money(spent + reserved)} of ${money(limit)}`,
    };
    return meters([meter]);
}

function callsOf(usage: Usage): string {
    const { calls, failed, unpriced } = usage.total;
    const said = [`${count(calls)} ${calls === 1 ? "call" : "calls"} this month`];
    if (failed) said.push(`${count(failed)} without a usable answer`);
    if (unpriced) said.push(`${count(unpriced)} of unknown cost`);
    return said.join(" · ");
}

function spending(usage: Usage): HTMLElement {
    const { budget, server_budget: server } = usage;
    const isUsedUp = [budget, server].some((one) => one && one.used !== null && one.used >= 1);
    return part(
        "Cost",
        make("p", "models-figure", money(usage.total.cost)),
        note(callsOf(usage)),
        budgetBar("Budget", budget),
        server && budgetBar("Server's budget", server),
        isUsedUp ? make("p", "problem", "The budget is used up: the local model answers until the month ends.") : null,
    );
}

function modelRow({ name, calls, cost }: Usage["by_model"][number]): HTMLElement {
    return make("div", "", make("dt", "", name), make("dd", "", `${count(calls)} · ${money(cost)}`));
}

function byModel(usage: Usage): HTMLElement | null {
    if (!usage.by_model.length) return null;
    const sorted = [...usage.by_model].sort((a, b) => b.calls - a.calls);
    const rest = sorted.length - MOST_MODELS;
    return part(
        "Calls and cost by model",
        make("dl", "facts", ...sorted.slice(0, MOST_MODELS).map(modelRow)),
        rest > 0 ? note(`and ${count(rest)} more`) : null,
    );
}

function answering({ total }: Quality, cache: CacheState | null): HTMLElement {
    const rows: Meter[] = [];
    const of = (number: number): string => `${count(number)} of ${count(total.count)}`;
    if (total.count)
        rows.push({
            kind: "accent",
            label: "By a language model",
            value: total.asked / total.count,
            note: of(total.asked),
        });
    if (cache && cache.hit_rate !== null)
        rows.push({ kind: "accent", label: "From the cache", value: cache.hit_rate, note: "since the start" });
    if (total.asked)
        rows.push({
            kind: "mixed",
            label: "Needs review",
            value: total.needs_review / total.asked,
            note: `${count(total.needs_review)} of ${count(total.asked)}`,
        });
    return part("Who answered", rows.length ? meters(rows) : note("Nothing in this period"));
}

const PAIRS = [
    ["llm_local", "Language model and local model"],
    ["llm_people", "Language model and people"],
    ["local_people", "Local model and people"],
] as const;

function agreement({ total }: Quality): HTMLElement | null {
    const rows = PAIRS.flatMap(([pair, label]): Meter[] => {
        const { count: number, sentiment } = total[pair];
        return sentiment === null ? [] : [{ kind: "accent", label, value: sentiment, note: `of ${count(number)}` }];
    });
    return rows.length ? part("Same sentiment", meters(rows)) : null;
}

const ARM_COLUMNS: [string, (results: ArmResults) => string | null][] = [
    ["Analyses", ({ asked, cached }) => count(asked + cached)],
    ["Alerts", ({ alert_rate: rate }) => rate !== null ? share(rate) : null],
    ["With people", ({ agreement: agrees }) => agrees !== null ? certainty(agrees) : null],
    ["Cost each", ({ cost_usd_each: cost }) => cost !== null ? money(cost) : null],
    ["95 % within", ({ latency_p95_ms: time }) => time !== null ? `${count(Math.round(time))} ms` : null],
];

function armName(arm: Arm | null): string {
    if (!arm) return "–";
    const model = [arm.provider, arm.model].filter(Boolean).join(":");
    return [arm.prompt_version, model].filter(Boolean).join(", ");
}

function armRow(kind: string, arm: Arm | null, results: ArmResults): HTMLTableRowElement {
    const head = make("th", "", kind, make("span", "soft", ` ${armName(arm)}`));
    head.scope = "row";
    return make("tr", "", head, ...ARM_COLUMNS.map(([, tell]) => make("td", "", tell(results) ?? "–")));
}

function experiment({ experiment: running, results }: Comparison): HTMLElement {
    const heads = ["Arm", ...ARM_COLUMNS.map(([name]) => name)].map((name) => {
        const head = make("th", "", name);
        head.scope = "col";
        return head;
    });
    const table = make(
        "table",
        "arms",
        make("thead", "", make("tr", "", ...heads)),
        make(
            "tbody",
            "",
            armRow("Active", running.active, results.active),
            armRow("Canary", running.canary, results.canary),
        ),
    );
    const scroller = make("div", "scroller", table);
    scroller.tabIndex = 0;
    scroller.setAttribute("role", "region");
    scroller.setAttribute("aria-label", `Experiment ${running.name}`);
    const place = part(`Experiment “${running.name}”: ${share(running.share)} get the canary`, scroller);
    place.classList.add("models-wide");
    return place;
}

function hasModels({ health, usage, quality }: State): boolean {
    const isOff = !health || health.ai_provider === "disabled";
    return !isOff || Boolean(usage?.total.calls) || Boolean(quality?.total.asked);
}

export interface ModelsCard {
    /* Asks and shows anew; unless the period is another, ten seconds after the last time at the earliest. */
    refresh(key: string, period: Period, rangeId: string): Promise<void>;
    clear(): void;
}

export function createModelsCard(): ModelsCard {
    const card = the("models");
    const body = the("models-body");
    const state = the("models-state");
    const refused = new Set<keyof State>();
    let askedAt = -EVERY_MS;
    let asked = "";
    let turn = 0;
    let timer = 0;
    let drawn = "";

    function show(now: State): void {
        the("review-choice").hidden = card.hidden = !hasModels(now);
        const look = JSON.stringify(now);
        if (look === drawn) return;
        drawn = look;
        const { health, usage, quality, cache, comparison } = now;
        const said = STATES[health?.ai_provider ?? "disabled"];
        setText(state, said.label);
        state.dataset.kind = said.kind;
        setText(the("models-note"), said.meaning);
        const parts = [
            usage && spending(usage),
            quality && answering(quality, cache),
            quality && agreement(quality),
            usage && byModel(usage),
            comparison && experiment(comparison),
        ];
        body.replaceChildren(...parts.filter((one): one is HTMLElement => one !== null));
    }

    async function refresh(key: string, period: Period, rangeId: string): Promise<void> {
        const now = performance.now();
        const left = askedAt + EVERY_MS - now;
        clearTimeout(timer);
        if (rangeId === asked && left > 0) {
            timer = window.setTimeout(() => void refresh(key, period, rangeId), left);
            return;
        }
        asked = rangeId;
        askedAt = now;
        const mine = ++turn;
        try {
            const found = await ask(key, period, refused);
            if (mine === turn) show(found);
        } catch {
            askedAt = -EVERY_MS; /* the page's own round says what is wrong, and this goes with the next */
        }
    }

    return {
        refresh,
        clear() {
            turn++;
            clearTimeout(timer);
            refused.clear();
            asked = drawn = "";
            the("review-choice").hidden = card.hidden = true;
            body.replaceChildren();
        },
    };
}
