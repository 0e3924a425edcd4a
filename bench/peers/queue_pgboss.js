// pg-boss on PostgreSQL as Debian configures it: queue_pgboss.js PORT JOBS BATCH. Producers and
// consumers work side by side, in batches, which is its fastest way; single jobs go to a worker that
// looks as often as it may.
'use strict';
const PgBoss = require('pg-boss');
const { Figures, numbers, secondsSince } = require('./queue_figures');

const HELPS = 4; // producers, and consumers
const [port, jobs, batch] = process.argv.slice(2).map(Number);

async function main() {
    const figures = new Figures(jobs);
    const boss = new PgBoss({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres', max: 2 * HELPS });
    boss.on('error', (error) => { throw error; });
    await boss.start();

    let at = 0;
    let isOver = false;
    async function produce() {
        while (at < jobs) {
            const from = at;
            at = Math.min(at + batch, jobs);
            await boss.insert(numbers(from, at).map((number) => ({ name: 'noop', data: { feedback_id: number } })));
        }
    }
    async function consume() {
        while (!isOver) {
            const taken = await boss.fetch('noop', batch);
            if (!taken) continue;
            await boss.complete(taken.map((job) => job.id));
            taken.forEach((job) => figures.done(job.data.feedback_id));
        }
    }

    const from = process.hrtime.bigint();
    const helps = Array.from({ length: HELPS }, () => [produce(), consume()]).flat();
    await figures.isWhole;
    const seconds = secondsSince(from);
    isOver = true;
    await Promise.all(helps);

    let began = null;
    await boss.work('single', { newJobCheckInterval: 100 }, async (job) => {
        began(process.hrtime.bigint());
        figures.done(job.data.feedback_id);
    });
    await figures.timeSingles((number) => new Promise((resolve, reject) => {
        began = resolve;
        boss.send('single', { feedback_id: number }).catch(reject);
    }));
    figures.print(seconds);
    await boss.stop({ graceful: false, destroy: true });
    process.exit(0);
}

main().catch((error) => { console.error(error); process.exit(1); });
