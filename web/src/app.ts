/* app.ts - the dashboard: a client of Hark's own API, which asks again when something has happened.
 *
 * One loop: ask, show, wait until the server's events ring (live.ts), or, where they cannot be read,
 * for five seconds. It rests while the page is hidden, keeps what is on the screen while the server
 * is away, and returns to the sign-in form when the key is no longer accepted. */

import {
    Feedback,
    getSeries,
    getSimilar,
    getStats,
    listAnalyses,
    listFeedback,
    Point,
    Problem,
    Stats,
} from "./api";
import { createChart, showLegend } from "./chart";
import { createDetail } from "./detail";
import { make, setText, the } from "./dom";
import { createFeed } from "./feed";
import { createGate } from "./gate";
import { createLive } from "./live";
import { createModelsCard } from "./models";
import { showShares, showTotals } from "./panels";
import { bucketsOf, periodBefore, periodOf, Range, RANGES } from "./ranges";
import { createSearchBox } from "./search";
import { forgetKey, savedKey, saveKey } from "./session";
import { createTryBox } from "./try";

const EVERY_MS = 5_000;
const SLOWEST_MS = 30_000; /* also where events ring: times grow older, and the period moves on */
const SOON_MS = 150; /* what comes together is asked for together */
const BREATH_MS = 1_000; /* however often it rings */
const PAGE = 20;
const MOST = 100;
const SIMILAR = { most: 5, least: 0.4 }; /* below that they have little to do with each other */
const REFUSED = "Hark no longer accepts this key.";

interface View {
    stats: Stats;
    before: Stats | null;
    points: Point[];
    latest: { data: Feedback[]; next_cursor?: string };
}

let key = savedKey();
let range: Range = RANGES.find(({ id }) => id === "30d") ?? (RANGES[0] as Range);
let limit = PAGE;
let failures = 0;
let timer = 0;
let turn = 0; /* answers to an older question than the latest are dropped */
let askedAt = 0;
let dueAt = 0;
let isAsking = false;
let hasRung = false;

const panel = the<HTMLDialogElement>("detail");
const detail = createDetail(panel, {
    similar: async (id) => (await askFor(getSimilar, id, SIMILAR.most, SIMILAR.least)).data,
    analyses: (id) => askFor(listAnalyses, id),
});
const review = the<HTMLInputElement>("review");
const live = createLive(ring);
const models = createModelsCard();
const chart = createChart(the("chart"));
const feed = createFeed(the("feed"), detail.open);
const searchBox = createSearchBox(
    () => key,
    () => leave(REFUSED),
    detail.open,
);
const gate = createGate((given, stays) => {
    saveKey(given, stays);
    key = given;
    enter();
});

/* With the key of this visit; a key that is refused ends it. */
async function askFor<A extends unknown[], T>(
    asked: (key: string, ...more: A) => Promise<T>,
    ...more: A
): Promise<T> {
    try {
        return await asked(key ?? "", ...more);
    } catch (error) {
        if (error instanceof Problem && error.isKeyRefused) leave(REFUSED);
        throw error;
    }
}

async function ask(held: string, now: number): Promise<View> {
    const period = periodOf(range, now);
    const earlier = periodBefore(range, now);
    const [stats, before, points, latest] = await Promise.all([
        getStats(held, period),
        earlier && getStats(held, earlier),
        getSeries(held, range.per, period),
        listFeedback(held, limit, review.checked),
    ]);
    return { stats, before, points, latest };
}

function show({ stats, before, points, latest }: View, now: number): void {
    const isEmpty = stats.total === 0 && latest.data.length === 0;
    the("welcome").hidden = !isEmpty;
    the("desk").classList.toggle("empty", isEmpty);
    showTotals(the("totals"), stats, before, range.name);
    chart.show(bucketsOf(range, points, now));
    showLegend(the("legend"), stats.sentiment, stats.total);
    setText(the("trend-note"), range.per === "day" ? "Messages a day, days in UTC" : "Messages");
    showShares(the("shares"), stats);
    const fresh = feed.show(latest.data, now);
    detail.update(latest.data);
    the("feed-nothing").hidden = !review.checked || latest.data.length > 0;
    if (fresh) setText(the("spoken"), `${fresh} new ${fresh === 1 ? "message" : "messages"}`);
    the("more").hidden = !latest.next_cursor || limit >= MOST;
}

