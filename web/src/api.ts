/* api.ts - what the server says: the operations this page uses, and the shapes of their answers. */

export const SENTIMENTS = ["positive", "neutral", "mixed", "negative"] as const;
export type Sentiment = typeof SENTIMENTS[number];
export type Counts = Record<string, number>;
export type ReviewReason = "sentiment" | "orders" | "severity";

export interface Stats {
    total: number;
    sentiment: Counts;
    topic: Counts;
    confidence: Counts;
    severity: Counts;
    source: Counts;
    language: Counts;
    alerts: { triggered: number; open: number };
}

export interface Point {
    at: string;
    total: number;
    values: Counts;
}

/* An analysis may still be pending, so whatever it finds may be null. */
export interface Feedback {
    id: number;
    text: string;
    status: string;
    sentiment: Sentiment | null;
    topic: string | null;
    severity: string | null;
    confidence: number | null;
    confidence_score: string | null;
    alert_triggered: boolean | null;
    processing_method: string | null;
    created_at: string;
    language_code: string | null;
    pii_detected: boolean | null;
    truncated: boolean | null;
    source: string | null;
    source_id: string | null;
    rating: number | null;
    customer: string | { external_id?: string; name?: string } | null;
    user_name: string | null;
    summary: string | null;
    scores: Counts | null;
    topics: { topic: string; confidence: number }[] | null;
    needs_review: boolean;
    review_reason: ReviewReason | null;
}

export interface Tokens {
    input: number;
    output: number;
    cached: number;
}

/* One of all that a message has had. A cost of null is not known; `local_...` is what the local model
   said of the same text, where another made the analysis. */
export interface StoredAnalysis {
    id: number;
    created_at: string;
    processing_method: string;
    sentiment: Sentiment;
    topic: string;
    severity: string;
    confidence: number;
    provider: string | null;
    model: string | null;
    prompt_version: string | null;
    cost_nano_usd: number | null;
    tokens: Tokens | null;
    latency_us: number;
    needs_review: boolean;
    review_reason: ReviewReason | null;
    local_sentiment: Sentiment | null;
    local_severity: string | null;
    local_topic: string | null;
    local_confidence: number | null;
}

export interface Health {
    ai_provider: "healthy" | "degraded" | "disabled";
}

export interface Calls {
    name: string;
    calls: number;
    failed: number;
    unpriced: number;
    cost: number;
}

/* Dollars; a limit of null is none. */
export interface Budget {
    limit: number | null;
    spent: number;
    reserved: number;
    used: number | null;
}

export interface Usage {
    total: Calls;
    by_model: Calls[];
    budget: Budget;
    server_budget: Budget | null;
}

export interface Agreement {
    count: number;
    sentiment: number | null;
}

export interface Quality {
    total: {
        count: number;
        asked: number;
        needs_review: number;
        llm_local: Agreement;
        llm_people: Agreement;
        local_people: Agreement;
    };
}

export interface CacheState {
    entries: number;
    hits: number;
    misses: number;
    hit_rate: number | null;
}

export interface ArmResults {
    asked: number;
    cached: number;
    alert_rate: number | null;
    corrected: number;
    agreement: number | null;
    cost_usd_each: number | null;
    latency_p95_ms: number | null;
}

export interface Arm {
    prompt_version: string;
    provider: string | null;
    model: string | null;
}

export interface Experiment {
    id: number;
    name: string;
    status: string;
    share: number;
    active: Arm | null;
    canary: Arm;
}

export interface Comparison {
    experiment: Experiment;
    results: { active: ArmResults; canary: ArmResults };
}

/* `snippet` has the words that were found between "**" and "**"; null where none stand in the text. */
export interface Hit {
    score: number;
    snippet: string | null;
    feedback: Feedback;
}

export interface Found {
    data: Hit[];
    pending: number; /* messages that are not indexed yet, so not found */
    partial: boolean; /* the oldest are not compared by what they mean */
}

