/* gate.ts - the sign-in form. It lets a key through only after the server has accepted it. */

import { getStats, Problem } from "./api";
import { the } from "./dom";

export interface Gate {
    open(reason?: string): void;
    close(): void;
}

export function createGate(enter: (key: string, stays: boolean) => void): Gate {
    const gate = the("gate");
    const form = the<HTMLFormElement>("sign-in");
    const key = the<HTMLInputElement>("key");
    const stay = the<HTMLInputElement>("stay");
    const error = the("gate-error");
    const button = form.querySelector("button");

    function complain(text: string): void {
        error.textContent = text;
        error.hidden = !text;
        key.setAttribute("aria-invalid", String(Boolean(text)));
    }

    form.addEventListener("submit", async (event) => {
        event.preventDefault();
        const given = key.value.trim();
        if (!given || !button || button.disabled) return;
        button.disabled = true;
        complain("");
        try {
            await getStats(given, {});
            enter(given, stay.checked);
        } catch (caught) {
            const problem = caught instanceof Problem ? caught : new Problem(0, String(caught));
            complain(problem.isKeyRefused ? "Hark does not know this key." : problem.message);
            key.select();
        } finally {
            button.disabled = false;
        }
    });

    return {
        open(reason = "") {
            gate.hidden = false;
            complain(reason);
            key.focus();
        },
        close() {
            gate.hidden = true;
            key.value = "";
        },
    };
}
