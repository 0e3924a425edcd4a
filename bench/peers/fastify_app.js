// The Fastify peer: fastify_app.js PORT DATABASE. The work of Hark's routes as a careful Node team
// would write it: schema validation, prepared statements, one durable transaction a request.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const Database = require('better-sqlite3');
const vader = require('vader-sentiment');
const app = require('fastify')({ logger: false });

const [port, file] = process.argv.slice(2);
const db = new Database(file);
db.pragma('journal_mode = WAL');
db.pragma('synchronous = FULL');
db.exec(fs.readFileSync(path.join(__dirname, 'schema.sql'), 'utf8'));

const addFeedback = db.prepare(`INSERT INTO feedback
    (tenant_id, text, source, rating, customer, sentiment, topic, created_at)
    VALUES (1, @text, @source, @rating, @customer, NULL, NULL, @created_at)`);
const addEvent = db.prepare(`INSERT INTO events (tenant_id, kind, feedback_id, body, created_at)
    VALUES (1, 'feedback.created', ?, ?, ?)`);
const getFeedback = db.prepare('SELECT * FROM feedback WHERE id = ?');

const add = db.transaction((item) => {
    const id = addFeedback.run(item).lastInsertRowid;
    addEvent.run(id, JSON.stringify({ id, text: item.text }), item.created_at);
    return Number(id);
});

const text = { type: 'string', minLength: 1, maxLength: 5000 };
const feedbackSchema = {
    type: 'object',
    required: ['text'],
    additionalProperties: false,
    properties: {
        text,
        source: { type: 'string', maxLength: 64 },
        rating: { type: 'integer', minimum: 1, maximum: 5 },
        customer: { type: 'string', maxLength: 256 },
    },
};

app.addHook('onRequest', async (request, reply) => {
    if (request.url !== '/readyz' && request.headers['x-api-key'] !== 'bench-key')
        return reply.code(401).send({ error: 'no key' });
});

app.get('/readyz', async () => ({ status: 'ready' }));

app.post('/v1/feedback', { schema: { body: feedbackSchema } }, async (request, reply) => {
    const { text, source = null, rating = null, customer = null } = request.body;
    const id = add({ text, source, rating, customer, created_at: Date.now() * 1000 });
    return reply.code(201).send({ id, text, status: 'completed' });
});

app.get('/v1/feedback/:id', async (request, reply) => {
    const item = getFeedback.get(request.params.id);
    return item ?? reply.code(404).send({ error: 'no such feedback' });
});

app.post('/v1/analyze/sync', { schema: { body: feedbackSchema } }, async (request) => {
    const scores = vader.SentimentIntensityAnalyzer.polarity_scores(request.body.text);
    const sentiment =
        scores.compound >= 0.05 ? 'POSITIVE' : scores.compound <= -0.05 ? 'NEGATIVE' : 'NEUTRAL';
    return { sentiment, scores };
});

app.listen({ port: Number(port), host: '127.0.0.1' });