function showStatus(state: "live" | "paused" | "away", text: string): void {
    const status = the("status");
    status.dataset.state = state;
    setText(status, text);
}

function showProblem(text: string): void {
    const notice = the("problem");
    setText(notice, text);
    notice.hidden = !text;
}

function cope(problem: Problem): void {
    if (problem.isKeyRefused) return leave(REFUSED);
    failures++;
    showStatus("away", problem.isServerAway ? "Reconnecting…" : "Not up to date");
    showProblem(problem.isServerAway ? "The server does not answer. Reconnecting…" : problem.message);
}

function wait(ms: number): void {
    clearTimeout(timer);
    dueAt = performance.now() + ms;
    timer = window.setTimeout(refresh, ms);
}

/* Something has happened. While an answer is awaited it may hold that already, or not: asked again after. */
function ring(): void {
    if (isAsking) hasRung = true;
    if (isAsking || !key || document.hidden) return;
    const now = performance.now();
    const ms = Math.max(SOON_MS, askedAt + BREATH_MS - now);
    if (now + ms < dueAt) wait(ms);
}

function rest(): void {
    const slower = EVERY_MS * 2 ** Math.min(failures, 3);
    wait(live.state() === "open" && !failures ? SLOWEST_MS : Math.min(SLOWEST_MS, slower));
    if (hasRung && !failures) ring();
}

function pause(): void {
    live.close();
    isAsking = false;
    showStatus("paused", "Paused");
}

async function refresh(): Promise<void> {
    clearTimeout(timer);
    const mine = ++turn;
    if (!key) return;
    if (document.hidden) return pause();
    live.open(key);
    const now = Date.now();
    askedAt = performance.now();
    isAsking = true;
    hasRung = false;
    try {
        void models.refresh(key, periodOf(range, now), range.id);
        const view = await ask(key, now);
        if (mine !== turn) return;
        failures = 0;
        show(view, now);
        showStatus("live", live.state() === "away" ? "Every 5 s" : "Live");
        showProblem("");
    } catch (error) {
        if (mine !== turn) return;
        cope(error instanceof Problem ? error : new Problem(-1, String(error)));
    }
    isAsking = false;
    if (key) rest();
}

function enter(): void {
    gate.close();
    the("desk").hidden = false;
    void refresh();
}

/* Nothing of what was read stays behind for the next person at this screen. */
function leave(reason?: string): void {
    forgetKey();
    key = null;
    turn++;
    clearTimeout(timer);
    live.close();
    isAsking = false;
    detail.close();
    models.clear();
    searchBox.close();
    the("desk").hidden = true;
    for (const id of ["totals", "shares", "feed", "try-answer"]) the(id).replaceChildren();
    the<HTMLFormElement>("try").reset();
    review.checked = false;
    gate.open(reason);
}

function createRangePicker(): void {
    const host = the("ranges");
    for (const choice of RANGES) {
        const input = make("input", "unseen");
        input.type = "radio";
        input.name = "range";
        input.checked = choice === range;
        input.addEventListener("change", () => {
            range = choice;
            void refresh();
        });
        const words = make("span", "", choice.label);
        words.title = choice.name;
        host.append(make("label", "range", input, words));
    }
}

function prepare(): void {
    createRangePicker();
    createTryBox(
        () => key,
        () => leave(REFUSED),
    );
    setText(
        the("welcome-line"),
        `curl ${location.origin}/v1/feedback \\\n  -H "X-API-Key: $API_KEY" -H "Content-Type: application/json" \\\n` +
            `  -d '{"text": "The new search is great, but exporting fails every time."}'`,
    );
    review.addEventListener("change", () => {
        limit = PAGE;
        feed.turnTo();
        void refresh();
    });
    the("sign-out").addEventListener("click", () => leave());
    the("more").addEventListener("click", () => {
        limit = Math.min(MOST, limit + 2 * PAGE);
        void refresh();
    });
    panel.addEventListener("click", (event) => {
        if (event.target === panel) detail.close(); /* the backdrop */
    });
    document.addEventListener("visibilitychange", () => void refresh());
    window.addEventListener("online", () => void refresh());
}

prepare();
if (key) enter();
else gate.open();
