// Searches what `hark bench vectors --out FILE` left: node vector_search.js SYSTEM FILE COUNT.
// Prints one line of JSON: how long filling took, p50 and p99 of a search, and recall at 10.
const fs = require("fs");
const BEST = 10;
const MOST_QUERIES = 50; // the peers take long

function read(path, wanted) {
    const file = fs.openSync(path, "r");
    const head = Buffer.alloc(12);
    fs.readSync(file, head, 0, 12, 0);
    const [count, queries, size] = [0, 4, 8].map((at) => head.readUInt32LE(at));
    const take = (bytes, from) => {
        const buffer = Buffer.alloc(bytes);
        fs.readSync(file, buffer, 0, bytes, from);
        return buffer;
    };
    const vector_bytes = size * 2;
    const kept = Math.min(wanted, count);
    const bytes = take(kept * vector_bytes, 12);
    const asked = take(queries * vector_bytes, 12 + count * vector_bytes);
    const told = take(queries * BEST * 4, 12 + (count + queries) * vector_bytes);
    const numbers = (buffer) => new Int16Array(buffer.buffer, buffer.byteOffset, buffer.length / 2);
    const truth = Array.from({ length: queries }, (_, q) => new Set(
        Array.from({ length: BEST }, (_, i) => told.readUInt32LE((q * BEST + i) * 4))));
    return {
        kept, size, queries: Math.min(queries, MOST_QUERIES), vectors: numbers(bytes),
        asked: numbers(asked), truth: kept === count ? truth : null,
    };
}

const floats = (values, at, size) => Float32Array.from(values.subarray(at * size, (at + 1) * size));

// To 8 bits, each by its own largest value, as Hark scans them.
function coarse(values, at, size) {
    const part = values.subarray(at * size, (at + 1) * size);
    const largest = part.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
    return Int8Array.from(part, (value) => Math.round((127 * value) / largest));
}

function find_truth(data) {
    const truth = [];
    for (let q = 0; q < data.queries; q++) {
        const query = floats(data.asked, q, data.size);
        const best = [];
        for (let i = 0; i < data.kept; i++) {
            let sum = 0;
            for (let k = 0; k < data.size; k++) sum += query[k] * data.vectors[i * data.size + k];
            if (best.length < BEST || sum > best[best.length - 1][0]) {
                best.push([sum, i]);
                best.sort((a, b) => b[0] - a[0]);
                best.length = Math.min(best.length, BEST);
            }
        }
        truth.push(new Set(best.map(([, place]) => place)));
    }
    return truth;
}

function open_sqlite_vec(data) {
    const database = new (require("better-sqlite3"))(":memory:");
    require("sqlite-vec").load(database);
    database.exec(`CREATE VIRTUAL TABLE v USING vec0(e int8[${data.size}] distance_metric=cosine)`);
    const add = database.prepare("INSERT INTO v(rowid, e) VALUES (?, vec_int8(?))");
    database.transaction(() => {
        for (let i = 0; i < data.kept; i++)
            add.run(BigInt(i + 1), Buffer.from(coarse(data.vectors, i, data.size).buffer));
    })();
    const find = database.prepare(
        `SELECT rowid FROM v WHERE e MATCH vec_int8(?) AND k = ${BEST} ORDER BY distance`);
    return (q) => find.all(Buffer.from(coarse(data.asked, q, data.size).buffer))
        .map((row) => Number(row.rowid) - 1);
}

function open_hnswlib(data) {
    const { HierarchicalNSW } = require("hnswlib-node");
    const index = new HierarchicalNSW("cosine", data.size);
    index.initIndex(data.kept, 16, 200, 100);
    for (let i = 0; i < data.kept; i++)
        index.addPoint(Array.from(floats(data.vectors, i, data.size)), i);
    index.setEf(100);
    return (q) => index.searchKnn(Array.from(floats(data.asked, q, data.size)), BEST).neighbors;
}

function likeness(data, q, place) {
    let sum = 0;
    for (let k = 0; k < data.size; k++)
        sum += data.asked[q * data.size + k] * data.vectors[place * data.size + k];
    return sum;
}

// Of texts that are equally near any will do.
function count_right(data, q, wanted, found) {
    const least = Math.min(...[...wanted].map((place) => likeness(data, q, place)));
    return found.filter((place) => likeness(data, q, place) >= least).length;
}

const [system, path, wanted] = process.argv.slice(2);
const data = read(path, Number(wanted));
const truth = data.truth || find_truth(data);
const began = process.hrtime.bigint();
const search = system === "sqlite-vec" ? open_sqlite_vec(data) : open_hnswlib(data);
const filled_s = Number(process.hrtime.bigint() - began) / 1e9;
const took = [];
let right = 0;
for (let q = 0; q < data.queries; q++) {
    const from = process.hrtime.bigint();
    const found = search(q);
    took.push(Number(process.hrtime.bigint() - from) / 1e6);
    right += count_right(data, q, truth[q], found);
}
took.sort((a, b) => a - b);
console.log(JSON.stringify({
    fill_s: filled_s, p50_ms: took[data.queries >> 1], p99_ms: took[Math.ceil(data.queries * 0.99) - 1],
    recall: right / (data.queries * BEST),
}));