export interface Analysis {
    sentiment: string;
    score: number;
    language_code: string;
    confidence: number;
    pii_detected: boolean;
    processing_time_ms: number;
}

export interface Period {
    since?: string;
    until?: string;
}

/* Anything but the answer asked for. `status` is 0 when no server answered at all. */
export class Problem extends Error {
    constructor(readonly status: number, message: string) {
        super(message);
    }
    get isKeyRefused(): boolean {
        return this.status === 401;
    }
    /* The key is good, but has not the scope for this. */
    get isForbidden(): boolean {
        return this.status === 403;
    }
    get isServerAway(): boolean {
        return this.status === 0 || this.status === 502 || this.status === 504;
    }
}

const PATIENCE_MS = 10_000;

async function detailOf(response: Response): Promise<string> {
    try {
        const problem = await response.json();
        const said = problem.detail ?? problem.title;
        if (typeof said === "string" && said) return said;
    } catch {
        /* not a problem document: the status alone must do */
    }
    return `The server answered ${response.status} ${response.statusText}`.trim() + ".";
}

async function call<T>(key: string, path: string, body?: unknown): Promise<T> {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), PATIENCE_MS);
    try {
        const response = await fetch(path, {
            method: body === undefined ? "GET" : "POST",
            headers: { "X-API-Key": key, "Content-Type": "application/json" },
            body: body === undefined ? undefined : JSON.stringify(body),
            cache: "no-store",
            credentials: "omit",
            signal: stop.signal,
        });
        if (!response.ok) throw new Problem(response.status, await detailOf(response));
        return (await response.json()) as T;
    } catch (error) {
        if (error instanceof Problem) throw error;
        throw new Problem(0, "The server does not answer.");
    } finally {
        clearTimeout(timer);
    }
}

function query(values: Record<string, string | number | undefined>): string {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(values))
        if (value !== undefined) search.set(name, String(value));
    const text = search.toString();
    return text ? `?${text}` : "";
}

export function getStats(key: string, period: Period): Promise<Stats> {
    return call(key, "/v1/dashboard/stats" + query({ ...period }));
}

export async function getSeries(key: string, per: string, period: Period): Promise<Point[]> {
    const path = "/v1/dashboard/series" + query({ by: "sentiment", per, ...period });
    return (await call<{ data: Point[] }>(key, path)).data;
}

export function listFeedback(
    key: string,
    limit: number,
    isForReview: boolean,
): Promise<{ data: Feedback[]; next_cursor?: string }> {
    return call(key, "/v1/feedback" + query({ limit, needs_review: isForReview ? "true" : undefined }));
}

export function searchFeedback(key: string, words: string, limit: number): Promise<Found> {
    return call(key, "/v1/search", { query: words, mode: "fused", highlight: true, limit });
}

export function getSimilar(key: string, id: number, limit: number, least: number): Promise<Found> {
    return call(key, `/v1/feedback/${id}/similar` + query({ limit, min_score: least }));
}

export async function listAnalyses(key: string, id: number): Promise<StoredAnalysis[]> {
    return (await call<{ data: StoredAnalysis[] }>(key, `/v1/feedback/${id}/analyses`)).data;
}

export function getHealth(key: string): Promise<Health> {
    return call(key, "/health");
}

export function getUsage(key: string): Promise<Usage> {
    return call(key, "/v1/usage");
}

export function getQuality(key: string, period: Period): Promise<Quality> {
    return call(key, "/v1/quality" + query({ ...period }));
}

export function getCache(key: string): Promise<CacheState> {
    return call(key, "/v1/cache");
}

/* Of the experiments that run, the newest; null where none runs. */
export async function getRunningExperiment(key: string): Promise<Comparison | null> {
    const { data } = await call<{ data: Experiment[] }>(key, "/v1/experiments");
    const running = data.find(({ status }) => status === "running");
    return running ? call(key, `/v1/experiments/${running.id}`) : null;
}

export function analyze(key: string, text: string): Promise<Analysis> {
    return call(key, "/v1/analyze/sync", { text });
}
