// onnx_lines.js - token ids through onnxruntime-node on one thread:
//     node onnx_lines.js MODEL.onnx BATCH REPEAT <ids >logits
// A line is a text; a batch is padded to its longest. Standard error tells the fastest run in
// seconds of CPU.
"use strict";
const fs = require("fs");
const ort = require("onnxruntime-node");

const PAD = 1n;
const [model, batch, repeat] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];

function packed(rows) {
  const longest = Math.max(...rows.map((row) => row.length));
  const ids = new BigInt64Array(rows.length * longest).fill(PAD);
  rows.forEach((row, i) => ids.set(row, i * longest));
  return new ort.Tensor("int64", ids, [rows.length, longest]);
}

async function main() {
  const texts = fs.readFileSync(0, "utf8").split("\n").filter(Boolean)
    .map((line) => line.trim().split(/\s+/).map(BigInt));
  const session = await ort.InferenceSession.create(model, {
    intraOpNumThreads: 1, interOpNumThreads: 1, executionMode: "sequential",
    graphOptimizationLevel: "all",
  });
  let best = Infinity, lines = [];
  for (let turn = 0; turn < repeat; turn++) {
    const began = process.cpuUsage();
    lines = [];
    for (let at = 0; at < texts.length; at += batch) {
      const rows = texts.slice(at, at + batch);
      const { logits } = await session.run({ ids: packed(rows) });
      const labels = logits.dims[1];
      for (let i = 0; i < rows.length; i++)
        lines.push(Array.from(logits.data.subarray(i * labels, (i + 1) * labels)).join(" "));
    }
    const { user, system } = process.cpuUsage(began);
    best = Math.min(best, (user + system) / 1e6);
  }
  console.log(lines.join("\n"));
  console.error(best.toFixed(6));
}

main().catch((error) => { console.error(error.message); process.exit(1); });
