// What the Node queues of row 3 share: each job counted, and their one line of figures.
'use strict';

const SINGLE_JOBS = 300;

class Figures {
    constructor(jobs) {
        this.jobs = jobs;
        this.runs = new Map(); // number of the job -> how often it was done
        this.latencies = [];
        this.isWhole = new Promise((resolve) => { this.resolve = resolve; });
    }

    done(number) {
        this.runs.set(number, (this.runs.get(number) ?? 0) + 1);
        if (this.runs.size === this.jobs) this.resolve();
    }

    // One job after another: `put(number)` resolves to the time at which its work began.
    async timeSingles(put) {
        for (let i = 0; i < SINGLE_JOBS; i++) {
            const from = process.hrtime.bigint();
            this.latencies.push(Number((await put(this.jobs + i)) - from) / 1000);
        }
        this.latencies.sort((a, b) => a - b);
    }

    quantile(share) {
        return Math.round(this.latencies[Math.ceil(this.latencies.length * share) - 1]);
    }

    print(seconds) {
        const eachOnce = this.runs.size === this.jobs + SINGLE_JOBS
            && [...this.runs.values()].every((count) => count === 1);
        console.log(JSON.stringify({
            jobs: this.jobs, rate: this.jobs / seconds, p50_us: this.quantile(0.5),
            p99_us: this.quantile(0.99), each_once: eachOnce,
        }));
    }
}

const numbers = (from, to) => Array.from({ length: to - from }, (_, i) => from + i);
const secondsSince = (from) => Number(process.hrtime.bigint() - from) / 1e9;

module.exports = { Figures, numbers, secondsSince };
