/* meters.ts - shares of one as bars, a row each. */

import { make } from "./dom";
import { certainty } from "./format";

export interface Meter {
    kind: string; /* what colours it */
    label: string;
    value: number; /* 0 to 1 */
    note?: string; /* of how many */
}

function meter({ kind, label, value, note }: Meter): HTMLLIElement {
    const fill = make("i");
    fill.dataset.kind = kind;
    fill.style.transform = `scaleX(${Math.max(0, Math.min(1, value))})`;
    return make(
        "li",
        "share",
        make("span", "share-name", label, note ? make("span", "soft", ` ${note}`) : null),
        make("b", "", certainty(value)),
        make("span", "share-track", fill),
    );
}

export function meters(rows: Meter[]): HTMLElement {
    return make("ul", "share-list meters", ...rows.map(meter));
}
