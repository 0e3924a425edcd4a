// A language model that takes its time: llm_slow.js PORT MILLISECONDS. Says at /most how many it answered at once, at most.
'use strict';
const http = require('http');
const [port, delay] = process.argv.slice(2).map(Number);
const said = JSON.stringify({
  sentiment: 'negative', confidence: 0.93, topic: 'bug', severity: 'high', language: 'en',
  summary: 'The app crashes.', urgent: false, injection_suspected: false,
});
const answer = JSON.stringify({
  id: 'chatcmpl-1', object: 'chat.completion', created: 1790000000, model: 'gpt-6-luna',
  choices: [{
    index: 0, logprobs: null, finish_reason: 'stop',
    message: { role: 'assistant', content: said, refusal: null, annotations: [] },
  }],
  usage: { prompt_tokens: 350, completion_tokens: 60, total_tokens: 410 },
});
let inFlight = 0;
let most = 0;

const server = http.createServer((request, response) => {
  if (request.method === 'GET') {
    response.end(request.url === '/most' ? `{"most":${most}}` : 'ready\n');
    return;
  }
  request.resume();
  most = Math.max(most, ++inFlight);
  setTimeout(() => {
    inFlight--;
    response.setHeader('Content-Type', 'application/json');
    response.end(answer);
  }, delay);
});
server.keepAliveTimeout = 60000;
server.listen(port, '127.0.0.1', 2048);
