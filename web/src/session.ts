/* session.ts - the API key between visits: for this tab, or for this device when asked to stay. */

const NAME = "hark.key";

/* A browser may forbid storage altogether; then the key lives as long as the page. */
function attempt<T>(use: () => T): T | null {
    try {
        return use();
    } catch {
        return null;
    }
}

export function savedKey(): string | null {
    return attempt(() => sessionStorage.getItem(NAME) ?? localStorage.getItem(NAME));
}

export function saveKey(key: string, stays: boolean): void {
    forgetKey();
    attempt(() => (stays ? localStorage : sessionStorage).setItem(NAME, key));
}

export function forgetKey(): void {
    attempt(() => sessionStorage.removeItem(NAME));
    attempt(() => localStorage.removeItem(NAME));
}
