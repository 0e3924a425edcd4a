-- What every peer and the raw limit write for one feedback: a row under four indexes, and an event.
CREATE TABLE IF NOT EXISTS feedback (
    id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL,
    text TEXT NOT NULL,
    source TEXT,
    rating INTEGER,
    customer TEXT,
    sentiment TEXT,
    topic TEXT,
    status TEXT NOT NULL DEFAULT 'completed',
    created_at INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS feedback_by_time ON feedback (tenant_id, created_at);
CREATE INDEX IF NOT EXISTS feedback_by_sentiment ON feedback (tenant_id, sentiment, created_at);
CREATE INDEX IF NOT EXISTS feedback_by_topic ON feedback (tenant_id, topic, created_at);
CREATE INDEX IF NOT EXISTS feedback_by_customer ON feedback (tenant_id, customer);
CREATE TABLE IF NOT EXISTS events (
    id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    feedback_id INTEGER NOT NULL,
    body TEXT NOT NULL,
    created_at INTEGER NOT NULL
);
