/* search.ts - the box that finds messages by their words and by what they mean. What it finds stands in
 * the place of the latest messages until the box is emptied, or Escape is pressed. */

import { Feedback, Found, Problem, searchFeedback } from "./api";
import { make, setText, the } from "./dom";
import { hitRows } from "./feed";
import { count } from "./format";

const MOST = 20;

export interface SearchBox {
    /* Back to the latest messages; nothing of the search stays behind. */
    close(): void;
}

function noteOf({ data, pending, partial }: Found): string {
    const said = data.length ? [`${count(data.length)} found, best first`] : [];
    if (pending) said.push(`${count(pending)} not indexed yet`);
    if (partial) said.push("the oldest by their words only");
    return said.join(" · ");
}

export function createSearchBox(
    key: () => string | null,
    refused: () => void,
    open: (item: Feedback) => void,
): SearchBox {
    const card = the("latest");
    const form = the<HTMLFormElement>("search");
    const box = the<HTMLInputElement>("search-text");
    const list = the("found");
    const message = the("search-message");
    const heading = the("latest-title");
    const note = the("latest-note");
    const before = { heading: heading.textContent ?? "", note: note.textContent ?? "" };
    let turn = 0; /* answers to an older search than the latest are dropped */

    function show(title: string, remark: string, rows: HTMLElement[], said: HTMLElement | null): void {
        setText(heading, title);
        setText(note, remark);
        list.replaceChildren(...rows);
        message.replaceChildren(...(said ? [said] : []));
        card.removeAttribute("aria-busy");
    }

    function showFound(found: Found): void {
        const rows = hitRows(found.data, Date.now(), open);
        const nothing = make("p", "nothing soft", "Nothing found. Other or fewer words may find more.");
        show("Found feedback", noteOf(found), rows, rows.length ? null : nothing);
        setText(the("spoken"), `${count(rows.length)} found`);
    }

    async function search(held: string, words: string): Promise<void> {
        const mine = ++turn;
        card.classList.add("searching");
        card.setAttribute("aria-busy", "true");
        try {
            const found = await searchFeedback(held, words, MOST);
            if (mine === turn) showFound(found);
        } catch (error) {
            if (mine !== turn) return;
            const problem = error instanceof Problem ? error : new Problem(-1, String(error));
            show("Found feedback", "", [], make("p", "problem", problem.message));
            if (problem.isKeyRefused) refused();
        }
    }

    function close(): void {
        turn++;
        form.reset();
        card.classList.remove("searching");
        show(before.heading, before.note, [], null);
    }

    form.addEventListener("submit", (event) => {
        event.preventDefault();
        const held = key();
        const words = box.value.trim();
        if (held && words) void search(held, words);
        else close();
    });
    box.addEventListener("input", () => {
        if (!box.value) close(); /* by the box's own cross, too */
    });
    card.addEventListener("keydown", (event) => {
        if (event.key !== "Escape" || !(box.value || card.classList.contains("searching"))) return;
        event.preventDefault();
        close();
        box.focus();
    });
    return { close };
}
