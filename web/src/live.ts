/* live.ts - a bell that rings when something has happened: the server's events, read as they come.
 *
 * An EventSource cannot send a key, so the stream is read with fetch(). It only says that there is
 * something to ask for, so none of its places is kept: whenever it opens anew, it rings once. */

const PATH = "/v1/events?types=feedback.*,alert.*,budget.threshold";
const SILENCE_MS = 60_000; /* longer than from one sign of life to the next */
const SOONEST_MS = 2_000;
const SLOWEST_MS = 60_000;

export interface Live {
    open(key: string): void;
    close(): void;
    /* away: it could not be read the last time, and is tried again. */
    state(): "opening" | "open" | "away";
}

/* Ends when the stream does, or is silent for too long; `heard` is called once it is open, and for events. */
async function listen(key: string, stop: AbortController, heard: () => void): Promise<void> {
    let timer = window.setTimeout(() => stop.abort(), SILENCE_MS);
    try {
        const response = await fetch(PATH, {
            headers: { "X-API-Key": key, Accept: "text/event-stream" },
            cache: "no-store",
            credentials: "omit",
            signal: stop.signal,
        });
        if (!response.ok || !response.body) return;
        heard(); /* what happened before it opened */
        const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
        let rest = "";
        for (let part = await reader.read(); !part.done; part = await reader.read()) {
            clearTimeout(timer);
            timer = window.setTimeout(() => stop.abort(), SILENCE_MS);
            const lines = (rest + part.value).split("\n");
            rest = lines.pop() ?? "";
            if (lines.some((line) => line.startsWith("event:"))) heard();
        }
    } catch {
        /* away, or told to stop: whoever is open tries again */
    } finally {
        clearTimeout(timer);
        stop.abort();
    }
}

export function createLive(ring: () => void): Live {
    let current: AbortController | null = null;
    let state: "opening" | "open" | "away" = "opening";
    let timer = 0;

    async function keepOpen(key: string, wait: number): Promise<void> {
        const mine = (current = new AbortController());
        let hasOpened = false;
        await listen(key, mine, () => {
            if (current !== mine) return;
            hasOpened = true;
            state = "open";
            ring();
        });
        if (current !== mine) return;
        state = "away";
        const next = hasOpened ? SOONEST_MS : Math.min(SLOWEST_MS, 2 * wait);
        timer = window.setTimeout(() => void keepOpen(key, next), next);
        ring(); /* so that asking by the clock begins again */
    }

    function close(): void {
        const open = current;
        current = null;
        state = "opening";
        clearTimeout(timer);
        open?.abort();
    }

    return {
        open(key) {
            if (current) return;
            void keepOpen(key, SOONEST_MS / 2);
        },
        close,
        state: () => state,
    };
}
