// Tokenises with @huggingface/transformers: tokens.mjs FOLDER <texts >ids
// A line is a text as a JSON string; its ids come out as a JSON array, in order.
import { readFileSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { AutoTokenizer, env } from "@huggingface/transformers";

const folder = resolve(process.argv[2]);
env.allowRemoteModels = false;
env.localModelPath = dirname(folder);
const tokenizer = await AutoTokenizer.from_pretrained(basename(folder));
const lines = readFileSync(0, "utf8").split("\n").filter((line) => line.length > 0);
const answers = lines.map((line) => JSON.stringify(tokenizer.encode(JSON.parse(line))));
process.stdout.write(answers.join("\n") + "\n");
