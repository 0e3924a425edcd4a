// BullMQ on a Redis that keeps nothing: queue_bullmq.js PORT JOBS BATCH.
'use strict';
const { Queue, Worker } = require('bullmq');
const { Figures, numbers, secondsSince } = require('./queue_figures');

const [port, jobs, batch] = process.argv.slice(2).map(Number);
const connection = { host: '127.0.0.1', port, maxRetriesPerRequest: null };
const options = { removeOnComplete: true };

async function main() {
    const figures = new Figures(jobs);
    const queue = new Queue('noop', { connection });
    await queue.waitUntilReady();
    let began = null; // who waits for the next single job to begin
    const worker = new Worker('noop', async (job) => {
        if (began) began(process.hrtime.bigint());
        figures.done(job.data.feedback_id);
    }, { connection, concurrency: batch });
    await worker.waitUntilReady();

    const from = process.hrtime.bigint();
    for (let at = 0; at < jobs; at += batch) {
        await queue.addBulk(numbers(at, Math.min(at + batch, jobs)).map((number) => (
            { name: 'noop', data: { feedback_id: number }, opts: options })));
    }
    await figures.isWhole;
    const seconds = secondsSince(from);
    await figures.timeSingles((number) => new Promise((resolve, reject) => {
        began = resolve;
        queue.add('noop', { feedback_id: number }, options).catch(reject);
    }));
    figures.print(seconds);
    await worker.close();
    await queue.close();
}

main().catch((error) => { console.error(error); process.exit(1); });
