/* format.ts - how numbers, times and labels read on the page. */

const whole = new Intl.NumberFormat("en");
const percent = new Intl.NumberFormat("en", { style: "percent", maximumFractionDigits: 1 });
const percentRound = new Intl.NumberFormat("en", { style: "percent", maximumFractionDigits: 0 });
const dollars = new Intl.NumberFormat("en", { style: "currency", currency: "USD" });
const fractions = new Intl.NumberFormat("en", {
    style: "currency",
    currency: "USD",
    maximumSignificantDigits: 3,
});
const languages = new Intl.DisplayNames(["en"], { type: "language" });

const dayUtc = new Intl.DateTimeFormat("en", { day: "numeric", month: "short", timeZone: "UTC" });
const dayUtcLong = new Intl.DateTimeFormat("en", {
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
    timeZone: "UTC",
});
const hour = new Intl.DateTimeFormat("en", { hour: "2-digit", minute: "2-digit", hour12: false });
const dayHour = new Intl.DateTimeFormat("en", {
    weekday: "short",
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
    hour12: false,
});
const moment = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "medium" });
const shortDay = new Intl.DateTimeFormat("en", { day: "numeric", month: "short" });

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const count = (value: number): string => whole.format(value);
export const share = (value: number): string => percent.format(value);
export const certainty = (value: number): string => percentRound.format(value);

/* $12.30, and $0.0000513 where cents say nothing. */
export const money = (value: number): string =>
    (value !== 0 && Math.abs(value) < 1 ? fractions : dollars).format(value);

/* 21 µs, 9 ms, 1.5 s */
export function duration(us: number): string {
    if (us < 1_000) return `${us} µs`;
    if (us < 1_000_000) return `${Math.round(us / 1_000)} ms`;
    return `${(us / 1_000_000).toFixed(1)} s`;
}

export const minus = (value: number): string => whole.format(value).replace("-", "−");

export function part(value: number, of: number): number {
    return of > 0 ? value / of : 0;
}

const NAMES: Record<string, string> = {
    ux: "UX",
    feature_request: "Feature request",
    app_store: "App Store",
    google_play: "Google Play",
    ml_fallback: "Local model",
    ai: "Language model",
    cache: "Language model, remembered",
    validation: "Not analysed: too short, or no words",
    csv: "CSV",
    api: "API",
    cli: "CLI",
};

/* "feature_request" -> "Feature request" */
export function title(label: string): string {
    const words = label.replace(/[_-]+/g, " ");
    return NAMES[label] ?? words.charAt(0).toUpperCase() + words.slice(1);
}

export function language(code: string): string {
    if (!code || code === "und" || code === "unknown") return "Unknown";
    try {
        return languages.of(code) ?? code;
    } catch {
        return code; /* not a language tag at all */
    }
}

/* Days are counted by the server in UTC, hours are shown where the reader is. */
export function tick(at: number, step: number): string {
    return step >= DAY ? dayUtc.format(at) : step === HOUR ? hour.format(at) : shortDay.format(at);
}

export function span(at: number, step: number): string {
    if (step === DAY) return dayUtcLong.format(at);
    if (step > DAY) return `${dayUtc.format(at)} – ${dayUtcLong.format(at + step - DAY)}`;
    return `${dayHour.format(at)} – ${hour.format(at + step)}`;
}

export const exact = (iso: string): string => moment.format(new Date(iso));

export function ago(iso: string, now: number): string {
    const passed = now - Date.parse(iso);
    if (passed < MINUTE) return "just now";
    if (passed < HOUR) return `${Math.floor(passed / MINUTE)} min ago`;
    if (passed < DAY) return `${Math.floor(passed / HOUR)} h ago`;
    if (passed < 7 * DAY) return `${Math.floor(passed / DAY)} d ago`;
    return shortDay.format(new Date(iso));
}
