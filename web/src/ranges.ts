/* ranges.ts - the time ranges to choose from, and the buckets each is drawn in. */

import { Counts, Period, Point, SENTIMENTS } from "./api";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const MOST_BARS = 120;

/* `steps` buckets of `step` milliseconds, the last of them now; without steps: from the start. */
export interface Range {
    id: string;
    label: string;
    name: string;
    per: "hour" | "day";
    step: number;
    steps: number;
}

export const RANGES: readonly Range[] = [
    { id: "24h", label: "24 h", name: "24 hours", per: "hour", step: HOUR, steps: 24 },
    { id: "7d", label: "7 d", name: "7 days", per: "hour", step: 6 * HOUR, steps: 28 },
    { id: "30d", label: "30 d", name: "30 days", per: "day", step: DAY, steps: 30 },
    { id: "90d", label: "90 d", name: "90 days", per: "day", step: DAY, steps: 90 },
    { id: "all", label: "All", name: "all time", per: "day", step: DAY, steps: 0 },
];

export interface Bucket {
    at: number;
    total: number;
    values: Counts;
}

export interface Buckets {
    step: number;
    list: Bucket[];
}

const iso = (at: number): string => new Date(at).toISOString();

function startOf(range: Range, now: number): number {
    return Math.floor(now / range.step) * range.step - (range.steps - 1) * range.step;
}

export function periodOf(range: Range, now: number): Period {
    return { since: iso(range.steps ? startOf(range, now) : 0) };
}

/* As much time as has passed of this period, just before it. */
export function periodBefore(range: Range, now: number): Period | null {
    if (!range.steps) return null;
    const start = startOf(range, now);
    return { since: iso(2 * start - now), until: iso(start) };
}

function emptyBucket(at: number): Bucket {
    return { at, total: 0, values: Object.fromEntries(SENTIMENTS.map((name) => [name, 0])) };
}

/* The server leaves out empty buckets and knows hours and days only; the chart wants every bucket,
   and never more of them than can be told apart. */
export function bucketsOf(range: Range, points: Point[], now: number): Buckets {
    const times = points.map((point) => Date.parse(point.at));
    const first = range.steps ? startOf(range, now) : times.reduce((a, b) => Math.min(a, b), now);
    const start = Math.floor(first / range.step) * range.step;
    const bars = range.steps || Math.floor((now - start) / range.step) + 1;
    const step = range.step * Math.max(1, Math.ceil(bars / MOST_BARS));
    const list = Array.from({ length: Math.ceil((bars * range.step) / step) }, (_, index) =>
        emptyBucket(start + index * step),
    );
    points.forEach((point, index) => {
        const bucket = list[Math.floor(((times[index] ?? 0) - start) / step)];
        if (!bucket) return;
        bucket.total += point.total;
        for (const name of SENTIMENTS)
            bucket.values[name] = (bucket.values[name] ?? 0) + (point.values[name] ?? 0);
    });
    return { step, list };
}
