/* try.ts - the small box that sends one message to be analysed and shows what came back. */

import { Analysis, analyze, Problem } from "./api";
import { chip, make, the } from "./dom";
import { certainty, language, title } from "./format";

function fact(name: string, value: string): HTMLElement {
    return make("div", "", make("dt", "", name), make("dd", "", value));
}

function answerOf(found: Analysis): HTMLElement {
    const sentiment = found.sentiment.toLowerCase();
    return make(
        "div",
        "answer-body",
        chip(sentiment, title(sentiment)),
        make(
            "dl",
            "facts",
            fact("Confidence", certainty(found.confidence)),
            fact("Language", language(found.language_code)),
            fact("Personal data", found.pii_detected ? "Found" : "None found"),
            fact("Time", `${found.processing_time_ms} ms`),
        ),
    );
}

export function createTryBox(key: () => string | null, refused: (problem: Problem) => void): void {
    const form = the<HTMLFormElement>("try");
    const text = the<HTMLTextAreaElement>("try-text");
    const answer = the("try-answer");
    const button = form.querySelector("button");

    form.addEventListener("submit", async (event) => {
        event.preventDefault();
        const held = key();
        if (!held || !text.value.trim() || !button || button.disabled) return;
        button.disabled = true;
        try {
            answer.replaceChildren(answerOf(await analyze(held, text.value)));
        } catch (error) {
            const problem = error instanceof Problem ? error : new Problem(0, String(error));
            answer.replaceChildren(make("p", "problem", problem.message));
            if (problem.isKeyRefused) refused(problem);
        } finally {
            button.disabled = false;
        }
    });
    text.addEventListener("keydown", (event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
    });
}
