/* app.ts - the dashboard: a client of Hark's own API, asking again every five seconds.
 *
 * One loop: ask, show, wait. It rests while the page is hidden, keeps what is on the screen while
 * the server is away, and returns to the sign-in form when the key is no longer accepted. */

import {
    Feedback,
    getSeries,
    getSimilar,
    getStats,
    Hit,
    listFeedback,
    Point,
    Problem,
    Stats,
} from "./api";
import { createChart, showLegend } from "./chart";
import { showDetail } from "./detail";
import { make, setText, the } from "./dom";
import { createFeed } from "./feed";
import { createGate } from "./gate";
import { showShares, showTotals } from "./panels";
import { bucketsOf, periodBefore, periodOf, Range, RANGES } from "./ranges";
import { createSearchBox } from "./search";
import { forgetKey, savedKey, saveKey } from "./session";
import { createTryBox } from "./try";

const EVERY_MS = 5_000;
const SLOWEST_MS = 30_000;
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

const detail = the<HTMLDialogElement>("detail");
const chart = createChart(the("chart"));
const feed = createFeed(the("feed"), openDetail);
const searchBox = createSearchBox(
    () => key,
    () => leave(REFUSED),
    openDetail,
);
const gate = createGate((given, stays) => {
    saveKey(given, stays);
    key = given;
    enter();
});

function openDetail(item: Feedback): void {
    showDetail(detail, item, findSimilar);
}

async function findSimilar(id: number): Promise<Hit[]> {
    if (!key) return [];
    try {
        return (await getSimilar(key, id, SIMILAR.most, SIMILAR.least)).data;
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
        listFeedback(held, limit),
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

async function refresh(): Promise<void> {
    clearTimeout(timer);
    const mine = ++turn;
    if (!key) return;
    if (document.hidden) return showStatus("paused", "Paused");
    const now = Date.now();
    try {
        const view = await ask(key, now);
        if (mine !== turn) return;
        failures = 0;
        show(view, now);
        showStatus("live", "Live");
        showProblem("");
    } catch (error) {
        if (mine !== turn) return;
        cope(error instanceof Problem ? error : new Problem(-1, String(error)));
    }
    if (mine === turn && key)
        timer = window.setTimeout(refresh, Math.min(SLOWEST_MS, EVERY_MS * 2 ** Math.min(failures, 3)));
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
    detail.close();
    detail.replaceChildren();
    searchBox.close();
    the("desk").hidden = true;
    for (const id of ["totals", "shares", "feed", "try-answer"]) the(id).replaceChildren();
    the<HTMLFormElement>("try").reset();
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
    the("sign-out").addEventListener("click", () => leave());
    the("more").addEventListener("click", () => {
        limit = Math.min(MOST, limit + 2 * PAGE);
        void refresh();
    });
    detail.addEventListener("click", (event) => {
        if (event.target === detail) detail.close(); /* the backdrop */
    });
    document.addEventListener("visibilitychange", () => void refresh());
    window.addEventListener("online", () => void refresh());
}

prepare();
if (key) enter();
else gate.open();
