// The Node peer of row 7: one message a line in, one label a line out.
'use strict';
const { SentimentIntensityAnalyzer: analyzer } = require('vader-sentiment');
const labels = require('node:fs').readFileSync(0, 'utf8').split('\n').slice(0, -1).map((line) => {
    const score = analyzer.polarity_scores(line).compound;
    return score >= 0.05 ? 'positive' : score <= -0.05 ? 'negative' : 'neutral';
});
process.stdout.write(labels.join('\n') + '\n');
